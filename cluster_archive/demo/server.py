"""The built-in site, served on this machine: two sites in one family, and a host of pictures."""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.resources import files
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from aiohttp import web

from cluster_archive.demo import machine, theme
from cluster_archive.demo.bulgarian import bulgarian_posts, projects
from cluster_archive.demo.english import english_posts
from cluster_archive.demo.machine import Answer
from cluster_archive.demo.model import BULGARIAN, ENGLISH, PICTURES, SOFIA, Parts, Post, Truth
from cluster_archive.demo.papers import paper
from cluster_archive.demo.pictures import picture

PER_PAGE = 10
CHANGED = "Thu, 20 Nov 2025 09:00:00 GMT"
_PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp)$", re.IGNORECASE)


THEME = "/wp-content/themes/horizon"
THEME_FILES = {
    "/wp-includes/css/dist/block-library/style.css": ("blocks.css", "text/css"),
    f"{THEME}/style.css": ("style.css", "text/css"),
    f"{THEME}/css/marks.css": ("marks.css", "text/css"),
    f"{THEME}/images/leaf.svg": ("leaf.svg", "image/svg+xml"),
    f"{THEME}/js/menu.js": ("menu.js", "text/javascript"),
}
"""What pages need to be drawn: the file and its media type, by address."""


class Site:
    """One of the two sites: what stands at each address."""

    def __init__(self, language: str, parts: Parts) -> None:
        self.language = language
        self.parts = parts
        self.host = BULGARIAN if language == "bg" else ENGLISH
        self.projects = tuple(reversed(projects())) if language == "bg" else ()
        self.files: set[str] = {"logo", "hero", "icon"}
        self.publish(tuple(reversed(bulgarian_posts() if language == "bg" else english_posts())))

    def publish(self, posts: tuple[Post, ...]) -> None:
        """Has these posts, newest first, and no others."""
        self.posts = posts
        self.setting = theme.Setting(parts=self.parts, posts=self.posts)
        self.by_path = {unquote(post.path): post for post in (*self.posts, *self.projects)}
        self.by_number = {post.number: post for post in (*self.posts, *self.projects)}
        self.old_slugs = {unquote(replace(post, slug=post.old_slug).path): post for post in self.posts if post.old_slug}
        self.files |= {_stem(unquote(url)) for post in self.by_path.values() for url in _pictures_of(post)}

    def answer(self, target: str) -> Answer:
        """The answer to a GET of a path with its query, as WordPress would give it."""
        parts = urlsplit(target)
        path, query = unquote(parts.path), dict(parse_qsl(parts.query, keep_blank_values=True))
        for serve in (self._machine, self._file, self._redirect, self._listing, self._article, self._page):
            answer = serve(path, query)
            if answer is not None:
                return answer
        return self._missing()

    # -- what programs read ----------------------------------------------------------------------------------------

    def _machine(self, path: str, query: dict[str, str]) -> Answer | None:
        if path == "/robots.txt":
            named = f"\nSitemap: {self.host}{self._sitemap_path()}\n" if self.parts.sitemap else ""
            rules = "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"
            return Answer(body=rules + named, media_type="text/plain; charset=utf-8")
        if path == "/xmlrpc.php":
            return Answer(
                body="XML-RPC server accepts POST requests only.",
                media_type="text/plain",
                status=405,
                headers={"Allow": "POST"},
            )
        if path.startswith("/wp-json"):
            return self._rest(path.rstrip("/"), query) if self.parts.rest else machine.not_found_json()
        if path in ("/feed/", "/comments/feed/"):
            number = int(query["paged"]) if query.get("paged", "1").isdigit() and "paged" in query else 1
            return machine.feed(self.posts, number, self.language, self.host) if self.parts.feed else None
        return self._sitemap(path) if self.parts.sitemap else None

    def _rest(self, path: str, query: dict[str, str]) -> Answer:
        if path == "/wp-json":
            return machine.rest_root(self.host)
        if path == "/wp-json/wp/v2/types":
            return machine.rest_types()
        if path == "/wp-json/wp/v2/posts":
            return machine.rest_collection(self.posts, path, query)
        if path == "/wp-json/wp/v2/portfolio" and self.projects:
            return machine.rest_collection(self.projects, path, query)
        number = path.rpartition("/")[2]
        if number.isdigit() and int(number) in self.by_number:
            return machine.rest_record(self.by_number[int(number)])
        if path.startswith("/wp-json/oembed/"):
            return Answer(body='{"version":"1.0","type":"rich"}', media_type="application/json; charset=UTF-8")
        return machine.not_found_json()

    def _sitemap_path(self) -> str:
        return "/wp-sitemap.xml" if self.language == "bg" else "/sitemap_index.xml"

    def _sitemap(self, path: str) -> Answer | None:
        """The Bulgarian site has WordPress's own sitemaps without `lastmod`, the English one a plugin's, packed."""
        if self.language == "bg":
            stem = "/wp-sitemap-posts-"
            lists: dict[str, list[tuple[str, str | None]]] = {
                f"{stem}post-1.xml": [(post.url, None) for post in self.posts],
                f"{stem}page-1.xml": [(f"{self.host}{page}", None) for page in ("/", "/about/", "/contact/")],
                f"{stem}portfolio-1.xml": [(post.url, None) for post in self.projects],
                "/wp-sitemap-taxonomies-category-1.xml": [(f"{self.host}/category/news/", None)],
                "/wp-sitemap-users-1.xml": [(f"{self.host}/author/redaktor/", None)],
            }
        else:
            lists = {
                "/post-sitemap.xml.gz": [
                    (post.url, (post.modified or post.moment + timedelta(days=3)).isoformat()) for post in self.posts
                ],
                "/page-sitemap.xml.gz": [(f"{self.host}/about/", "2020-01-01T00:00:00+00:00")],
            }
        if path == self._sitemap_path():
            return machine.sitemap_index(self.host, list(lists))
        if path not in lists:
            return None
        made = machine.sitemap(lists[path])
        return replace(made, media_type="application/x-gzip", is_packed=True) if path.endswith(".gz") else made

    def _file(self, path: str, _query: dict[str, str]) -> Answer | None:
        if path in THEME_FILES:
            name, media_type = THEME_FILES[path]
            text = files("cluster_archive.demo").joinpath(name).read_text(encoding="utf-8")
            return Answer(body=text, media_type=media_type, has_validators=True)
        if path == f"{THEME}/images/grain.png":
            return file_answer("grain-64x64.png")
        if not path.startswith("/wp-content/uploads/"):
            return None
        if _PICTURE.search(path):
            return file_answer(path) if _stem(path) in self.files else None
        made = paper(path.rpartition("/")[2])
        return Answer(body=made[0], media_type=made[1], has_validators=True) if made else None

    # -- what people read ------------------------------------------------------------------------------------------

    def _redirect(self, path: str, query: dict[str, str]) -> Answer | None:
        if path == "/" and query.get("p", "").isdigit() and int(query["p"]) in self.by_number:
            return _moved(self.by_number[int(query["p"])].url)
        if path in self.old_slugs:
            return _moved(self.old_slugs[path].url)
        with_slash = self.by_path.get(f"{path}/")
        return _moved(with_slash.url) if with_slash else None

    def _listing(self, path: str, query: dict[str, str]) -> Answer | None:
        match = re.fullmatch(r"/(news|projects)/(?:page/(\d+)/)?", path)
        if match and self.parts.listings and (match[1] == "news" or self.projects):
            posts = self.posts if match[1] == "news" else self.projects
            return self._list(f"/{match[1]}/", posts, int(match[2] or 1))
        terms = re.fullmatch(
            r"/(?:(?:category|tag|author)/[^/]+|(\d{4})(?:/(\d\d))?(?:/(\d\d))?)/(?:page/(\d+)/)?", path
        )
        if not terms:
            return None
        chosen = [
            post
            for post in self.posts
            if not terms[1] or f"{post.moment:%Y/%m/%d}".startswith("/".join(filter(None, terms.groups()[:3])))
        ]
        return self._list(re.sub(r"page/\d+/$", "", path), chosen, int(terms[4] or 1))

    def _list(self, path: str, posts: tuple[Post, ...] | list[Post], number: int) -> Answer | None:
        pages = max(1, -(-len(posts) // PER_PAGE))
        if not 1 <= number <= pages:
            return None
        shown = list(posts[(number - 1) * PER_PAGE : number * PER_PAGE])
        if number == 1:  # a sticky post stands first, and again at its own place
            shown = [post for post in posts if "sticky" in post.features] + shown
        html = theme.listing_page(number, pages, path, shown, self.language, self.host, self.setting)
        return Answer(body=html, headers=self._links())

    def _article(self, path: str, query: dict[str, str]) -> Answer | None:
        number = 1
        if part := re.fullmatch(r"(/.+/)(\d)/", path):
            number, path = int(part[2]), part[1]
        language = query.get("lang")
        post = self.by_path.get(f"{path}?lang={language}") if language else self.by_path.get(path)
        if post is None or not 1 <= number <= len(post.pages):
            return None
        html = theme.post_page(post, number, self.setting)
        headers = {
            **self._links(),
            **(
                {"Link": f'<{self.host}/wp-json/wp/v2/posts/{post.number}>; rel="alternate"; type="application/json"'}
                if self.parts.rest
                else {}
            ),
        }
        if not post.features & {"cp1251-meta", "cp1251-header", "cp1251-wrong"}:
            return Answer(body=html, headers=headers)
        html = html.replace('<meta charset="UTF-8">\n', "")
        stated = {"cp1251-header": "; charset=windows-1251", "cp1251-wrong": "; charset=UTF-8"}
        kind = next((name for feature, name in stated.items() if feature in post.features), "")
        return Answer(body=html.encode("cp1251", "xmlcharrefreplace"), media_type=f"text/html{kind}", headers=headers)

    def _page(self, path: str, query: dict[str, str]) -> Answer | None:
        words = theme.WORDS[self.language]
        if path == "/":
            return Answer(body=theme.home_page(self.language, self.host, self.setting), headers=self._links())
        if path in ("/about/", "/contact/"):
            name = "about" if path == "/about/" else "contact"
            text = f"<p>{words['motto']}.</p><p>{words['site']}, ul. Tsentralna 5, Plovdiv.</p>"
            return self._plain(words[name], text, f"page-template-default page page-id-{len(name)}")
        if path == "/kalendar/":
            return self._plain(words["calendar"], _calendar(self.host, query), "page-template-default page page-id-9")
        if attachment := re.fullmatch(r"/attachment/([^/]+)/", path):
            return self._plain(
                attachment[1],
                "<p></p>",
                "attachment attachment-template-default single single-attachment attachmentid-9",
            )
        return None

    def _plain(self, title: str, html: str, classes: str, status: int = 200) -> Answer:
        text = theme.plain_page(
            title, html, classes=classes, language=self.language, host=self.host, setting=self.setting
        )
        return Answer(body=text, status=status, headers=self._links())

    def _missing(self) -> Answer:
        answer = self._plain(theme.WORDS[self.language]["missing"], "<p>404</p>", "error404", 404)
        headers = {"Expires": "Wed, 11 Jan 1984 05:00:00 GMT", "Cache-Control": "no-cache, must-revalidate, max-age=0"}
        return replace(answer, headers=headers)

    def _links(self) -> dict[str, str]:
        return {"Link": f'<{self.host}/wp-json/>; rel="https://api.w.org/"'} if self.parts.rest else {}


def _pictures_of(post: Post) -> list[str]:
    images = [image for page in post.pages for piece in page for image in piece.images]
    return [*images, post.featured] if post.featured else images


def _stem(path: str) -> str:
    """Name of a picture without its size and its ending."""
    return re.sub(r"(?:-scaled)?(?:-\d+x\d+)?\.\w+$", "", path.rpartition("/")[2])


def file_answer(path: str) -> Answer:
    """A picture as a file."""
    content, media_type = picture(path.rpartition("/")[2])
    return Answer(body=content, media_type=media_type, has_validators=True)


def _moved(url: str) -> Answer:
    return Answer(body="", status=301, headers={"Location": url, "X-Redirect-By": "WordPress"})


def _calendar(host: str, query: dict[str, str]) -> str:
    """A day of a calendar that has no end: it links to the days and months around it."""
    try:
        day = datetime.strptime(f"{query.get('mesec', '2024-05')}-{query.get('den', '1')}", "%Y-%m-%d").replace(
            tzinfo=SOFIA
        )
        around = [day + timedelta(days=step) for step in (-31, -1, 1, 31)]
    except (ValueError, OverflowError):
        around = [datetime(2024, 5, 1, tzinfo=SOFIA)]
    return "".join(
        f'<p><a href="{host}/kalendar/?mesec={one:%Y-%m}&amp;den={one.day}">{one:%d.%m.%Y}</a></p>' for one in around
    )


class DemoSite:
    """The served site; a context manager."""

    def __init__(self, parts: Parts, ports: tuple[int, int, int]) -> None:
        self._parts = parts
        self._sites = (Site("bg", parts), Site("en", parts))
        self.requests: list[tuple[str, str, str, int]] = []
        """What was asked, in order: method, `host:port`, path with query, status."""
        sockets = _listen(ports)
        self.bulgarian, self.english, self.pictures = (f"http://127.0.0.1:{one.getsockname()[1]}" for one in sockets)
        self._loop = asyncio.new_event_loop()
        self._ended = threading.Event()
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(sockets, started), daemon=True, name="demo-site")
        self._thread.start()
        started.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def localise(self, text: str) -> str:
        """A text with the ports that are served."""
        for usual, served in ((BULGARIAN, self.bulgarian), (ENGLISH, self.english), (PICTURES, self.pictures)):
            text = text.replace(usual.removeprefix("http://"), f"\0{served.removeprefix('http://')}")
        return text.replace("\0", "")

    toml = localise

    def truth(self) -> tuple[Truth, ...]:
        """What is right for each public post and project."""
        told = []
        for site in self._sites:
            for post in (*site.posts, *site.projects):
                truth = post.truth(meta_dates=self._parts.meta_dates)
                links = tuple(self.localise(link) for link in truth.image_links)
                papers = tuple(self.localise(link) for link in truth.attachments)
                told.append(replace(truth, url=self.localise(truth.url), image_links=links, attachments=papers))
        return tuple(told)

    def edit(self, change: Callable[[tuple[Post, ...]], tuple[Post, ...]]) -> None:
        """Changes the posts of the Bulgarian site, newest first, while it is served."""
        self._sites[0].publish(change(self._sites[0].posts))

    def wait(self) -> None:
        """Waits until the site is closed or the operator interrupts."""
        with suppress(KeyboardInterrupt):
            while not self._ended.wait(1):
                pass

    def close(self) -> None:
        """Stops serving."""
        if not self._ended.is_set():
            self._ended.set()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)

    def _run(self, sockets: list[socket.socket], started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            runner = self._loop.run_until_complete(self._start(sockets))
        finally:
            started.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    async def _start(self, sockets: list[socket.socket]) -> web.ServerRunner:
        runner = web.ServerRunner(web.Server(self._handle, access_log=None))
        await runner.setup()
        for one in sockets:
            await web.SockSite(runner, one).start()
        return runner

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        target = str(request.raw_path) if hasattr(request, "raw_path") else request.path_qs
        answer = self._answer(host, target, request.method)
        body = answer.body if isinstance(answer.body, bytes) else self.localise(answer.body).encode()
        body = gzip.compress(body, mtime=0) if answer.is_packed else body
        headers = {name: self.localise(value) for name, value in answer.headers.items()}
        headers["Content-Type"] = answer.media_type
        status = answer.status
        mark = sha256(body).hexdigest()[:16]
        is_cached = self._parts.page_validators and status == 200 and int(mark, 16) % 2 == 0
        if (answer.has_validators or is_cached) and self._parts.validators:
            headers |= {"ETag": f'"{mark}"', "Last-Modified": CHANGED}
            told = request.headers.get(
                "If-None-Match"
            )  # RFC 9110, 13.1.3: where it is there, the other is not looked at
            if told == headers["ETag"] or (told is None and request.headers.get("If-Modified-Since") == CHANGED):
                status, body = 304, b""
        self.requests.append((request.method, host, target, status))
        return web.Response(body=body, status=status, headers=headers)

    def _answer(self, host: str, target: str, method: str) -> Answer:
        if method not in ("GET", "HEAD"):
            return Answer(body="", status=405)
        served = {self.bulgarian: self._sites[0], self.english: self._sites[1]}
        site = served.get(f"http://{host}")
        if site is not None:
            return site.answer(target)
        path = urlsplit(target).path
        return file_answer(unquote(path)) if _PICTURE.search(path) else Answer(body="", status=404)


def _listen(ports: tuple[int, int, int]) -> list[socket.socket]:
    """Sockets on loopback; raises OSError, and leaves none open, where a port is taken."""
    sockets: list[socket.socket] = []
    try:
        for port in ports:
            sockets.append(socket.create_server(("127.0.0.1", port)))
    except OSError:
        for one in sockets:
            one.close()
        raise
    return sockets


def serve(parts: Parts = Parts(), *, ports: tuple[int, int, int] = (8410, 8411, 8412)) -> DemoSite:  # noqa: B008 - a frozen value
    """Serves the site on loopback in a thread of its own; port 0 takes any free one. Raises OSError where a port is taken."""
    return DemoSite(parts, ports)
