"""A server of raw bytes: a small healthy site, and beside it whatever misbehaves; each connection has a thread."""

from __future__ import annotations

import re
import socket
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

POSTS = (
    "solar-village-opens-its-gates",
    "members-meet-in-the-valley",
    "study-visit-to-three-farms",
    "new-laboratory-for-small-firms",
    "call-for-pilot-projects",
    "annual-meeting-in-spring",
)
"""Slugs of the healthy posts."""

PATHS = tuple(f"/news/{slug}/" for slug in POSTS)
"""Paths of the healthy posts."""

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000 01f15c4890000000d49444154789c6260000000000500010d0a2db4"
    "0000000049454e44ae426082".replace(" ", "")
)


@dataclass(frozen=True)
class Asked:
    """A request as the server read it."""

    path: str
    query: str
    fields: Mapping[str, str]
    server: Server
    times: int
    """How often this path was asked for, this time included."""


Answer = bytes | Callable[["Wire", Asked], bool | None]
"""Bytes are sent as they are and the connection is kept; a function has the socket, and keeps it by giving True."""


class Wire:
    """One connection, as a misbehaving server uses it."""

    def __init__(self, sock: socket.socket, over: threading.Event) -> None:
        self._socket, self._over = sock, over

    def send(self, data: bytes) -> None:
        """Sends; raises OSError once the other side is gone."""
        if self._over.is_set():
            raise OSError("the server ends")
        self._socket.sendall(data)

    def rest(self, seconds: float) -> None:
        """Waits, but not longer than the server lives or the client stays."""
        for _ in range(max(1, round(seconds / 0.05))):
            if self._over.wait(min(seconds, 0.05)):
                raise OSError("the server ends")
            self._socket.settimeout(0.001)
            try:
                if self._socket.recv(1, socket.MSG_PEEK) == b"":
                    raise OSError("the client is gone")
            except TimeoutError:
                pass
            finally:
                self._socket.settimeout(None)

    def reset(self) -> None:
        """Ends the connection with RST."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


def ok(
    body: bytes | str, content_type: str = "text/html; charset=utf-8", *fields: str, status: str = "200 OK"
) -> bytes:
    """A whole, honest answer."""
    content = body.encode() if isinstance(body, str) else body
    extra = "".join(f"{one}\r\n" for one in fields)
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(content)}\r\n{extra}\r\n"
    return head.encode("latin-1") + content


def moved(location: str, status: str = "302 Found") -> bytes:
    """A redirect."""
    return ok("", "text/html", f"Location: {location}", status=status)


def post(title: str, *, body: str = "", head: str = "") -> str:
    """A page that is an article, with enough text of its own."""
    sentences = " ".join(
        f"Sentence {number} of {title} tells how the cluster's members shared heat, light and water in their workshops."
        for number in range(1, 9)
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f'<body class="single single-post"><div id="Content"><div class="post hentry"><h1 class="entry-title">{title}</h1>'
        f'<div class="the_content_wrapper"><p>{sentences}</p>{body}<p>The end of {title}.</p></div></div></div></body></html>'
    )


def listing(links: Sequence[tuple[str, str]], after: str = "") -> str:
    """A page that lists posts: address and title of each."""
    items = "".join(
        f'<div class="post-item hentry post"><div class="date_label">0{number % 9 + 1}.02.2024</div>'
        f'<h2 class="entry-title"><a href="{address}">{title}</a></h2><div class="post-excerpt">About {title}.</div></div>'
        for number, (address, title) in enumerate(links)
    )
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>News</title></head>'
        f'<body class="blog"><div class="posts_group classic">{items}</div>{after}</body></html>'
    )


def title_of(path: str) -> str:
    """The title of a healthy post."""
    return path.strip("/").rpartition("/")[2].replace("-", " ").capitalize()


@dataclass
class Server:
    """The healthy site, with resources put beside it or in its place. Use it as a context."""

    answers: dict[str, Answer] = field(default_factory=dict)
    """By path; an entry that ends in ``*`` serves all paths that begin so."""
    links: tuple[str, ...] = ()
    """Further addresses in the list of posts."""
    sitemap: tuple[str, ...] = ()
    """Further addresses in the sitemap."""
    after: str = ""
    """Markup behind the list of posts."""
    secret: int = 0
    """A port of this machine that nothing may reach."""
    asked: list[str] = field(default_factory=list)
    """Paths with their queries, in order."""

    def __enter__(self) -> Self:
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._times: dict[str, int] = {}
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._listener.close()

    @property
    def home(self) -> str:
        """The front page."""
        return f"http://127.0.0.1:{self.port}/"

    def filled(self, text: str) -> str:
        """A text with the ports put in."""
        return text.replace("{secret}", str(self.secret)).replace("{port}", str(self.port))

    def _with_ports(self, answer: bytes) -> bytes:
        if b"{secret}" not in answer and b"{port}" not in answer:
            return answer
        head, blank, body = answer.partition(b"\r\n\r\n")
        filled = [
            part.replace(b"{secret}", b"%d" % self.secret).replace(b"{port}", b"%d" % self.port)
            for part in (head, body)
        ]
        length = b"Content-Length: %d" % len(filled[1])
        return filled[0].replace(b"Content-Length: %d" % len(body), length) + blank + filled[1]

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        wire, buffer = Wire(sock, self._over), b""
        sock.settimeout(60)
        with sock:
            try:
                while not self._over.is_set():
                    while b"\r\n\r\n" not in buffer:
                        data = sock.recv(65536)
                        if not data:
                            return
                        buffer += data
                    head, _, buffer = buffer.partition(b"\r\n\r\n")
                    if not self._answer(wire, head.decode("latin-1")):
                        return
            except OSError:
                return

    def _answer(self, wire: Wire, head: str) -> bool:
        line, *rest = head.split("\r\n")
        address = line.split(" ")[1]
        path, _, query = address.partition("?")
        with self._lock:
            self.asked.append(address)
            self._times[path] = times = self._times.get(path, 0) + 1
        fields = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest)}
        answer = self._find(path)
        if callable(answer):
            return bool(answer(wire, Asked(path, query, fields, self, times)))
        wire.send(self._with_ports(answer))
        return True

    def _find(self, path: str) -> Answer:
        if path in self.answers:
            return self.answers[path]
        stars = [key for key in self.answers if key.endswith("*") and path.startswith(key[:-1])]
        if stars:
            return self.answers[max(stars, key=len)]
        return self._healthy(path)

    def _healthy(self, path: str) -> bytes:
        if path == "/robots.txt":
            return ok("User-agent: *\nAllow: /\n", "text/plain")
        if path == "/":
            return ok(f'<html><body class="home"><h1>Cluster</h1><a href="/news/">News</a>{"." * 50}</body></html>')
        if path == "/news/":
            links = [*((one, title_of(one)) for one in PATHS), *((self.filled(one), "One more") for one in self.links)]
            return ok(listing(links, self.filled(self.after)))
        if path == "/sitemap.xml":
            addresses = [*(self.home.rstrip("/") + one for one in PATHS), *(self.filled(one) for one in self.sitemap)]
            return ok(
                '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
                + "".join(f"<url><loc>{re.sub('&', '&amp;', one)}</loc></url>" for one in addresses)
                + "</urlset>",
                "application/xml",
            )
        if path in PATHS:
            picture = '<p><img src="/pictures/one.png" alt="One"></p>' if path == PATHS[0] else ""
            return ok(post(title_of(path), body=picture))
        if path == "/pictures/one.png":
            return ok(PIXEL, "image/png")
        return ok("<html><body>Not found</body></html>", status="404 Not Found")


class Trapdoor:
    """A listener that counts who comes; nothing ever should."""

    def __enter__(self) -> Self:
        self.visits = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.visits += 1
            sock.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
