"""Pages: lists of posts, articles with their neighbours, and pages whose links lead to either."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

from cluster_archive.captures import Capture
from cluster_archive.discover.found import Found, Link, LinkKind
from cluster_archive.document import Card, Document, element_text, page_kind, part_links, read_cards, read_pager
from cluster_archive.items import DateEvidence
from cluster_archive.sites.model import Site
from cluster_archive.sites.rules import address_kind
from cluster_archive.urls import absolute_url, article_key, canonical_url

NEWS_WORDS = re.compile(
    r"\b(?:news|blog|новини|новости|събития|актуално|aktuelles|nachrichten|neuigkeiten|actualit[eé]s?|nouvelles|noticias|actualidad"
    r"|notizie|novit[aà]|aktualności|wiadomości|noutăți|știri|stiri|νέα|press|presse|projects?|проекти)\b",
    re.IGNORECASE,
)
"""What the links to lists of posts are called."""

MAX_GUESSES = 40
"""Links that are followed from a page only because of how they look."""


def read_page(document: Document, site: Site, capture: Capture) -> Found:
    """What a page names, by the kind of page it is."""
    kind = page_kind(document, site)
    cards = read_cards(document, site)
    if kind == "page" and sum(card.role == "listing" for card in cards) >= 3 and _is_list(document):
        kind = "listing"
    links = [Link(url=card.url, kind="article") for card in cards if card.role != "listing" or kind != "other"]
    evidence = tuple(_evidence(card, capture) for card in cards if card.day is not None)
    if kind in ("article", "project"):
        links += [Link(url=url, kind="part") for url in part_links(document)]
        links += _alternates(document, "project" if kind == "project" else "article")
        links += _named_articles(document, site)
    elif kind == "listing":
        links += [Link(url=url, kind="listing") for url in read_pager(document) if _same_list(url, document.url)]
    elif kind == "page":
        links += _sources(document, capture)
        links += list(_menu(document, site))
        links += [Link(url=url, kind="listing") for url in read_pager(document) if _same_list(url, document.url)]
    return Found(kind=kind, links=(*_refreshed(document), *links), evidence=evidence)


def _refreshed(document: Document) -> Iterator[Link]:
    """Where the page sends its reader by itself (HTML, `meta http-equiv=refresh`), if that is another page."""
    for meta in document.root.iter("meta"):
        if (meta.get("http-equiv") or "").strip().lower() == "refresh":
            told = re.search(r"[;,]\s*url\s*=\s*[\"']?([^\"']*)", meta.get("content") or "", re.IGNORECASE)
            url = document.absolute(told[1]) if told else None
            if url and article_key(url) != article_key(document.url):
                yield Link(url=url, kind="page")


def _is_list(document: Document) -> bool:
    return "home" not in document.body_classes and urlsplit(document.url).path not in ("", "/")


def _same_list(url: str, own: str) -> bool:
    """Whether an address is another page of the list: the same path but for its page number."""

    def stem(address: str) -> str:
        parts = urlsplit(address)
        return re.sub(r"(?:/page/\d+)?/?$", "", parts.path) + re.sub(r"&?(?:paged?|pg)=\d+", "", parts.query)

    return stem(url) == stem(own) or urlsplit(url).path == urlsplit(own).path


def page_number(url: str) -> int:
    """Number of the page of a list or a feed that an address names; 1 where it names none."""
    found = re.search(r"/page/(\d+)/?(?:$|\?)|[?&](?:paged?|pg)=(\d+)", url)
    return int(found[1] or found[2]) if found else 1


def _evidence(card: Card, capture: Capture) -> DateEvidence:
    source = {"listing": "listing", "related": "related"}.get(card.role, "neighbour")
    return DateEvidence(
        article_url=canonical_url(card.url),
        source=source,  # type: ignore[arg-type]
        day=card.day,
        moment=card.moment,
        raw=card.raw[:100],
        selector=card.selector,
        seen_on=capture.url,
        captured_at=capture.captured_at,
    )


def _alternates(document: Document, kind: LinkKind) -> list[Link]:
    """Other languages of the page (`link rel=alternate hreflang`)."""
    links = [document.absolute(link.get("href")) for link in document.select("link[rel~=alternate][hreflang]")]
    return [Link(url=url, kind=kind) for url in links if url]


def _named_articles(document: Document, site: Site) -> list[Link]:
    """Links of the page that are articles by the site's own patterns."""
    if not site.addresses.article and not site.addresses.project:
        return []
    urls = [document.absolute(link.get("href")) for link in document.root.iter("a")]
    return [Link(url=url, kind="article") for url in urls if url and address_kind(url, site) in ("article", "project")]


def _sources(document: Document, capture: Capture) -> list[Link]:
    """The REST API and the feed that a page names, in its head or in HTTP `Link` fields."""
    links = []
    roots = [link.get("href") for link in document.select('link[rel="https://api.w.org/"]')]
    for name, value in capture.headers:
        if name.lower() == "link":
            roots += [found[1] for found in re.finditer(r'<([^>]+)>\s*;\s*rel="?https://api\.w\.org/', value)]
    for root in dict.fromkeys(absolute for one in roots if one and (absolute := absolute_url(one, document.base))):
        posts = urljoin(root, "wp/v2/posts?per_page=100&_fields=id,date,date_gmt,modified_gmt,link")
        if "?rest_route=" not in root:
            links.append(Link(url=posts, kind="rest"))
    for link in document.select("link[rel~=alternate][type]"):
        if "rss" in (link.get("type") or "") or "atom" in (link.get("type") or ""):
            url = document.absolute(link.get("href"))
            if url and "comments" not in url and not re.search(r"/(?:category|tag|author)/", url):
                links.append(Link(url=url, kind="feed"))
                break  # the first is the site's own
    return links


def _menu(document: Document, site: Site) -> Iterator[Link]:
    """Links that lead to lists of posts, by the site's patterns or by their names; and articles by pattern."""
    guesses = 0
    seen: set[str] = {article_key(document.url)}
    for link in document.root.iter("a"):
        url = document.absolute(link.get("href"))
        if url is None or (key := article_key(url)) in seen:
            continue
        seen.add(key)
        told = address_kind(url, site)
        if told in ("listing", "article", "project"):
            yield Link(url=url, kind=told)
        elif told is None and guesses < MAX_GUESSES and _sounds_like_news(url, element_text(link)):
            guesses += 1
            yield Link(url=url, kind="listing")


def _sounds_like_news(url: str, text: str) -> bool:
    path = urlsplit(url).path.strip("/")
    return path.count("/") <= 1 and bool(NEWS_WORDS.search(text[:60]) or NEWS_WORDS.search(path.replace("-", " ")))
