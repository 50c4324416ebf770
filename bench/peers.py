"""The extractors that people use today, each behind one function: a page's text and address in, a prediction out.

A peer that is not installed (`pip install -e '.[bench]'`), or fails on a page, predicts nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from importlib import import_module
from typing import Any

logging.disable(logging.CRITICAL)

Prediction = dict[str, Any]
Peer = Callable[[str, str | None], Prediction]


def _trafilatura(html: str, url: str | None) -> Prediction:
    module = import_module("trafilatura")
    found = module.bare_extraction(html, url=url, with_metadata=True, include_images=True, include_comments=False)
    if found is None:
        return {}
    images = [line.split("](")[1].split(")")[0] for line in (found.text or "").split("\n") if line.startswith("![")]
    text = "\n".join(line for line in (found.text or "").split("\n") if not line.startswith("!["))
    return {
        "title": found.title,
        "date": found.date,
        "body": text,
        "images": [*([found.image] if found.image else []), *images],
    }


def _trafilatura_text(html: str, url: str | None) -> Prediction:
    found = import_module("trafilatura").bare_extraction(html, url=url, with_metadata=True, include_comments=False)
    return {"title": found.title, "date": found.date, "body": found.text} if found else {}


def _newspaper(html: str, url: str | None) -> Prediction:
    module = import_module("newspaper")
    article = module.Article(url or "http://page.invalid/", fetch_images=False)
    article.download(input_html=html)
    article.parse()
    day = article.publish_date.date().isoformat() if article.publish_date else None
    images = [article.top_image] if article.top_image else []
    return {"title": article.title, "date": day, "body": article.text, "images": images}


def _readability(html: str, _: str | None) -> Prediction:
    document = import_module("readability").Document(html)
    text = import_module("html_text").extract_text(document.summary())
    return {"title": document.short_title(), "body": text}


def _goose(html: str, _: str | None) -> Prediction:
    module = import_module("goose3")
    with module.Goose({"enable_image_fetching": False}) as goose:
        found = goose.extract(raw_html=html)
    day = found.publish_datetime_utc.date().isoformat() if found.publish_datetime_utc else None
    image = (found.opengraph or {}).get("image")
    images = [image] if isinstance(image, str) else []
    return {"title": found.title, "date": day, "body": found.cleaned_text, "images": images}


def _htmldate(html: str, url: str | None) -> Prediction:
    return {"date": import_module("htmldate").find_date(html, url=url, original_date=True)}


def _news_please(html: str, url: str | None) -> Prediction:
    found = import_module("newsplease").NewsPlease.from_html(html, url=url, fetch_images=False)
    day = found.date_publish.date().isoformat() if found.date_publish else None
    images = [found.image_url] if found.image_url else []
    return {"title": found.title, "date": day, "body": found.maintext, "images": images}


_PEERS: dict[str, tuple[str, Peer]] = {
    "trafilatura": ("trafilatura", _trafilatura),
    "trafilatura text": ("trafilatura", _trafilatura_text),
    "newspaper4k": ("newspaper", _newspaper),
    "readability": ("readability", _readability),
    "goose3": ("goose3", _goose),
    "htmldate": ("htmldate", _htmldate),
    "news-please": ("newsplease", _news_please),
}


def peers(names: list[str]) -> dict[str, Peer]:
    """The peers of these names that are installed; all of them where no name is given."""
    found: dict[str, Peer] = {}
    for name, (module, peer) in _PEERS.items():
        if names and not {name, name.split()[0]}.intersection(names):
            continue
        try:
            import_module(module)
        except ImportError:
            print(f"{name}: not installed, left out (pip install -e '.[bench]')")
            continue
        found[name] = peer
    return found
