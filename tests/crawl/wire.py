"""A server that sends byte strings as they are and logs what it sent and got; over http and https, directly or as a proxy."""

from __future__ import annotations

import re
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from gzip import compress
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

BIG = bytes(range(256)) * 4096 * 3  # 3 MiB


def chunked(payload: bytes, size: int = 700, trailer: bytes = b"") -> bytes:
    """A body in chunks."""
    parts = [payload[start : start + size] for start in range(0, len(payload), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n" + trailer + b"\r\n"


def ok(head: bytes, body: bytes = b"") -> bytes:
    """A response with that head."""
    return b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body


PACKED = compress(b"<html><body>text</body></html>" * 40, mtime=0)

ANSWERS: dict[str, bytes] = {
    "/odd": ok(
        b"x-ODD:  spaced \r\nX-odd: again\r\nTransfer-Encoding: chunked\r\nContent-Encoding: gzip\r\nTrailer: X-After\r\n",
        chunked(PACKED, trailer=b"X-After: 1\r\n"),
    ),
    "/plain": ok(b"Content-Length: 5\r\nContent-Type: text/plain\r\n", b"plain"),
    "/gzip": ok(b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(PACKED), PACKED),
    "/no-colon": ok(b"this line has no colon\r\nContent-Length: 2\r\n", b"ok"),
    "/304": b'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\n',
    "/301": b"HTTP/1.1 301 Moved Permanently\r\nLocation: /plain\r\nContent-Length: 5\r\n\r\nmoved",
    "/204": b"HTTP/1.1 204 No Content\r\n\r\n",
    "/103": b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + ok(b"Content-Length: 5\r\n", b"final"),
    "/1.0": b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nuntil the end of the connection",
    "/short": ok(b"Content-Length: 100\r\n", b"only this"),
    "/no-reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok",
    "/lf": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "/space-in-name": ok(b"Bad Name : x\r\nContent-Length: 2\r\n", b"ok"),
    "/big": ok(b"Content-Length: %d\r\n" % len(BIG), BIG),
    "/big-chunked": ok(b"Transfer-Encoding: chunked\r\n", chunked(BIG, 60_000)),
    "/head": ok(b"Content-Length: 5000\r\n"),
}
"""The sixteen shapes of answers."""

CLOSING = frozenset({"/1.0", "/short"})


@dataclass
class Log:
    """What a server saw."""

    port: int = 0
    got: list[bytes] = field(default_factory=list)
    """Heads of requests, as they came."""
    connections: int = 0


@contextmanager
def wire_server(
    tls: ssl.SSLContext | None = None,
    answer: Callable[[str, int, int], bytes | None] | None = None,
    host: str = "127.0.0.1",
) -> Iterator[Log]:
    """Serves `ANSWERS`, or what `answer` gives for path, number of the connection and number of the request on it; None
    closes the connection without a word."""
    log = Log()
    listener = socket.create_server((host, 0), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    log.port = listener.getsockname()[1]
    ended = threading.Event()

    def serve(connection: socket.socket, number: int) -> None:
        with suppress(OSError, ssl.SSLError):
            stream = tls.wrap_socket(connection, server_side=True) if tls else connection
            requests = 0
            while head := _head(stream):
                log.got.append(head)
                method, target = head.split(b" ")[:2]
                if method == b"CONNECT":
                    _tunnel(stream, target.decode())
                    break
                path = re.sub(r"^https?://[^/]+|\?.*", "", target.decode())
                made = (
                    answer(path, number, requests)
                    if answer
                    else ANSWERS.get(path, b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
                )
                requests += 1
                for start in range(0, len(made or b""), 1000 if made and len(made) < 100_000 else 65_536):
                    stream.sendall((made or b"")[start : start + (1000 if made and len(made) < 100_000 else 65_536)])
                if made is None or path in CLOSING:
                    break
            stream.close()

    def accept() -> None:
        while not ended.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                log.connections += 1
                threading.Thread(target=serve, args=(connection, log.connections), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield log
    finally:
        ended.set()
        listener.close()


def _head(stream: socket.socket) -> bytes:
    """The head of the next request; empty at the end of the connection."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = stream.recv(1)
        if not byte:
            return b""
        head += byte
    return head


def _tunnel(stream: socket.socket, target: str) -> None:
    """Passes bytes on in both directions."""
    host, _, port = target.rpartition(":")
    with socket.create_connection((host, int(port))) as other:
        stream.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        while True:
            ready, _, _ = select.select([stream, other], [], [], 20)
            for one in ready:
                data = one.recv(65_536)
                if not data:
                    return
                (other if one is stream else stream).sendall(data)
            if not ready:
                return


def certificate(folder: Path) -> ssl.SSLContext:
    """A context with a self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
