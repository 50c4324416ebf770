"""The reading room: a collection to browse, search and see again, on this machine."""

from cluster_archive.web.assets import ReplayAssets, find_assets, get_replay
from cluster_archive.web.doors import Doors, serve
from cluster_archive.web.room import Room

__all__ = ["Doors", "ReplayAssets", "Room", "find_assets", "get_replay", "serve"]
