"""The archive: WARC, what is made from WARC, and what checks it."""

from cluster_archive.archive.bag import write_bag
from cluster_archive.archive.cdxj import build_index, look_up
from cluster_archive.archive.collection import Collection
from cluster_archive.archive.contents import Contents, contents_of
from cluster_archive.archive.exchange_records import SMALLEST_REVISITED, revisited
from cluster_archive.archive.manifest import read_manifest, write_manifest
from cluster_archive.archive.pages import read_pages, write_collection_pages
from cluster_archive.archive.reader import PAGES, captures_of, read_capture, read_captures, read_original, resources_of
from cluster_archive.archive.records import Fault, Record, digest, read_record, read_records, records_of
from cluster_archive.archive.repair import Repairs, finish_open_files, repair_files
from cluster_archive.archive.scanning import holds_records, scan
from cluster_archive.archive.sources import Source, sources_of
from cluster_archive.archive.verify import (
    Check,
    Verification,
    log_line,
    log_verification,
    read_checks,
    verify_collection,
    verify_path,
    verify_wacz,
    verify_warc,
)
from cluster_archive.archive.wacz import write_wacz
from cluster_archive.archive.writer import WarcWriter

__all__ = [
    "PAGES",
    "SMALLEST_REVISITED",
    "Check",
    "Collection",
    "Contents",
    "Fault",
    "Record",
    "Repairs",
    "Source",
    "Verification",
    "WarcWriter",
    "build_index",
    "captures_of",
    "contents_of",
    "digest",
    "finish_open_files",
    "holds_records",
    "log_line",
    "log_verification",
    "look_up",
    "read_capture",
    "read_captures",
    "read_checks",
    "read_manifest",
    "read_original",
    "read_pages",
    "read_record",
    "read_records",
    "records_of",
    "repair_files",
    "resources_of",
    "revisited",
    "scan",
    "sources_of",
    "verify_collection",
    "verify_path",
    "verify_wacz",
    "verify_warc",
    "write_bag",
    "write_collection_pages",
    "write_manifest",
    "write_wacz",
]
