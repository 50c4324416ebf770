"""Style sheets: what they name, however they are written."""

from __future__ import annotations

from cluster_archive.discover import sheet_requisites
from cluster_archive.discover.sheets import MAX_NAMES, names_in_css

from .subject import Subject, capture, response

SHEET = b"""@charset "utf-8";@import url("a.css") screen;@import 'b.css';/* url(no.png) */
.a{background:url( c.png ) no-repeat,url("d.png");content:"url(no.png)"}@font-face{src:url(e.woff2)format("woff2"),url('f.woff')}
.b{background-image:image-set("g.png" 1x,url(h.png) 2x,"i.avif" type("image/avif"))}.c{background:url(data:image/png;base64,AA==)}
@media print{.d{background:\\75rl(j.png)}}@namespace svg url(http://www.w3.org/2000/svg);"""


def seeds() -> list[bytes]:
    """A sheet with all that can name a file, in two character sets."""
    return [
        response(SHEET, "Content-Type: text/css"),
        response(SHEET.decode().encode("utf-16"), "Content-Type: text/css; charset=utf-16"),
    ]


def promise(data: bytes) -> None:
    """http addresses, each once and not too many."""
    found = sheet_requisites(capture(data, "https://example.org/style.css"))
    assert len(set(found)) == len(found) <= MAX_NAMES * 2
    assert all(url.startswith(("http://", "https://")) for url in found)
    names_in_css(data.decode("latin-1"))


SUBJECT = Subject(
    name="sheets",
    promise=promise,
    seeds=seeds,
    tokens=(
        b"url(", b"url('", b'url("', b"@import ", b"image-set(", b"-webkit-image-set(", b"/*", b"*/", b"\\", b"\\0", b"\\110000 ", b"(", b")", b"{", b"}", b"'", b'"',
        b"@namespace ", b'@charset "x";', b"@import/**/",
    ),
)  # fmt: skip
