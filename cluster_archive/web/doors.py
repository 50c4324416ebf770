"""Doors: the sockets that the reading room answers at, until the operator ends it."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from aiohttp import web

from cluster_archive.errors import Incomplete
from cluster_archive.web.room import Room
from cluster_archive.web.server import Names, reading_app
from cluster_archive.web.stage import replay_app

PORT = 8420
_TRIES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Where the reading room is open."""

    url: str
    """Address of the reading room."""
    replay_url: str
    """Address of the origin that replays stand on."""


def serve(room: Room, *, host: str, port: int | None, on_ready: Callable[[Doors], None]) -> None:
    """Serves a room until SIGINT or SIGTERM; raises Incomplete where a port cannot be had.

    Without a port the first free one from 8420 is taken; replays get the first free one after it.
    """
    reading = _listen(host, [port] if port is not None else range(PORT, PORT + _TRIES))
    own = reading.getsockname()[1]
    try:
        replays = _listen(host, range(own + 1, min(own + 1 + _TRIES, 65536)) if port != 0 else [0])
    except Incomplete:
        reading.close()
        raise
    asyncio.run(_serve(room, host, reading, replays, on_ready))


async def _serve(
    room: Room, host: str, reading: socket.socket, replays: socket.socket, on_ready: Callable[[Doors], None]
) -> None:
    logging.getLogger("aiohttp.server").setLevel(
        logging.CRITICAL
    )  # what is no HTTP gets its 400, and no traceback here
    names = Names(host=host)
    port, replay_port = reading.getsockname()[1], replays.getsockname()[1]
    ended = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError, ValueError):  # not the main thread
            asyncio.get_running_loop().add_signal_handler(one, ended.set)
    runners = []
    apps = ((reading_app(room, names, replay_port), reading), (replay_app(room, names, port), replays))
    for app, sock in apps:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.SockSite(runner, sock).start()
        runners.append(runner)
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(host, f"[{host}]" if ":" in host else host)
    on_ready(Doors(url=f"http://{shown}:{port}/", replay_url=f"http://{shown}:{replay_port}/"))
    await ended.wait()
    for runner in runners:
        await runner.cleanup()


def _listen(host: str, ports: range | list[int]) -> socket.socket:
    """A socket at the first port that is free; raises Incomplete where none is."""
    trouble = ""
    for port in ports:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            return socket.create_server((host, port), family=family)
        except OSError as error:
            trouble = error.strerror or str(error)
    told = f"port {ports[0]}" if len(ports) == 1 else f"the ports {ports[0]} to {ports[-1]}"
    raise Incomplete(f"{told} of {host or 'this machine'} cannot be had: {trouble}; name another with --port.")
