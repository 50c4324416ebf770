"""A page, read once: its tree, its metadata, what kind of page it is, and the cards that name other posts."""

from cluster_archive.document.cards import Card, part_links, read_cards, read_neighbours, read_pager
from cluster_archive.document.document import Document, element_text, read_document
from cluster_archive.document.kinds import PageKind, page_kind
from cluster_archive.document.pictures import LAZY_SOURCES, PICTURE_SETS, srcset_urls
from cluster_archive.document.selecting import select

__all__ = [
    "LAZY_SOURCES",
    "PICTURE_SETS",
    "Card",
    "Document",
    "PageKind",
    "element_text",
    "page_kind",
    "part_links",
    "read_cards",
    "read_document",
    "read_neighbours",
    "read_pager",
    "select",
    "srcset_urls",
]
