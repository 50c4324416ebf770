"""Title of a page: the headline that a reader sees, told apart from other headings by what the metadata states."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from html import unescape
from itertools import islice

from lxml.html import HtmlElement

from cluster_archive.document import Document
from cluster_archive.extract.furniture import furniture_kind, named_like
from cluster_archive.extract.metadata import article_objects
from cluster_archive.extract.text import fold, inline_text, letters_of
from cluster_archive.items import Evidence
from cluster_archive.sites.model import Selectors, Site

HEADLINES = (
    "h1.entry-title",
    "h1[itemprop~=headline]",
    "h1.wp-block-post-title",
    "h1.post-title",
)
"""Elements that by their name hold the headline."""

MARKED = "[itemprop~=headline]"
"""What microdata call a headline; a teaser's may be one, too."""

_is_teaser = named_like(r"post-item|post-related|portfolio-item|fixed-nav\S*")

_LONG_TITLE = 20  # letters: a longer one does not stand in another heading by chance
_WHOLE_TITLE = 30  # letters: what opens a title and is longer is all of it but the site's name
_HEADLINES = 200  # headlines of a page that are looked at
_PARAGRAPHS = 500  # paragraphs of a page that are counted
_TITLE = 1000  # letters: no title is longer
_SEPARATORS = re.compile(r"\s+[|–—»·•:/-]\s+|\s*\|\s*")


def find_title(document: Document, selectors: Selectors, site: Site) -> tuple[str, Evidence | None]:
    """The title as a reader sees it, without the site's name, and where it stood; empty where the page has none.

    A headline that is there but empty means that the post has no title, whatever `title` says.
    """
    empty = False
    is_of_another = _of_others(document)
    for method, names in (("selector", selectors.title), ("headline", HEADLINES)):
        for name in names:
            for element in document.select(name):
                if is_of_another(element):
                    continue
                if text := _shown(element):
                    return text, _evidence(document, method, name, text)
                empty = empty or element.tag == "h1"
    titles = stated_titles(document, site)
    for method, name, text in _candidates(document, site, [letters_of(text) for text, _ in titles], is_of_another):
        return text, _evidence(document, method, name, text)
    if empty:
        return "", None
    for text, method in titles:
        return text, _evidence(document, method, None, text)
    return "", None


def _candidates(
    document: Document, site: Site, stated: Sequence[str], is_of_another: Callable[[HtmlElement], bool]
) -> Iterator[tuple[str, str, str]]:
    """Headlines whose names do not tell that they are, best first, by method and selector: what the page's own metadata
    says, too, comes before the rest. `stated` are the letters of what it says."""
    marked = [text for one in document.select(MARKED)[:_HEADLINES] if (text := _shown(one)) and not is_of_another(one)]
    yield from (("headline", MARKED, text) for text in marked if letters_of(text) in stated)
    aside, others = [], []
    for element in islice(document.root.iter("h1"), _HEADLINES):
        if not (text := _shown(element)):
            continue
        letters = letters_of(text)
        if is_of_another(element) or _leads_up(document, element):
            aside += [text] if letters in stated else []
        elif any(_same(letters, other) for other in stated):
            yield "h1", "h1", text
        else:
            others.append(text)
    yield from (("headline", MARKED, text) for text in marked)
    for element in islice(document.root.iter("h2"), _HEADLINES):
        letters = letters_of(element.text_content())
        if any(_is_part(letters, other) for other in stated) and not is_of_another(element):
            yield "h2", "h2", _shown(element)
    yield from (("h1", "h1", text) for text in (*aside, *others)[:1] if not _is_site_name(text, document, site))


def _leads_up(document: Document, heading: HtmlElement) -> bool:
    """Whether a heading is a link to a page above this one, as a site's sign and a section's name are."""
    link = next((one for one in heading.iter("a") if one.get("href")), None)
    if link is None or _shown(link) != _shown(heading):
        return False
    url, own = document.absolute(link.get("href")), document.url.rstrip("/")
    return url is not None and own.startswith(url.rstrip("/") + "/")


def find_headline(document: Document, title: str) -> HtmlElement | None:
    """The heading that shows the title, one of the article's own before one in furniture; where none shows it word by
    word, one with a part of it, or the only `h1`."""
    wanted = letters_of(title)
    if not wanted:
        return None
    is_of_another = _of_others(document)
    fitting: list[tuple[bool, int, HtmlElement]] = []
    for one in islice(document.root.iter("h1", "h2", "h3"), _HEADLINES):
        letters = letters_of(one.text_content())
        if (fit := _fit(one.tag, letters, wanted)) is None:
            continue
        if not (is_aside := is_of_another(one)) and letters == wanted:
            return one
        fitting.append((is_aside, fit, one))
    if fitting:
        return min(fitting, key=lambda one: one[:2])[2]
    first = list(islice(document.root.iter("h1"), 2))
    return first[0] if len(first) == 1 else None


