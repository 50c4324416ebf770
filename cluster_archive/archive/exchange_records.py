"""Exchange → records: what of an exchange stands in which record, as gzip members (docs/archive.md has the table)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from cluster_archive.archive.records import digest, make_member
from cluster_archive.captures import Exchange, Original
from cluster_archive.messages import Message

IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
SERVER_NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"

SMALLEST_REVISITED = 1024
"""Bytes of a payload below which it is written again. Measured on usual heads: a revisit takes 795 bytes of gzip, a
response with 150 (random) to 200 (text) bytes of payload as many, with 1024 bytes 1850 or 1280: only from here on a third
or more is saved, and less is not worth having a page in two places."""

Fields = list[tuple[str, str]]

_HEAD = re.compile(rb".+?\r?\n\r?\n", re.DOTALL)
"""One head of several."""

_CODED = ("gzip", "x-gzip", "deflate", "br", "zstd")
_PACKED_TYPES = (
    "image/",
    "video/",
    "audio/",
    "font/",
    "application/zip",
    "application/pdf",
    "application/gzip",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRecords:
    """The records of one exchange, each a gzip member, in the order in which they are written."""

    members: tuple[bytes, ...]
    """Response or revisit (where an HTTP answer came), request, metadata."""
    record_id: str
    """`WARC-Record-ID` of the first."""
    payload_digest: str
    """`WARC-Payload-Digest` of the response, or of what the revisit refers to."""


def revisited(exchange: Exchange, message: Message, earlier: Original | None) -> Original | None:
    """What a revisit record may stand for, or None where the response must be written as it came.

    A 304 counts only where the request asked for it (facts of others' faults: revisits to nothing); `earlier` is a response
    that may have the same payload. Cut captures are never a revisit and never revisited.
    """
    if exchange.truncated or not message.complete:
        return None
    if message.status == 304:
        return exchange.validated if exchange.validated and _is_conditional(exchange.request) else None
    if earlier is None or len(message.payload) < SMALLEST_REVISITED or earlier.capture.truncated:
        return None
    return earlier if earlier.capture.payload == message.payload else None


def exchange_records(
    exchange: Exchange,
    message: Message,
    original: Original | None,
    *,
    warcinfo_id: str,
    record_id: Callable[[], str],
) -> ExchangeRecords:
    """The records of an exchange; `original` is what `revisited` gave."""
    answer_id, request_id = record_id(), record_id()
    common = [
        ("WARC-Target-URI", exchange.url),
        ("WARC-Date", warc_date(exchange.started)),
        ("WARC-Warcinfo-ID", warcinfo_id),
    ]
    payload_digest = digest(original.capture.payload if original else message.payload)
    has_answer = message.status is not None
    members = []
    if has_answer:
        ids = [("WARC-Record-ID", answer_id), *common, ("WARC-Concurrent-To", request_id)]
        members.append(_answer(exchange, message, original, ids, payload_digest))
    partner = [("WARC-Concurrent-To", answer_id)] if has_answer else []
    members.append(_request(exchange, [("WARC-Record-ID", request_id), *common, *partner]))
    concurrent = [("WARC-Concurrent-To", answer_id if has_answer else request_id)]
    heads = _HEAD.findall(message.interim)
    if original and message.status == 304:
        heads.append(message.head)
    for kind, block in _metadata(exchange, message, heads):
        members.append(side_record("metadata", record_id(), [*common, *concurrent], kind, block))
    return ExchangeRecords(
        members=tuple(members),
        record_id=answer_id if has_answer else request_id,
        payload_digest=payload_digest,
    )


def side_record(kind: str, record_id: str, headers: Fields, content_type: str, block: bytes) -> bytes:
    """A record that is no HTTP message."""
    return make_member(
        [
            ("WARC-Type", kind),
            ("WARC-Record-ID", record_id),
            *headers,
            ("WARC-Block-Digest", digest(block)),
            ("Content-Type", content_type),
        ],
        block,
    )


def _answer(exchange: Exchange, message: Message, original: Original | None, ids: Fields, payload_digest: str) -> bytes:
    """The response as it came; or a revisit, which has at most its head."""
    block, level = message.block, _level(message)
    truncated = exchange.truncated
    reference: Fields = []
    if original is not None:
        assert original.capture.ref is not None, "an original has a record"
        is_same = message.status != 304
        reference = [
            ("WARC-Profile", IDENTICAL_PAYLOAD if is_same else SERVER_NOT_MODIFIED),
            ("WARC-Refers-To", original.capture.ref.record_id),
            ("WARC-Refers-To-Target-URI", original.capture.url),
            ("WARC-Refers-To-Date", original.date),
        ]
        # the head of a 304 in the block is what pywb and wabac.js then replay, which is an empty page; so it stands in
        # the metadata record, and the block is empty (6.7.3)
        block, level = message.head if is_same else b"", 6
        truncated = "length" if is_same else None  # 6.7.2: what leaves the payload out "shall" say so
    headers = [
        ("WARC-Type", "revisit" if original else "response"),
        *ids,
        *_connection(exchange, message.protocol or ""),
        *reference,
        ("WARC-Block-Digest", digest(block)),
        ("WARC-Payload-Digest", payload_digest),
        *([("WARC-Truncated", truncated)] if truncated else []),
        *([("WARC-Resource-Type", _resource_type(message, original))] if exchange.embedded else []),
        *([("Content-Type", "application/http;msgtype=response")] if block else []),
    ]
    return make_member(headers, block, level)


def _request(exchange: Exchange, ids: Fields) -> bytes:
    head, _, payload = exchange.request.partition(b"\r\n\r\n")
    protocol = head.partition(b"\r\n")[0].rpartition(b" ")[2].decode("latin-1")
    headers = [
        ("WARC-Type", "request"),
        *ids,
        *_connection(exchange, protocol),
        ("WARC-Block-Digest", digest(exchange.request)),
        ("WARC-Payload-Digest", digest(payload)),
        ("Content-Type", "application/http;msgtype=request"),
    ]
    return make_member(headers, exchange.request)


def _metadata(exchange: Exchange, message: Message, heads: list[bytes]) -> list[tuple[str, bytes]]:
    """How the exchange went, with the `heads` that are not in the answer's record; bytes that are no HTTP, in a record of
    their own.

    A head is a folded field `http-head`: a record of any other media type than warc-fields (which WARC 1.1, 8 has metadata
    be) is a capture of the page for pywb and cdxj-indexer.
    """
    fields = [
        ("fetchTimeMs", str(exchange.milliseconds)),
        *([("attempts", str(exchange.attempts))] if exchange.attempts > 1 else []),
        *([("failure", exchange.failure)] if exchange.failure else []),
        *exchange.notes,
    ]
    folded = [b"http-head: " + head[:-1].replace(b"\n", b"\n ") + b"\n" for head in heads]
    blocks = [("application/warc-fields", warc_fields(fields) + b"".join(folded))]
    if message.status is None and message.wire_body:
        blocks.append(("application/octet-stream", message.wire_body))
    return blocks


def _connection(exchange: Exchange, protocol: str) -> Fields:
    """How it was fetched: address, protocols from the higher to the lower, cipher suite (IIPC extensions)."""
    fields = []
    if exchange.ip:
        fields.append(("WARC-IP-Address", str(ip_address(exchange.ip.partition("%")[0]))))  # RFC 5952, no zone
    if re.fullmatch(r"HTTP/1\.[01]", protocol):
        fields.append(("WARC-Protocol", protocol.lower()))
    if exchange.tls:
        version, suite = exchange.tls
        if found := re.fullmatch(r"(TLS|SSL)v(\d)(?:\.(\d))?", version):
            layer = f"tls/{found[2]}.{found[3] or 0}" if found[1] == "TLS" else f"ssl/{found[2]}"
            fields.append(("WARC-Protocol", layer))
        if name := iana_cipher_suite(suite):
            fields.append(("WARC-Cipher-Suite", name))
    return fields


_TLS12 = re.compile(
    r"(?:(?P<exchange>(?:EC)?DHE-(?:RSA|ECDSA|DSS|PSK)|RSA-PSK|PSK|SRP(?:-RSA|-DSS)?|A(?:EC)?DH)-)?"
    r"(?P<cipher>AES128|AES256|CAMELLIA128|CAMELLIA256|ARIA128|ARIA256|CHACHA20-POLY1305|DES-CBC3|NULL)"
    r"(?:-(?P<mode>GCM|CCM8|CCM|CBC))?(?:-(?P<hash>SHA|SHA256|SHA384|MD5))?"
)
_CIPHERS = {"CHACHA20-POLY1305": "CHACHA20_POLY1305", "DES-CBC3": "3DES_EDE_CBC", "NULL": "NULL"}


def iana_cipher_suite(name: str) -> str | None:
    """The IANA name of a cipher suite that OpenSSL names, for instance TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 for
    ECDHE-RSA-AES128-GCM-SHA256; None where the rule of the names does not give it."""
    if name.startswith("TLS_"):
        return name
    found = _TLS12.fullmatch(name.replace("ECDHE-ARIA", "ECDHE-RSA-ARIA"))
    if found is None:
        return None
    exchange = (found["exchange"] or "RSA").replace("-", "_")
    exchange = {"ADH": "DH_anon", "AECDH": "ECDH_anon"}.get(exchange, exchange)
    if exchange.startswith("SRP"):
        exchange = f"SRP_SHA{exchange[3:]}"
    cipher, mode, hashed = found["cipher"], found["mode"], found["hash"]
    if exchange == "DHE_PSK" and mode == "CCM8":
        exchange = "PSK_DHE"  # RFC 6655 has it so, for these alone
    if cipher in _CIPHERS:
        parts = [_CIPHERS[cipher], hashed or ("SHA256" if cipher.startswith("CHACHA") else "")]
    else:
        size = cipher[:-3] + "_" + cipher[-3:]
        parts = [size, {"CCM8": "CCM_8"}.get(mode or "", mode or "CBC"), hashed or ""]
    return f"TLS_{exchange}_WITH_" + "_".join(part for part in parts if part)


def _is_conditional(request: bytes) -> bool:
    """Whether the request as sent asks for a 304."""
    head = request.partition(b"\r\n\r\n")[0].lower()
    return b"\r\nif-none-match:" in head or b"\r\nif-modified-since:" in head


def warc_date(moment: datetime) -> str:
    """`WARC-Date` with microseconds (WARC 1.1, 5.4)."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def warc_fields(fields: Fields) -> bytes:
    """A block of ``application/warc-fields``; line breaks in a value become spaces."""
    return "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in fields).encode("utf-8", "replace")


def _resource_type(message: Message, original: Original | None) -> str:
    """What an embedded resource is by its media type, in the words of the Chrome DevTools protocol that other archives have
    in `WARC-Resource-Type`; never ``document``, so that it is no page for whoever reads the record."""
    headers = original.capture.headers if original and message.status == 304 else message.headers
    media_type = next((value for name, value in headers if name.lower() == "content-type"), "")
    kind, _, rest = media_type.partition(";")[0].strip().lower().partition("/")
    if kind in ("image", "font"):
        return kind
    if kind in ("audio", "video"):
        return "media"
    return "stylesheet" if rest == "css" else "script" if rest.endswith(("javascript", "ecmascript")) else "other"


def _level(message: Message) -> int:
    """How hard to compress: what is compressed already gains nothing (facts: 1.6 ms for a picture, for nothing)."""
    headers = {name.lower(): value.lower() for name, value in message.headers}
    coded = headers.get("content-encoding", "").strip() in _CODED
    return 1 if coded or headers.get("content-type", "").startswith(_PACKED_TYPES) else 6
