"""The middle of the house: `extract(capture, site)` is pure. No Scrapy, no I/O, no clock."""

from __future__ import annotations

from cluster_archive import __version__
from cluster_archive.captures import Capture
from cluster_archive.document import Document, page_kind, read_document, read_neighbours
from cluster_archive.errors import NotAnArticle
from cluster_archive.extract.answers import said_instead
from cluster_archive.extract.attachments import find_attachments
from cluster_archive.extract.body import BodyPlace, find_body, is_protected
from cluster_archive.extract.dates import page_evidence
from cluster_archive.extract.images import find_images
from cluster_archive.extract.metadata import (
    find_alternates,
    find_authors,
    find_summary,
    find_terms,
    own_address,
)
from cluster_archive.extract.takeaways import Takeaways, find_takeaways, listed_items
from cluster_archive.extract.text import body_text, inline_text
from cluster_archive.extract.titles import find_headline, find_title
from cluster_archive.items import (
    Article,
    DateEvidence,
    Evidence,
    Issue,
    Provenance,
    content_hash,
    word_count,
)
from cluster_archive.sites.model import Selectors, Site
from cluster_archive.urls import url_id

__all__ = ["EXTRACTOR", "date_evidence", "extract", "extract_any"]

EXTRACTOR = f"cluster_archive {__version__}"
"""What the dataset names as its extractor."""


def extract(
    capture: Capture,
    site: Site,
    document: Document | None = None,
    dates: tuple[DateEvidence, ...] | None = None,
) -> Article:
    """The article that a capture holds, as far as its own page tells. `document` where the page was read already, `dates`
    where its date evidence was.

    Raises NotAnArticle, and nothing else, whatever the bytes are: ``status``, ``not-html``, the kind of page that it
    is instead (``listing``, ``attachment``, ``page``, ``other``), or what it says instead (extract.answers).
    """
    if not capture.has_content:
        raise NotAnArticle("status")
    document = document if document is not None else read_document(capture)
    if document is None:
        raise NotAnArticle("not-html")
    kind = page_kind(document, site)
    if kind not in ("article", "project", "part"):
        raise NotAnArticle(kind)
    article = extract_any(capture, site, document, dates)
    if (said := said_instead(document, article)) is not None:
        raise NotAnArticle(said)
    return article


def date_evidence(capture: Capture, site: Site, document: Document | None = None) -> tuple[DateEvidence, ...]:
    """All that a page says of its own date: its markup, its address, its text near the title."""
    document = document if document is not None else read_document(capture)
    if document is None:
        return ()
    title, _ = find_title(document, site.selectors_at(capture.captured_at.date()), site)
    return page_evidence(document, capture, site, own_address(document), find_headline(document, title))


def extract_any(
    capture: Capture, site: Site, document: Document, dates: tuple[DateEvidence, ...] | None = None
) -> Article:
    """The article of a page, whatever kind of page it says it is."""
    selectors = site.selectors_at(capture.captured_at.date())
    canonical = own_address(document)
    title, title_evidence = find_title(document, selectors, site)
    headline = find_headline(document, title)
    protected = is_protected(document)
    place = None if protected else find_body(document, selectors, title, headline)
    body = body_text(place.blocks) if place else ""
    takeaways = _takeaways(document, selectors, place)
    items = takeaways.items if takeaways else ()
    images, featured = find_images(document, selectors, place, headline)
    categories, tags = find_terms(document)
    evidence = page_evidence(document, capture, site, canonical, headline) if dates is None else dates
    first = evidence[0] if evidence else None
    cards = {card.role: card for card in reversed(read_neighbours(document, site).values())}
    previous, following = cards.get("previous"), cards.get("next")
    return Article(
        id=url_id(canonical),
        site=site.name,
        url=capture.url,
        canonical_url=canonical,
        language=document.language or site.language,
        title=title,
        date=first.day if first else None,
        published_at=first.moment if first else None,
        modified_at=next((one.modified for one in evidence if one.modified), None),
        date_source=first.source if first else None,
        date_not_before=previous.day if previous and not first else None,
        date_not_after=following.day if following and not first else None,
        authors=find_authors(document),
        categories=categories,
        tags=tags,
        summary=find_summary(document),
        body=body,
        key_takeaways=items,
        image_links=tuple(image.url for image in images),
        images=images,
        attachments=find_attachments(document, place),
        previous_url=previous.url if previous else None,
        next_url=following.url if following else None,
        alternates=find_alternates(document),
        word_count=word_count(body),
        content_hash=content_hash(title, body, items),
        first_seen_at=capture.captured_at,
        last_seen_at=capture.captured_at,
        issues=_issues(document, protected=protected, truncated=capture.truncated),
        provenance=Provenance(
            title=title_evidence,
            date=_date_provenance(first),
            body=Evidence(method=place.method, selector=place.selector, url=document.url) if body and place else None,
            key_takeaways=Evidence(method=takeaways.method, raw=takeaways.cue, url=document.url) if takeaways else None,
            image_links=Evidence(method="page", selector=featured, url=document.url) if images else None,
        ),
        warc=capture.payload_ref,
        extractor=EXTRACTOR,
    )


def _takeaways(document: Document, selectors: Selectors, place: BodyPlace | None) -> Takeaways | None:
    """By the site's correction where it matches something, else by cue."""
    for selector in selectors.takeaways:
        for element in document.select(selector):
            if items := listed_items(element):
                return Takeaways(items=items, cue=inline_text(element)[:300], method="selector")
    return find_takeaways(place.blocks) if place else None


def _date_provenance(evidence: DateEvidence | None) -> Evidence | None:
    if evidence is None:
        return None
    return Evidence(method=evidence.source, selector=evidence.selector, raw=evidence.raw, url=evidence.seen_on)


def _issues(document: Document, *, protected: bool, truncated: str | None) -> tuple[Issue, ...]:
    """Doubts about the page as a whole; what is missing is said once all evidence is in (curate)."""
    issues = [Issue(field="body", code=code, detail=None) for code in document.issues]
    if truncated is not None:
        issues.append(Issue(field="body", code="truncated", detail=truncated))
    if protected:
        issues.append(Issue(field="body", code="protected", detail="the page asks for a password"))
    return tuple(issues)
