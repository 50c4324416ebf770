"""From what one page says to what the whole crawl knows: parts joined, dates reconciled, what is missing said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from cluster_archive.curate.dates import best_evidence, bounds, disagreement
from cluster_archive.curate.doubles import doubles_of
from cluster_archive.curate.parts import with_parts
from cluster_archive.items import Article, DateEvidence, Evidence, Issue
from cluster_archive.sites.model import Site

__all__ = ["curate", "doubles_of", "known_day"]


def curate(
    article: Article,
    *,
    evidence: Sequence[DateEvidence],
    parts: Sequence[tuple[str, Article | None]],
    site: Site,
    record_of: Callable[[str], str | None],
    neighbour_day: Callable[[str], date | None],
) -> Article:
    """The article as the dataset has it.

    `evidence` is all that was said of its date, `parts` its further pages, `record_of` gives the record of
    a picture's or a document's capture, `neighbour_day` the day of another article. The result depends on these values alone, not on the order in
    which the crawl met them.
    """
    article = with_parts(article, parts)
    article = _dated(article, evidence, neighbour_day)
    images = tuple(replace(image, warc_record_id=record_of(image.url)) for image in article.images)
    attachments = tuple(replace(one, warc_record_id=record_of(one.url)) for one in article.attachments)
    return replace(article, images=images, attachments=attachments, issues=(*article.issues, *_missing(article)))


def known_day(evidence: Sequence[DateEvidence], site: Site) -> date | None:
    """The day that the evidence supports; None where there is none."""
    best = best_evidence(evidence)
    return best.day if best else None


def _dated(article: Article, evidence: Sequence[DateEvidence], neighbour_day: Callable[[str], date | None]) -> Article:
    best = best_evidence(evidence, article.date if article.date_source == "page" else None)
    if best is None:
        older = [article.date_not_before, _day_of(article.previous_url, neighbour_day)]
        newer = [article.date_not_after, _day_of(article.next_url, neighbour_day)]
        not_before, not_after, issue = bounds(older, newer)
        return replace(
            article,
            date_not_before=not_before,
            date_not_after=not_after,
            issues=(*article.issues, issue) if issue else article.issues,
        )
    issue = disagreement(evidence, best)
    moment = best.moment or _moment(evidence, best)
    return replace(
        article,
        date=best.day,
        published_at=moment,
        modified_at=_modified(article, evidence, moment),
        date_source=best.source,
        date_not_before=None,
        date_not_after=None,
        issues=(*article.issues, issue) if issue else article.issues,
        provenance=replace(
            article.provenance,
            date=Evidence(method=best.source, selector=best.selector, raw=best.raw, url=best.seen_on),
        ),
    )


def _day_of(url: str | None, neighbour_day: Callable[[str], date | None]) -> date | None:
    return neighbour_day(url) if url else None


def _moment(evidence: Sequence[DateEvidence], best: DateEvidence) -> datetime | None:
    """A moment on the same day that other evidence states."""
    return max((one.moment for one in evidence if one.moment is not None and one.day == best.day), default=None)


def _modified(article: Article, evidence: Sequence[DateEvidence], published: datetime | None) -> datetime | None:
    """The latest change that is stated; none where it is the publication itself."""
    stated = [one.modified for one in evidence if one.modified is not None]
    stated += [article.modified_at] if article.modified_at else []
    latest = max(stated, default=None)
    return latest if latest is not None and latest != published else None


def _missing(article: Article) -> list[Issue]:
    """What a reader would look for in vain."""
    issues = []
    if not article.title:
        issues.append(Issue(field="title", code="missing", detail="the page has no headline"))
    if article.date is None:
        known = article.date_not_before or article.date_not_after
        issues.append(Issue(field="date", code="bounded" if known else "missing", detail="no page states the day"))
    if not article.body and not any(issue.code == "protected" for issue in article.issues):
        issues.append(Issue(field="body", code="missing", detail="the page has no text of its own"))
    return issues
