"""What is fuzzed: a promise that must hold for all bytes, examples of what it is meant for, and ways to damage them."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st

from cluster_archive.captures import Capture, capture_of
from cluster_archive.messages import read_message
from cluster_archive.sites import Site, site_of
from tests.conftest import MOMENT

SECONDS = 5.0
"""CPU time that an example may take, however hostile; most take a thousandth of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A part of the product that reads what others made."""

    name: str
    """What it is called on the command line."""
    promise: Callable[[bytes], None]
    """Gives the bytes to the product and asserts what holds; whatever else is raised is a fault."""
    seeds: Callable[[], list[bytes]]
    """Whole and sound examples, from which damaged ones are made."""
    tokens: tuple[bytes, ...] = ()
    """Pieces that mean something to the reader, to be put anywhere."""
    examples: int = 200
    """Damaged examples in a run of the tests."""


@dataclass(frozen=True, slots=True)
class Damage:
    """Something done to bytes."""

    kind: str
    at: float
    length: float
    piece: bytes
    times: int

    def done(self, data: bytes) -> bytes:
        """The bytes with it done."""
        start = int(self.at * len(data))
        stop = min(len(data), start + 1 + int(self.length * min(len(data), 400)))
        part = data[start:stop]
        match self.kind:
            case "flip":
                return data[:start] + bytes([data[start] ^ (1 << self.times % 8)]) + data[start + 1 :] if data else data
            case "cut":
                return data[:start]
            case "behead":
                return data[start:]
            case "remove":
                return data[:start] + data[stop:]
            case "double":
                return data[:stop] + part * self.times + data[stop:]
            case "insert":
                return data[:start] + self.piece * self.times + data[start:]
            case "overwrite":
                return data[:start] + self.piece + data[start + len(self.piece) :]
            case "replace":
                return data[:start] + self.piece + data[stop:]
            case "move":
                rest = data[:start] + data[stop:]
                place = int(self.length * len(rest))
                return rest[:place] + part + rest[place:]
            case "grow":  # a number that is there becomes a very long one
                return data[:start] + b"9" * (self.times * 600) + data[start:]
            case _:  # "nest": the piece opens again and again
                return data[:start] + self.piece * (self.times * 250) + data[start:]


KINDS = ("flip", "cut", "behead", "remove", "double", "insert", "overwrite", "replace", "move", "grow", "nest")
ANYWHERE = (
    b"\0", b"\xff", b"\xb2", b"\xd9\xa3", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\x1b[31m", b"\r\n", b"\n\n", b" ", b"%", b"%00",
    b"-1", b"1e999", b"NaN", b"null", b"[", b"{", b"\"", b"<", b">", b"&", b"../", b"//", b"http://[", b"9999999999999999999",
)  # fmt: skip


@cache
def damaged(subject: Subject) -> st.SearchStrategy[bytes]:
    """Examples with up to six damages, or two spliced together; some bytes that are nothing at all."""
    seeds = st.sampled_from(subject.seeds())
    fraction = st.floats(0, 1, exclude_max=True)
    piece = st.one_of(st.sampled_from([*subject.tokens, *ANYWHERE]), st.binary(max_size=6))
    damage = st.builds(Damage, st.sampled_from(KINDS), fraction, fraction, piece, st.integers(1, 9))

    def done(data: bytes, damages: list[Damage]) -> bytes:
        for one in damages:
            data = one.done(data)
        return data

    spliced = st.builds(
        lambda one, other, a, b: one[: int(a * len(one))] + other[int(b * len(other)) :],
        seeds, seeds, fraction, fraction,
    )  # fmt: skip
    return st.one_of(
        st.builds(done, seeds, st.lists(damage, max_size=6)),
        st.builds(done, spliced, st.lists(damage, max_size=2)),
        st.lists(piece, max_size=60).map(b"".join),
        st.binary(max_size=500),
    )


def wrecks(subject: Subject, chance: random.Random) -> Iterator[bytes]:
    """Damaged examples without end, for where no fuzzer is installed."""
    seeds, pieces = subject.seeds(), [*subject.tokens, *ANYWHERE]
    while True:
        data = chance.choice(seeds)
        for _ in range(chance.choice((1, 1, 2, 3, 6))):
            damage = Damage(
                chance.choice(KINDS), chance.random(), chance.random(), chance.choice(pieces), chance.randint(1, 9)
            )
            data = damage.done(data)
        yield data


def hold(subject: Subject, data: bytes) -> None:
    """Asks for the promise to be kept, and in time."""
    began = time.process_time()
    subject.promise(data)
    took = time.process_time() - began
    assert took < SECONDS, f"{subject.name}: {len(data)} bytes took {took:.1f} s"


SITE: Site = site_of(
    """
name = "example"
title = "Example"
home = "https://example.org/"
language = "bg"
timezone = "Europe/Sofia"
hosts = ["example.org", "example.org:8080"]
[[seeds]]
kind = "sitemap"
url = "https://example.org/sitemap.xml"
[addresses]
listing = ['^/news/(?:page/\\d+/)?$']
article = ['^/news/[^/]+/$']
[[selectors]]
title = ["h1"]
body = [".entry", "article"]
remove = [".share"]
""",
    "example.toml",
)
"""A site with a bit of everything."""


def capture(data: bytes, url: str = "https://example.org/news/post/") -> Capture:
    """What the product makes of a response as it went over the wire."""
    return capture_of(url, read_message(data), captured_at=MOMENT, truncated=None, ref=None)


def response(body: bytes, *fields: str) -> bytes:
    """A sound response."""
    head = ["HTTP/1.1 200 OK", *fields, f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body
