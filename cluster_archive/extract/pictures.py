"""Pictures by their addresses: which addresses are the same picture, and which of them is the largest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from w3lib.url import url_query_cleaner

from cluster_archive.extract.furniture import known

_PICTURE = re.compile(r"\.(?:jpe?g|jfif|png|gif|webp|avif|bmp|tiff?|heic)$", re.IGNORECASE)
_SIZE = re.compile(r"-(\d{2,5})x(\d{2,5})(?=\.[a-z]{3,5}$)", re.IGNORECASE)
_SCALED = re.compile(r"-scaled(?=\.[a-z]{3,5}$)", re.IGNORECASE)
_RESIZED = ("w", "h", "width", "height", "resize", "fit", "quality", "ssl", "q")
_RESIZING = re.compile(rf"(?:^|&)(?:{'|'.join(_RESIZED)})=")
_JETPACK = re.compile(r"https?://i[0-3]\.wp\.com/")
_NAME = r"\.(?:jpe?g|png|webp|gif|avif)"
_QUOTED = (
    re.compile(r"[^/?&\s]+"),
    re.compile(r"https?%3a%2f%2f", re.IGNORECASE),
    re.compile(rf"{_NAME}(?:%3f|$)", re.IGNORECASE),
)
"""An address in an address, percent-encoded: what it is a part of, how it begins, and how a picture's ends."""
_PLAINLY = (
    re.compile(r"[^?&\s]+"),
    re.compile(r"(?<!\d{14}/)(?<!\d{14}im_/)https?://", re.IGNORECASE),  # no archive's
    re.compile(rf"{_NAME}$", re.IGNORECASE),
)
"""The same as it is."""
_LOCAL = re.compile(r"(?<=/_next/image\?url=)%2f[^&]+", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![^\W_])(?!eyjhbgcioi)[^\W_]{12,}")  # the head of a JSON web token is the same for all
_NUMBER = re.compile(r"(?<![^\W_])(?!(?:19|20)\d\d[01]\d[0-3]\d)\d{7,11}(?![^\W_])")  # no day

_NO_PICTURE = re.compile(
    r"""^data:|^about:blank|\.svg(?:$|\?)
      | /(?:blank|spacer|transparent|placeholder|loading|lazy(?:load)?|pixel|1x1|dummy)[\w-]*\.(?:gif|png|svg|jpe?g)$""",
    re.IGNORECASE | re.VERBOSE,
)
_NO_CONTENT = re.compile(
    r"""/wp-includes/images/|s\.w\.org/images/core/emoji|/smil(?:ies|eys)/|gravatar\.com/avatar|/avatars?/|/emoji/
      | facebook\.com/tr\b|doubleclick|/pixel\b|feedburner|statcounter|google-analytics""",
    re.VERBOSE,  # of small letters: without regard to case, the search would stop at each letter
)
_FOR_ALL_PAGES = re.compile(
    r"(?:^|[/_.-])(?:logos?|default|placeholder|fallback|favicon|icon|branded|branding|og)"
    r"(?:[_.-]?(?:image|img|share|default|card|logo))?(?:[/_.-]|$)",
    re.IGNORECASE,
)
_OF_THE_FRAME = re.compile(r"/(?:\w+-)?authors?/|[/_-](?:print)?logos?[/_.-]", re.IGNORECASE)


def is_placeholder(value: str) -> bool:
    """Whether an attribute names no picture: data, a vector drawing, or what stands there until a script comes."""
    return bool(_NO_PICTURE.search(value))


def is_content(url: str) -> bool:
    """Whether an address can be a picture of an article: no smiley, avatar or counter."""
    return not _NO_CONTENT.search(url.lower())


def is_for_all_pages(url: str) -> bool:
    """Whether the picture that metadata names is by its name a logo, or what pages without a picture get."""
    return bool(_FOR_ALL_PAGES.search(urlsplit(url).path))


def is_of_the_frame(urls: Iterable[str]) -> bool:
    """Whether one of a picture's addresses is that of an author's portrait or a logo."""
    return any(_OF_THE_FRAME.search(url) for url in urls)


