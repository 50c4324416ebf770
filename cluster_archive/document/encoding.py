"""Character sets: the bytes of a page become text, whatever they are declared as."""

from __future__ import annotations

import codecs
import re

from w3lib.encoding import resolve_encoding

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_META = re.compile(rb"<meta[^>]{0,300}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE)


def decode_page(content: bytes, content_type: str | None) -> tuple[str, bool]:
    """The text of a page, and whether its declared character set was wrong; never raises.

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
        content = content.translate(None, _CONTROLS)
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:  # valid UTF-8 without controls holds but these two that no XML tree may hold
            if text.isascii():
                return text, False
            if "\ufffe" in text or "\uffff" in text:
                text = text.replace("\ufffe", "").replace("\uffff", "")
            return text, declared not in (None, "utf-8")
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


def _clean(text: str) -> str:
    """Without the characters that no XML tree may hold."""
    return _UNFIT.sub("", text)


_CONTROLS = bytes(range(0x09)) + b"\x0b" + bytes(range(0x0E, 0x20))
_UNFIT = re.compile("[\x00-\x08\x0b\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
