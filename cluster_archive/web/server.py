"""Server: the reading room over HTTP. It answers to its own names only, writes nothing, and lets no captured page's
script run on its own origin: replays stand on an origin (a port) of their own."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit

from aiohttp import web

from cluster_archive.web import pages
from cluster_archive.web.records import Shown, document_of, picture_of
from cluster_archive.web.room import Room
from cluster_archive.web.texts import LANGUAGES
from cluster_archive.web.visit import NotHere, Visit
from cluster_archive.web.words import language_for

if TYPE_CHECKING:
    from cluster_archive.items import Article

LOG = logging.getLogger(__name__)
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECURE = LOOPBACK[:2]
"""Names by which a browser lets a service worker run without TLS, and that a policy can name."""
ROOM = web.AppKey("room", Room)

_ONLY_OURS = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'none'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'"
)
_NOTHING = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""For what comes from captured pages and is opened by itself: an SVG may have its own style, and no more."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-cache",
}

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names that the server answers to."""

    host: str
    """The address that it listens on."""

    def allow(self, host: str | None) -> bool:
        """Whether a `Host` is one of ours: a page of another site whose name leads here is not answered (DNS rebinding)."""
        name = _host_name(host)
        if name in (*LOOPBACK, self.host.lower()):
            return True
        if self.host in ("0.0.0.0", "::", ""):
            return _is_address(name) or name == socket.gethostname().lower()
        return False


def _host_name(host: str | None) -> str:
    try:
        return urlsplit(f"//{host or ''}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def reading_app(room: Room, names: Names, replay_port: int) -> web.Application:
    """The reading room; its pages have no scripts at all."""

    def frame_of(request: web.Request) -> str | None:
        """Where replays stand; None where a browser would refuse them."""
        name = _host_name(request.headers.get("Host"))
        return f"http://{name}:{replay_port}" if name in SECURE else None

    async def replay(request: web.Request) -> web.StreamResponse:
        origin, article_id = frame_of(request), request.match_info["id"]
        visit = visit_of(request)
        frame = f"{origin}/see/{article_id}" if origin else None
        text = await asyncio.to_thread(pages.replay_page, room, visit, article_id, frame)
        response = web.Response(text=text, content_type="text/html")
        if origin:
            response.headers["Content-Security-Policy"] = f"{_ONLY_OURS}; frame-src {origin}"
        return response

    app = application(room, names, _ONLY_OURS, _failure)
    article = "/article/{id:[0-9a-f]{64}}"
    app.add_routes(
        [
            web.get("/", _page(pages.list_page)),
            web.get(article, _page(lambda room, visit: pages.article_page(room, visit, visit.path.rpartition("/")[2]))),
            web.get(article + ".json", _line),
            web.get("/about", _page(pages.about_page)),
            web.get("/replay/{id:[0-9a-f]{64}}", replay),
            web.get("/picture/{id:[0-9a-f]{64}}/{number:\\d{1,4}}", _picture),
            web.get("/document/{id:[0-9a-f]{64}}/{number:\\d{1,4}}", _document),
            web.get("/record/{id:[0-9a-f]{64}}", _record),
            web.get("/download/{name}", _download),
            web.get("/static/{name}", _static),
        ]
    )
    return app


def visit_of(request: web.Request) -> Visit:
    """What a request asks for."""
    wanted = request.query.get("lang")
    query = tuple((name, value) for name, value in request.query.items() if name != "lang" or value in LANGUAGES)
    language = language_for(wanted, request.headers.get("Accept-Language", ""), request.app[ROOM].language)
    return Visit(language=language, path=request.path, query=query)


def application(
    room: Room, names: Names, policy: str, fail: Callable[[web.Request, int], web.Response]
) -> web.Application:
    """An application that answers to its own names, with strict headers on whatever it says."""

    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if not names.allow(request.headers.get("Host")):
                return fail(request, 421)
            return await handler(request)
        except NotHere:
            return fail(request, 404)
        except web.HTTPException as error:
            return fail(request, error.status) if error.status >= 400 else error
        except Exception:
            LOG.exception("%s could not be answered", request.path)
            return fail(request, 500)

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        for name, value in {**_HEADERS, "Content-Security-Policy": policy}.items():
            response.headers.setdefault(name, value)
        if "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]:
            response.headers["X-Frame-Options"] = "DENY"  # for browsers that do not know frame-ancestors

    app = web.Application(middlewares=[guard])
    app[ROOM] = room
    app.on_response_prepare.append(add_headers)
    return app


def _failure(request: web.Request, status: int) -> web.Response:
    text = pages.error_page(request.app[ROOM], visit_of(request), status)
    return web.Response(text=text, content_type="text/html", status=status)


def _page(make: Callable[[Room, Visit], str]) -> Handler:
    """A handler of a page; the work is done beside the event loop."""

    async def handle(request: web.Request) -> web.StreamResponse:
        text = await asyncio.to_thread(make, request.app[ROOM], visit_of(request))
        return web.Response(text=text, content_type="text/html", headers={"Vary": "Accept-Language"})

    return handle


async def _article(request: web.Request) -> Article:
    return await asyncio.to_thread(pages.article_of, request.app[ROOM], request.match_info["id"])


async def _line(request: web.Request) -> web.StreamResponse:
    line = await asyncio.to_thread(pages.article_line, request.app[ROOM], request.match_info["id"])
    return web.Response(body=line, content_type="application/json")


async def _picture(request: web.Request) -> web.StreamResponse:
    url, room = _nth((await _article(request)).images, request).url, request.app[ROOM]
    return _show(request, await asyncio.to_thread(picture_of, room.collection, room.index(), url))


async def _document(request: web.Request) -> web.StreamResponse:
    url, room = _nth((await _article(request)).attachments, request).url, request.app[ROOM]
    shown = await asyncio.to_thread(document_of, room.collection, room.index(), url)
    return _show(request, shown, as_file=url.partition("?")[0].rpartition("/")[2] or "document")


def _nth(parts: Sequence[T], request: web.Request) -> T:
    number = int(request.match_info["number"])
    if number >= len(parts):
        raise NotHere(request.path)
    return parts[number]


def _show(request: web.Request, shown: Shown | None, as_file: str | None = None) -> web.StreamResponse:
    """What the archive holds, with no right to do anything."""
    if shown is None:
        raise NotHere(request.path)
    headers = {"Content-Security-Policy": _NOTHING, "ETag": f'"{shown.tag}"', "Cache-Control": "private, max-age=300"}
    if as_file is not None:
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(as_file, safe='%')}"
    if f'"{shown.tag}"' in request.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    return web.Response(body=shown.content, content_type=shown.media_type, headers=headers)