def has_picture_name(url: str) -> bool:
    """Whether the address ends like the file of a picture."""
    return bool(_PICTURE.search(urlsplit(url).path))


@known
def picture_key(url: str) -> str:
    """What is the same for all sizes of a picture: host and path without size and `-scaled`, without scheme and query
    (a query that names the picture itself stays)."""
    parts = urlsplit(url)
    path = _SCALED.sub("", _SIZE.sub("", unquote(parts.path)))
    own = "" if _PICTURE.search(path) else parts.query
    return f"{parts.netloc.removeprefix('www.')}{path}?{own}".casefold()


@known
def identifiers(url: str) -> frozenset[str]:
    """What only one picture's addresses have: long numbers, long parts with digits, as the keys of image servers, and a
    long file name, also without such a key."""
    path = unquote(urlsplit(url).path).casefold()
    own = {one for one in _TOKEN.findall(path) if any(map(str.isdigit, one))}
    name = picture_key(url).rpartition("?")[0].rpartition("/")[2]
    names = {name, _TOKEN.sub(lambda one: "" if one[0] in own else one[0], name)}
    return frozenset(own).union(
        _NUMBER.findall(path), (one for one in names if len(one) >= 16 or (one == name and len(one) >= 12))
    )


def unwrapped(url: str) -> str:
    """The picture itself behind a resizing proxy that has its address in its own: Jetpack's `i0.wp.com`, or any that
    quotes it or ends with it, Next.js's; without the arguments that resize it."""
    if ("%2F%2F" in url or "%2f%2f" in url) and (inner := _inside(url, *_QUOTED)):
        return unquote(inner)
    if url.find("://", 8) > 0 and (inner := _inside(url, *_PLAINLY)):
        return inner
    if "/_next/image?" in url and (local := _LOCAL.search(url)):
        return urljoin(url, unquote(local[0]))
    if ".wp.com/" in url and _JETPACK.match(url):
        parts = urlsplit(url)
        return urlunsplit((parts.scheme, "", parts.path, "", "")).replace(":///", "://", 1)
    address, _, query = url.partition("?")
    if query and _PICTURE.search(address) and _RESIZING.search(query):
        return str(url_query_cleaner(url, _RESIZED, remove=True))
    return url


def _inside(url: str, parts: re.Pattern[str], begins: re.Pattern[str], ends: re.Pattern[str]) -> str | None:
    """The first part of an address from where a picture's address begins in it, behind the address's own beginning; in
    time that grows with its length alone, which one pattern for all would not do."""
    for part in parts.finditer(url):
        start = begins.search(url, max(1, part.start()), part.end())
        if start is not None and ends.search(url, start.end() + 1, part.end()) is not None:
            return url[start.start() : part.end()]
    return None


def largest(urls: Sequence[str]) -> str:
    """Of one picture's addresses the first without a size in its name, else the one with the largest; of several
    pictures the first."""

    def size(url: str) -> int:
        found = _SIZE.search(urlsplit(url).path)
        return int(found[1]) * int(found[2]) if found else 1 << 40

    return max(urls, key=size) if len({picture_key(url) for url in urls}) == 1 else urls[0]


def full_size(url: str, variants: Iterable[str]) -> str:
    """The address without the size in its name, where that size is WordPress's own doing: the picture lies among
    WordPress's uploads, or the page names it in two sizes. `variants` are the paths under which the page names it;
    `-scaled` stays as the page names it."""
    parts = urlsplit(url)
    if not _SIZE.search(parts.path):
        return url
    paths = set(variants)
    whole = next((path for path in sorted(paths) if not _SIZE.search(path)), None)
    if whole is not None:
        return urlunsplit(parts._replace(path=whole, query=""))
    if "/wp-content/" in parts.path or "/uploads/" in parts.path or len(paths) > 1:
        return urlunsplit(parts._replace(path=_SIZE.sub("", parts.path)))
    return url
