"""Posts of several pages: one article out of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cluster_archive.items import Article, Attachment, Image, Issue, content_hash, word_count


def with_parts(article: Article, parts: Sequence[tuple[str, Article | None]]) -> Article:
    """The article with the text, pictures and documents of its further pages behind its own.

    The takeaways are those of the first page that has some. A page that was not captured becomes an issue.
    """
    if not parts:
        return article
    pages = [article, *(part for _, part in parts if part is not None)]
    images: dict[str, Image] = {}
    attachments: dict[str, Attachment] = {}
    for page in pages:
        for image in page.images:
            images.setdefault(image.url, image)
        for attachment in page.attachments:
            attachments.setdefault(attachment.url, attachment)
    body = "\n\n".join(page.body for page in pages if page.body)
    takeaways = next((page.key_takeaways for page in pages if page.key_takeaways), ())
    told_by = next((page for page in pages if page.key_takeaways), article)
    lost = tuple(Issue(field="body", code="part-missing", detail=url) for url, part in parts if part is None)
    return replace(
        article,
        body=body,
        key_takeaways=takeaways,
        images=tuple(images.values()),
        image_links=tuple(images),
        attachments=tuple(attachments.values()),
        word_count=word_count(body),
        content_hash=content_hash(article.title, body, takeaways),
        issues=(*article.issues, *lost),
        provenance=replace(article.provenance, key_takeaways=told_by.provenance.key_takeaways),
    )