async def _record(request: web.Request) -> web.StreamResponse:
    """The one record that an article was read from, as a WARC file of its own."""
    ref = (await _article(request)).warc
    path = next((path for path in request.app[ROOM].warcs() if ref and path.name == ref.file), None)
    if ref is None or path is None or ref.offset + ref.length > path.stat().st_size:
        raise NotHere(request.path)
    ending = ".warc.gz" if path.name.endswith(".gz") else ".warc"
    headers = {"Content-Disposition": f'attachment; filename="{request.match_info["id"][:16]}{ending}"'}
    response = web.StreamResponse(headers=headers)
    response.content_type, response.content_length = "application/warc", ref.length
    await response.prepare(request)
    with path.open("rb") as file:
        file.seek(ref.offset)
        rest = ref.length
        while rest and (chunk := await asyncio.to_thread(file.read, min(rest, 256 * 1024))):
            await response.write(chunk)
            rest -= len(chunk)
    return response


async def _download(request: web.Request) -> web.StreamResponse:
    """A file of the collection, by its bare name; Range requests are answered."""
    room, name = request.app[ROOM], request.match_info["name"]
    offered = {path.name: path for path in (room.articles, room.package, *room.warcs())}
    if name not in offered or offered[name].is_symlink() or not offered[name].is_file():
        raise NotHere(request.path)
    kind = "application/x-ndjson" if name.endswith(".jsonl") else "application/octet-stream"
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}", "Content-Type": kind}
    return web.FileResponse(offered[name], headers=headers)


_STATIC = {"style.css": "text/css", "icon.svg": "image/svg+xml"}


async def _static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    content = files("cluster_archive.web").joinpath(name).read_bytes() if name in _STATIC else None
    if content is None:
        raise NotHere(name)
    return web.Response(body=content, content_type=_STATIC[name], headers={"Cache-Control": "private, max-age=300"})
