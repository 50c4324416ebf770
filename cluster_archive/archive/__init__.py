"""The archive: WARC, what is made from WARC, and what checks it."""

from cluster_archive.archive.bag import write_bag
from cluster_archive.archive.cdxj import build_index, look_up
from cluster_archive.archive.collection import Collection
from cluster_archive.archive.contents import Contents, contents_of
from cluster_archive.archive.manifest import read_manifest, write_manifest
from cluster_archive.archive.pages import read_pages, write_collection_pages
from cluster_archive.archive.reader import is_warc, read_capture, read_captures, read_resources
from cluster_archive.archive.records import Fault, Record, digest, read_record, read_records
from cluster_archive.archive.repair import finish_open_files
from cluster_archive.archive.verify import verify_collection, verify_warc
from cluster_archive.archive.wacz import write_wacz
from cluster_archive.archive.writer import WarcWriter

__all__ = [
    "Collection",
    "Contents",
    "Fault",
    "Record",
    "WarcWriter",
    "build_index",
    "contents_of",
    "digest",
    "finish_open_files",
    "is_warc",
    "look_up",
    "read_capture",
    "read_captures",
    "read_manifest",
    "read_pages",
    "read_record",
    "read_records",
    "read_resources",
    "verify_collection",
    "verify_warc",
    "write_bag",
    "write_collection_pages",
    "write_manifest",
    "write_wacz",
]
