"""Stage: the origin that replays stand on. Only here scripts run: ReplayWeb.page's own, and those of captured pages."""

from __future__ import annotations

import asyncio

from aiohttp import web

from cluster_archive.web import pages
from cluster_archive.web.assets import NEEDED
from cluster_archive.web.records import captures_of
from cluster_archive.web.replay import VirtualWacz
from cluster_archive.web.room import Room
from cluster_archive.web.server import ROOM, SECURE, Names, application, visit_of
from cluster_archive.web.visit import NotHere

_CLOSED = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_WORKER = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'"
"""For the service worker: it may ask this origin and no other."""


def _player(reading_port: int) -> str:
    """For the page that holds the replay, framed by the reading room alone."""
    rooms = " ".join(f"http://{name}:{reading_port}" for name in SECURE)
    return (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
        " font-src 'self' data:; connect-src 'self'; frame-src 'self'; worker-src 'self'; base-uri 'none';"
        f" form-action 'none'; frame-ancestors 'self' {rooms}"
    )


def replay_app(room: Room, names: Names, reading_port: int) -> web.Application:
    """The pages that hold replays, ReplayWeb.page's files, and the archive that they read."""
    framed = {"Content-Security-Policy": _player(reading_port)}

    async def see(request: web.Request) -> web.StreamResponse:
        text = await asyncio.to_thread(_player_page, room, request)
        return web.Response(text=text, content_type="text/html", headers=framed)

    async def wait(_: web.Request) -> web.StreamResponse:
        """The replay's own frame before its service worker answers for it; it reloads by itself."""
        text = '<!DOCTYPE html><html lang="en"><title>…</title>'
        return web.Response(text=text, content_type="text/html", headers=framed)

    app = application(room, names, _CLOSED, _failure)
    app.add_routes(
        [
            web.get("/see/{id:[0-9a-f]{64}}", see),
            web.get("/replay/", wait),
            web.get("/replay/{name:ui\\.js|sw\\.js}", _asset),
            web.get("/replay/{version:[0-9a-f]{16}}.wacz", _wacz),
            web.get("/style.css", _style),
        ]
    )
    return app


def _failure(_: web.Request, status: int) -> web.Response:
    return web.Response(text=f"{status}\n", status=status)


def _player_page(room: Room, request: web.Request) -> str:
    article = pages.article_of(room, request.match_info["id"])
    held = captures_of(room.index(), article.url)
    timestamp = pages.replay_time(article, held, request.query.get("at", ""))
    if timestamp is None or room.assets is None:
        raise NotHere(request.path)
    source = f"/replay/{room.wacz().version}.wacz"
    return pages.render("player.html.j2", room, visit_of(request), article=article, timestamp=timestamp, source=source)


async def _asset(request: web.Request) -> web.StreamResponse:
    assets, name = request.app[ROOM].assets, request.match_info["name"]
    if assets is None or name not in NEEDED:
        raise NotHere(request.path)
    headers = {"Content-Type": "text/javascript", "Content-Security-Policy": _WORKER}
    return web.FileResponse(assets.path(name), headers=headers)


async def _style(_: web.Request) -> web.StreamResponse:
    text = "html,body{margin:0;height:100%}replay-web-page{display:block;height:100%}"
    return web.Response(text=text, content_type="text/css")


async def _wacz(request: web.Request) -> web.StreamResponse:
    """The archive as a WACZ; Range requests are answered (RFC 9110, 14)."""
    wacz = await asyncio.to_thread(request.app[ROOM].wacz)
    if request.match_info["version"] != wacz.version:
        raise NotHere(request.path)
    try:
        wanted = request.http_range.indices(wacz.size)
        start, stop, is_part = wanted[0], wanted[1], "Range" in request.headers
    except ValueError:  # not understood, so ignored (14.2)
        start, stop, is_part = 0, wacz.size, False
    headers = {"Accept-Ranges": "bytes", "Content-Type": "application/wacz", "ETag": f'"{wacz.version}"'}
    if is_part and start >= stop:
        headers["Content-Range"] = f"bytes */{wacz.size}"
        return web.Response(status=416, headers=headers)
    if is_part:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{wacz.size}"
    response = web.StreamResponse(status=206 if is_part else 200, headers=headers)
    response.content_length = stop - start
    await response.prepare(request)
    if request.method != "HEAD":
        await _send(response, wacz, start, stop)
    return response


async def _send(response: web.StreamResponse, wacz: VirtualWacz, start: int, stop: int) -> None:
    chunks = wacz.read(start, stop)
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        await response.write(chunk)
