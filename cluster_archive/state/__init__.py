"""State: the frontier that survives a crash, and what the captures told; SQLite, a cache of the archive."""

from cluster_archive.state.articles import Articles
from cluster_archive.state.captures import Captures, Held
from cluster_archive.state.database import StateDamaged
from cluster_archive.state.frontier import EMBEDDED, Entry
from cluster_archive.state.passes import Passes

__all__ = ["EMBEDDED", "Entry", "Held", "State", "StateDamaged"]


class State(Passes, Captures, Articles):
    """All that a collection's state holds, in one file: one owner, short transactions."""
