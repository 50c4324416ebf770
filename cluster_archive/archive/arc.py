"""ARC: the records of ARC files (Internet Archive, 1996 and on) in the words of WARC."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import sha256

from cluster_archive.archive.records import Record

ARC_LINE = re.compile(
    rb"(?P<url>[A-Za-z][A-Za-z0-9+.-]*:[^\r\n]{0,3000}?)[ ](?P<ip>[0-9A-Fa-f.:]+|-)[ ](?P<date>\d{8,17})"
    rb"[ ](?P<type>[^\r\n]{1,200}?)(?:[ ](?P<status>\d{3}|-)[ ][^ \r\n]+[ ][^ \r\n]+[ ]\d+[ ][^ \r\n]+)?[ ](?P<length>\d{1,18})\r?\n"
)
"""The line before a document: address, IP address, time, media type and length (version 1), or those with status,
checksum, location, offset and file name before the length (version 2). Addresses with blanks in them do occur."""


def arc_record(line: re.Match[bytes], block: bytes, *, offset: int, length: int) -> Record:
    """A document of an ARC file as a record: the version block as `warcinfo`, what was fetched as `response`.

    ARC has no record ids; the one made here is a hash of the record, so that it is the same each time.
    """
    url = line["url"].decode("utf-8", "surrogateescape")
    media_type = line["type"].decode("latin-1")
    is_description = url.startswith("filedesc:")
    is_http = url.lower().startswith(("http:", "https:"))
    address = line["ip"].decode("ascii")
    fields = (
        ("WARC-Type", "warcinfo" if is_description else "response"),
        ("WARC-Record-ID", f"<urn:sha256:{sha256(line[0] + block).hexdigest()}>"),
        ("WARC-Target-URI", url),
        ("WARC-Date", _date(line["date"].decode("ascii"))),
        *([("WARC-IP-Address", address)] if address not in ("-", "0.0.0.0") else []),
        ("Content-Type", "application/http;msgtype=response" if is_http else media_type),
        ("ARC-Content-Type", media_type),
        ("Content-Length", str(len(block))),
    )
    return Record(offset=offset, length=length, version="ARC/1.0", headers=fields, block=block)


def _date(digits: str) -> str:
    """`WARC-Date` of an ARC time, 14 digits and sometimes fewer or more; the beginning of time where it is none."""
    filled = (digits + "00000101000000"[len(digits) :])[:14]
    try:
        moment = datetime.strptime(filled, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        moment = datetime(1970, 1, 1, tzinfo=UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
