"""Probe: what a site offers a crawler, read from the captures of a dry run, and a site file to begin with."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from cluster_archive.captures import Capture
from cluster_archive.discover import discover
from cluster_archive.document import Document, read_document
from cluster_archive.sites.model import Site
from cluster_archive.urls import canonical_url, host_port, readable_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a site offers."""

    url: str
    """Address that was probed."""
    title: str
    """The site's name as it states it; its host where it states none."""
    platform: str | None
    """What it is made with, as its `generator` or its addresses tell."""
    language: str | None
    """Primary language of the front page."""
    languages: tuple[str, ...] = ()
    """Further languages that it names (`hreflang`)."""
    rest: tuple[str, ...] = ()
    """REST collections that answered."""
    sitemaps: tuple[str, ...] = ()
    """Sitemaps that answered."""
    feeds: tuple[str, ...] = ()
    """Feeds that answered."""
    listings: tuple[str, ...] = ()
    """Lists of posts."""
    robots: str = "not seen"
    """What robots.txt said: ``none``, or how many rules it has."""
    articles: int = 0
    """Addresses of articles that these sources name."""
    dated_addresses: bool = False
    """Whether most of them have their day in the address."""


def probe_report(captures: Iterable[Capture], url: str, site: Site) -> Probe:
    """What a site offers, from the captures of a dry run over it, each read once."""
    sources: dict[str, list[str]] = {"rest": [], "sitemap": [], "feed": [], "listing": []}
    articles: set[str] = set()
    front: Document | None = None
    robots, offset_languages = "not seen", Counter[str]()
    for capture in captures:
        if urlsplit(capture.url).path == "/robots.txt":
            robots = _robots(capture)
        if capture.status != 200:
            continue
        document = read_document(capture)
        found = discover(capture, site, document)
        if found.kind in sources and found.links:
            sources[found.kind].append(capture.url)
        articles.update(canonical_url(link.url) for link in found.links if link.kind in ("article", "project"))
        if document is not None:
            front = document if front is None or canonical_url(capture.url) == canonical_url(url) else front
            languages = (link.get("hreflang") or "" for link in document.select("link[rel~=alternate][hreflang]"))
            offset_languages.update(language.partition("-")[0].lower() for language in languages)
    dated = sum(bool(re.search(r"/(?:19|20)\d{2}/\d{2}/\d{2}/", readable_path(one))) for one in articles)
    own = front.language if front else None
    return Probe(
        url=url,
        title=(front.meta("og:site_name", "application-name") if front else None) or host_port(url),
        platform=_platform(front, sources["rest"]),
        language=own,
        languages=tuple(sorted(name for name in offset_languages if re.fullmatch(r"[a-z]{2,3}", name) and name != own)),
        rest=tuple(one for one in sources["rest"] if "/types" not in one and "page=2" not in one),
        sitemaps=tuple(sources["sitemap"][:3]),
        feeds=tuple(one for one in sources["feed"] if "paged=" not in one),
        listings=tuple(one for one in sources["listing"] if not re.search(r"/page/\d+|[?&]page=", one)),
        robots=robots,
        articles=len(articles),
        dated_addresses=dated * 2 > len(articles),
    )


def _robots(capture: Capture) -> str:
    if capture.status != 200:
        return f"none (status {capture.status})"
    rules = re.findall(rb"(?im)^\s*(?:dis)?allow\s*:\s*\S", capture.payload)
    return f"{len(rules)} rule{'s' * (len(rules) != 1)}"


def _platform(front: Document | None, rest: list[str]) -> str | None:
    stated = front.meta("generator") if front else None
    if stated:
        return " ".join(stated.split())[:100]
    return "WordPress" if rest or (front and front.select('link[rel="https://api.w.org/"]')) else None


def starting_toml(probe: Probe) -> str:
    """A site file for what was found; what could not be told is left out, so that the generic rules serve."""
    host = host_port(probe.url)
    name = re.sub(r"[^a-z0-9]+", "-", host.lower().removeprefix("www.").rpartition(".")[0] or host).strip("-")
    languages = ", ".join(name for name in (probe.language, *probe.languages) if name) or "not stated"
    found = (
        f"made with {probe.platform or 'unknown software'}; languages: {languages}; robots.txt: {probe.robots};"
        f" {probe.articles} addresses of articles named"
    )
    lines = [
        f"# {_comment(probe.title)}: {_comment(found)}. docs/sites.md explains each key.",
        "",
        f"name = {_quoted(name)}",
        f"title = {_quoted(probe.title)}",
        f"home = {_quoted(probe.url)}",
    ]
    if probe.language:
        lines.append(f"language = {_quoted(probe.language)}")
    lines.append('# timezone = "Europe/Sofia"  # set it: days are then the site\'s own')
    lines.append(f"hosts = [{_quoted(host)}]")
    for kind, urls in (
        ("rest", probe.rest),
        ("sitemap", probe.sitemaps[:1]),
        ("page", (probe.url,)),
        ("listing", probe.listings[:5]),
        ("feed", probe.feeds[:1]),
    ):
        for url in urls:
            lines += ["", "[[seeds]]", f"kind = {_quoted(kind)}", f"url = {_quoted(url)}"]
    if probe.dated_addresses:
        lines += ["", "[addresses]", r"article = ['^/(19|20)\d{2}/\d{2}/\d{2}/[^/]+/?$']"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string (TOML 1.0, String): what a page says is never more than text in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return (
        '"'
        + "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in escaped if ord(char) < 0x10000)
        + '"'
    )


def _comment(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
