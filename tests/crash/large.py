"""A site of as many posts as wanted, in lists, served on this machine; it can go away for a while."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

WORDS = ("мрежа", "проект", "обучение", "среща", "енергия", "иновация", "изложение", "партньор", "регион", "доклад")


def _body(number: int) -> str:
    sentence = " ".join(WORDS[(number * 7 + step * (number % 5 + 1)) % len(WORDS)] for step in range(40))
    return "".join(f"<p>Абзац {part} на публикация {number}: {sentence}.</p>" for part in range(1, 30))


class LargeSite:
    """`posts` posts, with lists of `per_list`, newest first; every tenth is reached by a redirect."""

    def __init__(self, posts: int, per_list: int = 20) -> None:
        self.posts, self.per_list = posts, per_list
        self.requests: list[tuple[str, str, str, int]] = []
        self.status = 0
        """What is answered to all but robots.txt, where it is not 0."""
        self.gate = threading.Event()
        """While it is not set, posts whose number begins with 1 are not answered."""
        self.gate.set()
        self.away = ""
        """How posts are answered from `away_after` requests on: ``busy``, ``busy for an hour``, ``silent`` or ``refused``."""
        self.away_after = 0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                status, body, location = owner.answer(self.path)
                if "post-1" in self.path:
                    owner.gate.wait(60)
                owner.requests.append(("GET", self.headers.get("Host", ""), self.path, status))
                is_away = owner.away and "post-" in self.path and len(owner.requests) > owner.away_after
                if is_away and owner.away in ("silent", "refused"):
                    if owner.away == "refused":
                        owner.stop()
                    owner.back.wait(60)
                    self.close_connection = True
                    return
                if is_away:
                    status, body, location = 503, "", ""
                payload = body.encode()
                self.send_response(status)
                if is_away and owner.away == "busy for an hour":
                    self.send_header("Retry-After", "3600")
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(payload)))
                self.end_headers()
                self.wfile.write(payload)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_: Any) -> None:
                pass  # a client that was killed

        self._held = socket.socket()  # nobody else gets the port while nothing listens there
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._held.bind(("127.0.0.1", 0))
        self._make = lambda: Server(self._held.getsockname(), Handler)
        self.back = threading.Event()
        self._start()
        self.home = f"http://127.0.0.1:{self._server.server_port}/"

    def _start(self) -> None:
        self._server = self._make()
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Refuses connections from now on."""
        self._server.shutdown()
        self._server.server_close()

    def come_back(self) -> None:
        """Answers again."""
        if self.away == "refused":
            self._start()
        self.away = ""
        self.back.set()

    def answer(self, path: str) -> tuple[int, str, str]:
        """Status, page and `Location` of a path."""
        if path == "/robots.txt":
            return 404, "", ""
        if self.status:
            return self.status, "", ""
        if path.startswith("/old/"):
            return 301, "", f"/news/{path.removeprefix('/old/')}"
        head = '<!DOCTYPE html><html lang="bg"><head><meta charset="utf-8">'
        if path.startswith("/news/post-"):
            number = int(path.strip("/").rpartition("-")[2])
            if number <= self.posts:
                return (
                    200,
                    f'{head}<title>Публикация {number}</title><meta property="og:type" content="article">'
                    f'<meta property="article:published_time" content="2024-{number % 12 + 1:02}-{number % 27 + 1:02}T10:00:00+02:00">'
                    f"</head><body><article><h1>Публикация {number}</h1>{_body(number)}</article></body></html>",
                    "",
                )
        if path == "/" or path.startswith("/page/"):
            page = int(path.strip("/").rpartition("/")[2] or 1)
            newest = self.posts - (page - 1) * self.per_list
            if newest > 0:
                oldest = max(1, newest - self.per_list + 1)
                cards = "".join(
                    f'<article><h2><a href="/{"old" if number % 10 == 0 else "news"}/post-{number}/">'
                    f"Публикация {number}</a></h2></article>"
                    for number in range(newest, oldest - 1, -1)
                )
                older = f'<a rel="next" class="next page-numbers" href="/page/{page + 1}/">Още</a>'
                return 200, f"{head}<title>Новини</title></head><body>{cards}{older}</body></html>", ""
        return 404, "", ""

    def toml(self) -> str:
        """The site's file."""
        host = self.home.removeprefix("http://").rstrip("/")
        return (
            f'name = "large"\ntitle = "Large"\nhome = "{self.home}"\nlanguage = "bg"\ntimezone = "Europe/Sofia"\n'
            f'hosts = ["{host}"]\n[[seeds]]\nkind = "listing"\nurl = "{self.home}"\n'
            '[addresses]\narticle = ["^/news/post-", "^/old/post-"]\nlisting = ["^/page/"]\n'
            "[politeness]\ndelay = 0.0\n"
        )

    def urls(self) -> set[str]:
        """The canonical addresses of all posts."""
        return {f"{self.home}news/post-{number}/" for number in range(1, self.posts + 1)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._held.close()
