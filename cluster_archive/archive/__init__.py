"""The archive: WARC, what is made from WARC, and what checks it."""

from cluster_archive.archive.cdxj import build_index, look_up
from cluster_archive.archive.collection import Collection
from cluster_archive.archive.foreign import PAGES, capture_in, captures_of, resources_of
from cluster_archive.archive.reader import read_capture, read_captures
from cluster_archive.archive.records import Fault, Record, digest, read_record, read_records
from cluster_archive.archive.repair import finish_open_files
from cluster_archive.archive.scanning import holds_records, scan
from cluster_archive.archive.sources import Source, sources_of
from cluster_archive.archive.verify import verify_collection, verify_warc
from cluster_archive.archive.writer import WarcWriter

__all__ = [
    "PAGES",
    "Collection",
    "Fault",
    "Record",
    "Source",
    "WarcWriter",
    "build_index",
    "capture_in",
    "captures_of",
    "digest",
    "finish_open_files",
    "holds_records",
    "look_up",
    "read_capture",
    "read_captures",
    "read_record",
    "read_records",
    "resources_of",
    "scan",
    "sources_of",
    "verify_collection",
    "verify_warc",
]
