"""The built-in site that the demo crawls: a look-alike of the first real one, with its own truth, which no extraction reads."""

from cluster_archive.demo.model import BULGARIAN, ENGLISH, PICTURES, Parts, Truth
from cluster_archive.demo.server import DemoSite, serve

__all__ = ["BULGARIAN", "ENGLISH", "PICTURES", "DemoSite", "Parts", "Truth", "serve"]
