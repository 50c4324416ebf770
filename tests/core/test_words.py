"""Addresses, days and captures: the ground that all stands on."""

from __future__ import annotations

import gzip
import zlib
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_archive.captures import Capture
from cluster_archive.codings import decode_body
from cluster_archive.days import day_and_moment, day_of, moment_of
from cluster_archive.messages import read_message
from cluster_archive.urls import absolute_url, article_key, canonical_url, is_public_address, url_id


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://e.org/%d0%ba/", "http://e.org/%D0%BA/"),
        ("http://e.org/к/", "http://e.org/%D0%BA/"),
        ("http://E.org:80/a", "http://e.org/a"),
        ("http://e.org/a#b", "http://e.org/a"),
        ("http://e.org/a?utm_source=x&fbclid=1", "http://e.org/a"),
        ("http://e.org/?b=2&a=1", "http://e.org/?a=1&b=2"),
        ("http://e.org", "http://e.org/"),
    ],
)
def test_one_form_of_an_address(one: str, other: str) -> None:
    assert canonical_url(one) == canonical_url(other)
    assert url_id(one) == url_id(other)


def test_what_differs_stays_different() -> None:
    assert canonical_url("http://e.org/a") != canonical_url("http://e.org/a/")
    assert canonical_url("http://e.org/a?lang=en") != canonical_url("http://e.org/a")
    assert canonical_url("http://e.org:8080/a") != canonical_url("http://e.org/a")


def test_the_frontier_asks_once_for_http_and_https() -> None:
    assert article_key("http://www.e.org/a/") == article_key("https://e.org/a/")


@given(st.text(max_size=60))
def test_canonical_urls_are_idempotent(tail: str) -> None:
    once = canonical_url("http://e.org/" + tail)
    assert canonical_url(once) == once


@pytest.mark.parametrize(
    "link", ["javascript:x()", "mailto:a@b", "tel:1", "data:,x", "http://[x", "http://e.org:99999/", ""]
)
def test_what_is_no_address(link: str) -> None:
    assert absolute_url(link, "http://e.org/") is None


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "x",
    ],
)
def test_private_addresses(address: str) -> None:
    assert not is_public_address(address)


def test_public_addresses() -> None:
    assert is_public_address("93.184.216.34")
    assert is_public_address("2606:2800:220:1:248:1893:25c8:1946")


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("27.11.2017", "bg", date(2017, 11, 27)),
        ("1.07.2020 г.", "bg", date(2020, 7, 1)),
        ("27 ноември 2017 г.", "bg", date(2017, 11, 27)),
        ("November 27, 2017", "en", date(2017, 11, 27)),
        ("27. November 2017", "de", date(2017, 11, 27)),
        ("27 de noviembre de 2017", "es", date(2017, 11, 27)),
        ("2017-11-27", None, date(2017, 11, 27)),
        ("03/04/2017", "en", None),
        ("13/04/2017", "en", date(2017, 4, 13)),
        ("2017. november 27., 10:30", "hu", date(2017, 11, 27)),
        ("2017. nov. 27.", "hu", date(2017, 11, 27)),
        ("2017. 11. 27. 10:30", "hu", date(2017, 11, 27)),
        ("2017/11/27 10:30:00", None, date(2017, 11, 27)),
        ("2017 m. lapkričio 27 d.", "lt", date(2017, 11, 27)),
        ("2017. gada 27. novembris", "lv", date(2017, 11, 27)),
        ("27. marraskuuta 2017", "fi", date(2017, 11, 27)),
        ("27. listopadu 2017", "cs", date(2017, 11, 27)),
        ("27. studenoga 2017.", "hr", date(2017, 11, 27)),
        ("27 листопада 2017", "uk", date(2017, 11, 27)),
        ("27 d’abril de 2017", "ca", date(2017, 4, 27)),
        ("2017年11月27日", "ja", date(2017, 11, 27)),
        ("27-11-2017", "nl", date(2017, 11, 27)),
        ("27 Mar 2017", "fi", date(2017, 3, 27)),
        ("17 listopada 2017", "pl", date(2017, 11, 17)),
        ("17 listopada 2017", "hr", date(2017, 10, 17)),
        ("17 listopada 2017", None, None),
        ("Windows 11 Pro 2017", "cs", None),
        ("03-04-2017", "en", None),
        ("+359-12-05-2017", "bg", None),
        ("2.2017.11.27", None, None),
        ("31.02.2017", "bg", None),
        ("ноември 2017", "bg", None),
        ("2017", None, None),
    ],
)
def test_days(text: str, language: str | None, day: date | None) -> None:
    assert day_of(text, language) == day


def test_a_moment_after_midnight_is_of_the_sites_day() -> None:
    assert day_and_moment("Sun, 26 Nov 2017 22:30:00 +0000", "Europe/Sofia") == (
        date(2017, 11, 27),
        datetime(2017, 11, 26, 22, 30, tzinfo=UTC),
    )


def test_a_day_alone_has_no_moment() -> None:
    assert day_and_moment("2017-11-27", "Europe/Sofia") == (date(2017, 11, 27), None)


@given(st.text(max_size=40))
def test_days_never_raise(text: str) -> None:
    day_of(text)
    moment_of(text)


@given(st.datetimes(timezones=st.just(timezone(timedelta(hours=2)))))
def test_iso_moments_round_trip(moment: datetime) -> None:
    assert moment_of(moment.isoformat()) == moment


def chunked(payload: bytes, size: int) -> bytes:
    parts = [payload[start : start + size] for start in range(0, len(payload), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


@given(st.binary(max_size=300), st.integers(1, 50))
def test_chunked_bodies(payload: bytes, size: int) -> None:
    message = read_message(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(payload, size))
    assert (message.status, message.payload, message.complete) == (200, payload, True)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message(data: bytes) -> None:
    message = read_message(data)
    assert message.block in data or not message.block


def test_interim_answers_come_before_the_final_one() -> None:
    message = read_message(
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 Fine\r\nX-a: 1\r\nx-A: 2\r\n\r\nbody"
    )
    assert (message.status, message.payload, message.headers) == (200, b"body", (("X-a", "1"), ("x-A", "2")))


def capture(payload: bytes, coding: str) -> Capture:
    return Capture(
        url="http://e.org/",
        status=200,
        headers=(("Content-Encoding", coding),),
        payload=payload,
        captured_at=datetime.now(UTC),
    )


@pytest.mark.parametrize(
    ("payload", "coding"),
    [
        (gzip.compress(b"text"), "gzip"),
        (zlib.compress(b"text"), "deflate"),
        (zlib.compress(b"text")[2:-4], "deflate"),
        (gzip.compress(gzip.compress(b"text")), "gzip, gzip"),
        (b"text", "gzip"),
        (b"text", "identity"),
    ],
)
def test_content_codings(payload: bytes, coding: str) -> None:
    assert decode_body(capture(payload, coding)).content == b"text"


def test_a_bomb_is_cut() -> None:
    body = decode_body(capture(gzip.compress(bytes(10_000_000)), "gzip"), limit=1000)
    assert (len(body.content), body.problem) == (1000, "too-large")
