"""What programs read of the site: the REST API, the feed, the sitemaps; answers as WordPress gives them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape

from cluster_archive.demo.model import SOFIA, Post
from cluster_archive.demo.theme import WORDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a request gets."""

    body: str | bytes
    """Content; text is sent as UTF-8."""
    media_type: str = "text/html; charset=UTF-8"
    """`Content-Type`."""
    status: int = 200
    """HTTP status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further header fields."""
    has_validators: bool = False
    """Whether it has `ETag` and `Last-Modified`."""
    is_packed: bool = False
    """Whether it is a gzip file."""


def rest_collection(posts: Sequence[Post], path: str, query: Mapping[str, str]) -> Answer:
    """A REST collection: `per_page` up to 100, `page`, `_fields`, `slug`; 400 for what WordPress refuses."""
    size, number = _number(query.get("per_page"), 10), _number(query.get("page"), 1)
    if not 1 <= size <= 100:
        return _refused("rest_invalid_param", "Invalid parameter(s): per_page")
    chosen = [post for post in posts if query.get("slug") in (None, post.slug)]
    if "modified_after" in query:  # in the site's own time, as WordPress takes it
        chosen = [post for post in chosen if f"{_modified(post):%Y-%m-%dT%H:%M:%S}" > query["modified_after"]]
    pages = max(1, -(-len(chosen) // size))
    if not 1 <= number <= pages:
        return _refused(
            "rest_post_invalid_page_number", "The page number requested is larger than the number of pages available."
        )
    wanted = [name for name in query.get("_fields", "").split(",") if name]
    records = [_record(post) for post in chosen[(number - 1) * size : number * size]]
    if wanted:
        records = [{name: record[name] for name in wanted if name in record} for record in records]
    headers = {"X-WP-Total": str(len(chosen)), "X-WP-TotalPages": str(pages)}
    if number < pages:
        headers["Link"] = f'<{posts[0].host}{path}?page={number + 1}>; rel="next"'
    return _json(records, headers=headers)


def rest_record(post: Post) -> Answer:
    """A single REST record."""
    return _json(_record(post))


def rest_root(host: str) -> Answer:
    """The API's own description, as far as a reader needs it."""
    routes = ("/wp/v2", "/wp/v2/posts", "/wp/v2/pages", "/wp/v2/types", "/wp/v2/portfolio")
    return _json(
        {"name": "", "url": host, "namespaces": ["oembed/1.0", "wp/v2"], "routes": {route: {} for route in routes}}
    )


def rest_types() -> Answer:
    """The post types."""
    names = {"post": "posts", "page": "pages", "attachment": "media", "portfolio": "portfolio", "wp_block": "blocks"}
    return _json({name: {"slug": name, "rest_base": base, "rest_namespace": "wp/v2"} for name, base in names.items()})


def _record(post: Post) -> dict[str, object]:
    hidden = "password" in post.features
    moment = post.moment.astimezone(UTC)
    content = "" if hidden else "\n".join(piece.html for page in post.pages for piece in page)
    return {
        "id": post.number,
        "date": post.moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "date_gmt": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "modified": _modified(post).strftime("%Y-%m-%dT%H:%M:%S"),
        "modified_gmt": _modified(post).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "slug": post.slug,
        "status": "publish",
        "type": "portfolio" if post.kind == "project" else "post",
        "link": post.url,
        "title": {"rendered": escape(post.title).replace("&quot;", "&#8220;")},
        "content": {"rendered": content, "protected": hidden},
    }


def _modified(post: Post) -> datetime:
    return (post.modified or post.moment).astimezone(SOFIA)


def _json(value: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer(
        body=json.dumps(value, ensure_ascii=False),
        media_type="application/json; charset=UTF-8",
        status=status,
        headers=headers or {},
    )


def _refused(code: str, message: str) -> Answer:
    return _json({"code": code, "message": message, "data": {"status": 400}}, status=400)


def not_found_json() -> Answer:
    """What a closed or unknown route gets."""
    return _json({"code": "rest_no_route", "message": "No route was found.", "data": {"status": 404}}, status=404)


def _number(text: str | None, default: int) -> int:
    return default if text is None else int(text) if text.lstrip("-").isdigit() else 0


def feed(posts: Sequence[Post], number: int, language: str, host: str) -> Answer | None:
    """The feed, ten posts a page; None past its end."""
    chosen = posts[(number - 1) * 10 : number * 10]
    if not chosen:
        return None
    items = "".join(_item(post) for post in chosen)
    words = WORDS[language]
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>{words['site']}</title><link>{host}</link><description>{words['motto']}</description><language>{language}</language>{items}</channel></rss>"
    )
    return Answer(body=text, media_type="application/rss+xml; charset=UTF-8", has_validators=True)


def _item(post: Post) -> str:
    content = "" if "password" in post.features else "\n".join(piece.html for page in post.pages for piece in page)
    return (
        f"<item><title>{escape(post.title, quote=False)}</title><link>{escape(post.url)}</link><dc:creator><![CDATA[Редакция]]></dc:creator>"
        f"<pubDate>{format_datetime(post.moment.astimezone(UTC))}</pubDate><category><![CDATA[{post.categories[0]}]]></category>"
        f'<guid isPermaLink="false">{post.host}/?p={post.number}</guid><content:encoded><![CDATA[{content.replace("]]>", "")}]]></content:encoded></item>'
    )


def sitemap_index(host: str, children: Sequence[str]) -> Answer:
    """A sitemap index."""
    inner = "".join(f"<sitemap><loc>{host}{child}</loc></sitemap>" for child in children)
    return _xml(f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</sitemapindex>')


def sitemap(urls: Sequence[tuple[str, str | None]]) -> Answer:
    """A sitemap of addresses, each with its `lastmod` or without."""
    inner = "".join(
        f"<url><loc>{escape(url)}</loc>{f'<lastmod>{lastmod}</lastmod>' if lastmod else ''}</url>"
        for url, lastmod in urls
    )
    return _xml(f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</urlset>')


def _xml(text: str) -> Answer:
    return Answer(body=f'<?xml version="1.0" encoding="UTF-8"?>{text}', media_type="application/xml; charset=UTF-8")
