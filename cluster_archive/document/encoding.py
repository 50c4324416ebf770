"""Character sets: the bytes of a page become UTF-8, whatever they are declared as."""

from __future__ import annotations

import codecs
import re

from w3lib.encoding import resolve_encoding

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)


def page_in_utf8(content: bytes, content_type: str | None) -> tuple[bytes, bool]:
    """A page in UTF-8, and whether its declared character set was wrong; never raises. Most pages are as they came, which
    saves a page in other letters than Latin from being encoded again for the parser.

    Byte order mark, then the HTTP header, then `meta` (HTML Standard, 13.2.3); but bytes that are valid UTF-8 beyond
    ASCII are UTF-8 whatever is declared, and bytes that are declared UTF-8 and are not are tried as windows-1251
    (where they look Cyrillic) or windows-1252.
    """
    for mark, name in _BOMS:
        if content.startswith(mark):
            return _clean(content[len(mark) :].decode(name, "replace")), False
    declared = _declared(content, content_type)
    if declared and declared.startswith(("utf-16", "utf-32")):
        declared = "utf-8" if b"<" in content[:200] and b"\0" not in content[:200] else declared
    if not (declared or "").startswith(("iso2022", "iso-2022", "hz", "utf-16", "utf-32")):
        if any(map(content.__contains__, _CONTROLS)):
            content = content.translate(None, _CONTROLS)
        try:
            content.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            doubtful = declared not in (None, "utf-8") and not content.isascii()
            return _mended(_without_unfit(content)), doubtful
    if _is_utf8(content):
        return _clean(content.decode("utf-8", "replace")), declared not in (None, "utf-8")
    if declared not in (None, "utf-8"):
        legacy = _try(content, declared or "")
        if legacy is not None:
            return _clean(legacy), False
    return _clean(content.decode(_guess(content), "replace")), declared is not None


def _declared(content: bytes, content_type: str | None) -> str | None:
    header = _CHARSET.search(content_type or "")
    if header and (name := resolve_encoding(header[1])):
        return name
    start = content[:4096]
    match = _META.search(start) or _XML.search(start)
    return resolve_encoding(match[1].decode("ascii")) if match else None


def _is_utf8(content: bytes) -> bool:
    """Whether the bytes are UTF-8; a few faulty places among many good ones, or a cut at the end, do not count."""
    faults, start = 0, 0
    while start < len(content):
        try:
            codecs.utf_8_decode(content[start:], "strict", True)
            break
        except UnicodeDecodeError as error:
            faults += 1
            start += error.end
        if faults > 5:
            return False
    return faults == 0 or _multibyte(content) >= 20 * faults


def _multibyte(content: bytes) -> int:
    return len(re.findall(rb"[\xc3-\xf4][\x80-\xbf]+", content))


def _try(content: bytes, name: str) -> str | None:
    try:
        text = content.decode(name, "replace")
    except (LookupError, ValueError, UnicodeError):
        return None
    return text if text.count("\ufffd") <= len(text) // 100 else None


def _guess(content: bytes) -> str:
    """windows-1251 where most letters beyond ASCII stand in runs, as in Cyrillic words; else windows-1252."""
    high = sum(len(run) for run in re.findall(rb"[\x80-\xff]+", content))
    runs = sum(len(run) for run in re.findall(rb"[\xa8\xb8\xc0-\xff]{3,}", content))
    return "cp1251" if runs * 2 > high else "cp1252"


def _clean(text: str) -> bytes:
    """In UTF-8, without the characters that no XML tree may hold, and without control characters."""
    return _mended(_without_unfit(_UNFIT.sub("", text).encode()))


def _without_unfit(content: bytes) -> bytes:
    """Without what valid UTF-8 without the first controls may still hold: later controls, and the two that are no
    characters."""
    if 0xEF in content:  # which is seldom and quickly found
        content = content.replace(b"\xef\xbf\xbe", b"").replace(b"\xef\xbf\xbf", b"")
    return _UNSEEN.sub(b"", content) if b"\x7f" in content or _C1.search(content) else content


def _mended(content: bytes) -> bytes:
    """With references to characters that are none as the HTML Standard reads them (13.2.5.80): those of windows-1252 are
    meant where 128 to 159 is said; control characters are left out."""
    return _REFERENCE.sub(_referred, content) if _DOUBTFUL.search(content) else content


def _referred(found: re.Match[bytes]) -> bytes:
    number = int(found[1], 16) if found[1] else int(found[2])
    if 0x80 <= number <= 0x9F:
        return bytes([number]).decode("cp1252", "ignore").encode()
    fits = (
        number in (9, 10, 13) or 0x20 <= number < 0x7F or (0xA0 <= number <= 0x10FFFF and not 0xD800 <= number < 0xE000)
    )
    return found[0] if fits else b""


_CONTROLS = bytes(range(0x09)) + b"\x0b" + bytes(range(0x0E, 0x20))
_C1 = re.compile(rb"\xc2[\x80-\x9f]")
_UNSEEN = re.compile(rb"\x7f|\xc2[\x80-\x84\x86-\x9f]")
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]{1,8})|([0-9]{1,9}));?")
_DOUBTFUL = re.compile(
    rb"&#(?:0*(?:[0-9](?![0-9])|[12][0-9](?![0-9])|3[01](?![0-9])|127|1[2-5][0-9](?![0-9])|5[5-7][0-9]{3}|[1-9][0-9]{6})"
    rb"|[xX]0*(?:[01]?[0-9a-fA-F](?![0-9a-fA-F])|[7-9][0-9a-fA-F](?![0-9a-fA-F])|[dD][89a-fA-F]|[1-9a-fA-F][0-9a-fA-F]{5}))"
)
"""A reference that may be to a character that is none; most pages have others only."""
_UNFIT = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
