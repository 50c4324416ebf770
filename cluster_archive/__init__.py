"""cluster_archive: one crawl, a dataset and an archive that vouch for each other."""

__version__ = "0.1.0"
