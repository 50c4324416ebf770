"""The archive: WARC, what is made from WARC, and what checks it."""

from cluster_archive.archive.cdxj import build_index, look_up
from cluster_archive.archive.collection import Collection
from cluster_archive.archive.reader import is_warc, read_capture, read_captures, read_resources
from cluster_archive.archive.records import Fault, Record, digest, read_record, read_records, records_of
from cluster_archive.archive.repair import Repairs, finish_open_files, repair_files
from cluster_archive.archive.verify import (
    Verification,
    log_line,
    log_verification,
    verify_collection,
    verify_path,
    verify_wacz,
    verify_warc,
)
from cluster_archive.archive.writer import WarcWriter

__all__ = [
    "Collection",
    "Fault",
    "Record",
    "Repairs",
    "Verification",
    "WarcWriter",
    "build_index",
    "digest",
    "finish_open_files",
    "is_warc",
    "log_line",
    "log_verification",
    "look_up",
    "read_capture",
    "read_captures",
    "read_record",
    "read_records",
    "read_resources",
    "records_of",
    "repair_files",
    "verify_collection",
    "verify_path",
    "verify_wacz",
    "verify_warc",
]