def _fit(tag: str, letters: str, wanted: str) -> int | None:
    """How well a heading fits a title, less is better: word by word, an `h1` with a part of it, another with a long one."""
    if letters == wanted:
        return 0
    if tag == "h1" and letters and (letters in wanted or wanted in letters):
        return 1
    if min(len(wanted), len(letters)) > _LONG_TITLE and (wanted in letters or wanted.startswith(letters)):
        return 2
    return None


def _shown(element: HtmlElement) -> str:
    return fold(inline_text(element))


def _of_others(document: Document) -> Callable[[HtmlElement], bool]:
    """Says of a headline whether it stands in a teaser of another post, or in furniture; what holds most of the page's
    paragraphs is no furniture, whatever its name: `has-sidebar`."""
    known: dict[HtmlElement, bool] = {}

    def paragraphs(element: HtmlElement) -> int:
        return sum(1 for _ in islice(element.iter("p"), _PARAGRAPHS))

    def is_aside(element: HtmlElement) -> bool:
        if element not in known:
            known[element] = _is_teaser(element) or (
                furniture_kind(element) == "furniture"
                and "header" not in (element.get("class") or "")
                and 2 * paragraphs(element) <= paragraphs(document.root)
            )
        return known[element]

    return lambda headline: any(map(is_aside, headline.iterancestors()))


def _evidence(document: Document, method: str, selector: str | None, raw: str) -> Evidence:
    return Evidence(method=method, selector=selector, raw=raw[:300], url=document.url)


def stated_titles(document: Document, site: Site) -> list[tuple[str, str]]:
    """Titles that the metadata states, best first, without the site's name."""
    found: list[tuple[str, str]] = []
    for block in article_objects(document):
        if isinstance(block.get("headline"), str):
            found.append((block["headline"], "json-ld"))
    for name in ("og:title", "twitter:title", "dc.title", "citation_title"):
        if text := document.meta(name):
            found.append((text, name))
    found.append((_page_title(document), "title"))
    cleaned = [(without_site_name(fold(unescape(text))[:_TITLE], document, site), method) for text, method in found]
    return [(text, method) for text, method in cleaned if text]


def _page_title(document: Document) -> str:
    """What the page's `title` element says; drawings have such elements, too."""
    titles = (one for one in document.root.iter("title") if (above := one.getparent()) is None or above.tag != "svg")
    return next((one.text_content() for one in titles), "")


def _site_names(document: Document, site: Site) -> set[str]:
    """What the site calls itself, small; some give each page's title as the application's name."""
    named = document.meta("og:site_name")
    if named is None and (application := document.meta("application-name")) != _page_title(document).strip():
        named = application
    return {fold(name).casefold() for name in (site.title, named) if name}


def without_site_name(text: str, document: Document, site: Site) -> str:
    """A title without the name of the site at its end or head."""
    names = _site_names(document, site)
    if text.casefold() in names:
        return ""
    pieces = list(_SEPARATORS.finditer(text))
    if pieces and text[pieces[-1].end() :].casefold() in names:
        return text[: pieces[-1].start()]
    if pieces and text[: pieces[0].start()].casefold() in names:
        return text[pieces[0].end() :]
    for name in names:  # the name itself may hold a separator
        if text.casefold().endswith(name):
            return (
                _SEPARATORS.sub(" ", text[: -len(name)]).strip()
                if _SEPARATORS.search(text[: -len(name)] + " ")
                else text
            )
    return text


def _is_site_name(text: str, document: Document, site: Site) -> bool:
    return not without_site_name(text, document, site)


def _same(one: str, other: str) -> bool:
    """Whether one's letters are the other's, or open it."""
    short, long = sorted((one, other), key=len)
    return bool(short) and (short == long or (len(short) > 15 and long.startswith(short)))


def _is_part(heading: str, stated: str) -> bool:
    """Whether the letters of a stated title are a heading's, or a heading's and a name's before or behind it."""
    return bool(heading) and (
        heading == stated or (len(heading) > _WHOLE_TITLE and (stated.startswith(heading) or stated.endswith(heading)))
    )
