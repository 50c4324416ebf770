"""Attachments: the documents that an article links to."""

from __future__ import annotations

import re
from mimetypes import guess_type
from urllib.parse import urlsplit

from cluster_archive.document import Document
from cluster_archive.extract.body import BodyPlace
from cluster_archive.extract.text import inline_text
from cluster_archive.items import Attachment

_DOCUMENT = re.compile(r"\.(?:pdf|docx?|xlsx?|pptx?|ppsx?|od[tsp]|rtf|csv|zip|rar|7z|epub)$", re.IGNORECASE)


def find_attachments(document: Document, place: BodyPlace | None) -> tuple[Attachment, ...]:
    """Documents that the body links to, each once, in reading order; the media type is told by the name."""
    found: dict[str, Attachment] = {}
    for root in place.elements if place else ():
        for link in root.iter("a"):
            if not _DOCUMENT.search((link.get("href") or "").partition("#")[0].partition("?")[0].strip()):
                continue
            url = document.absolute(link.get("href"))
            if url is None or url in found:
                continue
            if any(place.left_out(above) for above in link.iterancestors() if place and above is not root):
                continue
            media_type = guess_type(urlsplit(url).path)[0]
            found[url] = Attachment(url=url, text=inline_text(link) or None, media_type=media_type)
    return tuple(found.values())
