"""Traps: addresses without end. Each must end by itself, and be told of, after the real posts."""

from __future__ import annotations

import re
from collections import Counter
from hashlib import sha256

from .runner import Fault, Outcome
from .server import PATHS, Asked, Wire, listing, ok, post, title_of


def number_in(text: str) -> int:
    """The last number in an address."""
    found = re.findall(r"\d+", text)
    return int(found[-1]) if found else 0


def pager(following: str) -> str:
    """A link to the next page of a list."""
    return f'<div class="pager_wrapper"><div class="pager"><a class="next_page" rel="next" href="{following}">Next page</a></div></div>'


def _real() -> list[tuple[str, str]]:
    return [(path, title_of(path)) for path in PATHS]


def _pages_of_the_same(wire: Wire, asked: Asked) -> bool:
    wire.send(ok(listing(_real(), pager(f"/news/page/{number_in(asked.path) + 1}/"))))
    return True


def _pages_of_ghosts(wire: Wire, asked: Asked) -> bool:
    page = number_in(asked.path)
    wire.send(
        ok(
            listing(
                [(f"/ghost/{page}-{one}/", f"Ghost {page} {one}") for one in range(10)],
                pager(f"/news/page/{page + 1}/"),
            )
        )
    )
    return True


def _pages_that_are_empty(wire: Wire, asked: Asked) -> bool:
    wire.send(ok(listing([], f"<p>Nothing was found.</p>{pager(f'/news/page/{number_in(asked.path) + 1}/')}")))
    return True


def _calendar(wire: Wire, asked: Asked) -> bool:
    month = number_in(asked.path + asked.query)
    days = "".join(f'<a href="/agenda/{month * 31 + day}/">{day}</a>' for day in range(31))
    wire.send(
        ok(
            listing(
                [(f"/agenda/{month * 31 + day}/", f"Day {day}") for day in range(31)],
                days + pager(f"/agenda/page/{month + 1}/"),
            )
        )
    )
    return True


def _day(wire: Wire, asked: Asked) -> bool:
    wire.send(
        ok(
            f'<html><head><title>Day</title></head><body class="page"><h1>{asked.path}</h1><p>No events.</p></body></html>'
        )
    )
    return True


def _facets(wire: Wire, asked: Asked) -> bool:
    links = "".join(f'<a class="page" href="/news/?{asked.query}&f{one}={asked.times}">{one}</a>' for one in range(12))
    wire.send(
        ok(
            listing(
                _real(), f'<div class="pager_wrapper"><div class="pager"><div class="pages">{links}</div></div></div>'
            )
        )
    )
    return True


def _sessions(wire: Wire, asked: Asked) -> bool:
    """Each page gives each link a new session."""
    token = sha256(f"{asked.path}{asked.times}".encode()).hexdigest()[:24]
    links = [(f"{path}?zkey={token}{number}", title) for number, (path, title) in enumerate(_real())]
    wire.send(ok(listing(links, pager(f"/news/?zkey={token}"))))
    return True


def _session_post(wire: Wire, asked: Asked) -> bool:
    token = sha256(f"{asked.query}{asked.times}".encode()).hexdigest()[:24]
    more = "".join(
        f'<a class="fixed-nav fixed-nav-next" href="{path}?zkey={token}{number}"><span class="desc"><h6>{title_of(path)}</h6></span></a>'
        for number, path in enumerate(PATHS)
    )
    wire.send(ok(post(title_of(asked.path)).replace('<h1 class="entry', f'{more}<h1 class="entry', 1)))
    return True


def _spiral(wire: Wire, asked: Asked) -> bool:
    """A relative link that lacks its slash: the path grows by itself for ever."""
    wire.send(ok(listing([("deeper/", "Deeper"), ("still/deeper/", "Still deeper")], pager("deeper/more/"))))
    return True


def _spiral_of_posts(wire: Wire, asked: Asked) -> bool:
    link = '<a class="fixed-nav fixed-nav-next" href="again/"><span class="desc"><h6>Again</h6></span></a>'
    wire.send(ok(post("The same post again").replace('<h1 class="entry', f'{link}<h1 class="entry', 1)))
    return True


def _soft_404(wire: Wire, asked: Asked) -> bool:
    wire.send(
        ok(
            f'<html><head><title>Page not found</title></head><body class="single single-post"><h1>Page not found</h1><p>{asked.path} is not here.</p></body></html>'
        )
    )
    return True


def _same_page(wire: Wire, asked: Asked) -> bool:
    wire.send(ok(post("Welcome to our site")))
    return True


MILLION = "".join(f'<a href="/m/{number}/">{number}</a>' for number in range(1000))


def _million_links(wire: Wire, asked: Asked) -> bool:
    wire.send(ok(listing(_real() + [(f"/m/{number}/", f"M {number}") for number in range(30_000)])))
    return True


def _million_in_sitemap(wire: Wire, asked: Asked) -> bool:
    inner = "".join(f"<url><loc>{asked.server.home}m/{number}/</loc></url>" for number in range(60_000))
    wire.send(
        ok(
            f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inner}</urlset>',
            "application/xml",
        )
    )
    return True


TWINS = ("/news/twin/", "/news/twin/index.php", "/NEWS/Twin/", "/news/twin/?zkey=8c1f", "/s-8c1f/news/twin/")
ALIKE = ("/news/alike-1/", "/news/alike-2/")


def _alike(day: int) -> bytes:
    return ok(post("Alike", head=f'<meta property="article:published_time" content="2024-02-0{day}T08:00:00Z">'))


def _twins(outcome: Outcome) -> str | None:
    counts = Counter(line["title"] for line in outcome.lines)
    told = sum("double" in outcome.reasons.get(outcome.url(path), []) for path in TWINS)
    if (counts["A twin"], counts["Alike"], told) == (1, 2, len(TWINS) - 1):
        return None
    return f"{counts['A twin']} lines of the twin, {counts['Alike']} of what is alike, {told} told of"


def _one_line_each(outcome: Outcome) -> str | None:
    titles = [line["title"] for line in outcome.lines]
    return None if len(titles) == len(set(titles)) else f"{len(titles)} lines, {len(set(titles))} titles"


GHOSTS = ok("<html><body>Gone</body></html>", status="404 Not Found")
TRAP = {"alone": True, "requests": 600, "seconds": 120.0, "told": "trap", "quick": False, "codes": (0, 5, 8)}

FAULTS = (
    Fault(name="pages-of-the-same", others={"/news/page/*": _pages_of_the_same}, after=pager("/news/page/2/"), **TRAP),
    Fault(name="pages-of-ghosts", others={"/news/page/*": _pages_of_ghosts, "/ghost/*": GHOSTS}, after=pager("/news/page/2/"), **TRAP | {"quick": True}),
    Fault(name="pages-of-soft-ghosts", others={"/news/page/*": _pages_of_ghosts, "/ghost/*": _soft_404}, after=pager("/news/page/2/"), **TRAP),
    Fault(name="pages-that-are-empty", others={"/news/page/*": _pages_that_are_empty}, after=pager("/news/page/2/"), **TRAP),
    Fault(name="calendar", others={"/agenda/page/*": _calendar, "/agenda/*": _day}, seeds=(("listing", "/agenda/page/1/"),), **TRAP),
    Fault(name="facets", others={"/news/": _facets}, **TRAP),
    Fault(name="session-ids", others={"/news/": _sessions, **dict.fromkeys(PATHS, _session_post)}, also=_one_line_each, **TRAP),
    Fault(name="one-post-many-addresses", others={**dict.fromkeys((one.partition("?")[0] for one in TWINS), ok(post("A twin"))), **{path: _alike(day) for day, path in enumerate(ALIKE, 1)}}, sitemap=(*TWINS, *ALIKE), also=_twins),
    Fault(name="spiral-of-lists", others={"/spin/*": _spiral}, seeds=(("listing", "/spin/"),), **TRAP),
    Fault(name="spiral-of-posts", others={"/turn/*": _spiral_of_posts}, link="/turn/", answer=_spiral_of_posts, at="/turn/", **TRAP),
    Fault(name="same-page-everywhere", others={"/news/page/*": _pages_of_ghosts, "/ghost/*": _same_page}, after=pager("/news/page/2/"), **TRAP),
    Fault(name="million-links-of-ghosts", others={"/many/": _million_links, "/m/*": GHOSTS}, seeds=(("listing", "/many/"),), **TRAP),
    Fault(name="million-in-sitemap", others={"/many.xml": _million_in_sitemap, "/m/*": _soft_404}, seeds=(("sitemap", "/many.xml"),), **TRAP),
    Fault(name="redirects-to-ever-new", others={"/hop/*": lambda wire, asked: wire.send(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: /hop/%d/\r\n\r\n" % (number_in(asked.path) + 1)) or True}, link="/hop/1/", alone=True, requests=30, quick=False),
    Fault(name="refresh-to-ever-new", others={"/skip/*": lambda wire, asked: wire.send(ok(f'<html><head><meta http-equiv="refresh" content="0;url=/skip/{number_in(asked.path) + 1}/"></head><body class="page"></body></html>')) or True}, link="/skip/1/", **TRAP),
    Fault(name="parts-without-end", others={"/serial/*": lambda wire, asked: wire.send(ok(post("A serial", body=f'<div class="post-pager page-links"><a class="post-page-numbers" href="/serial/{number_in(asked.path) + 1}/">{number_in(asked.path) + 1}</a></div>'))) or True}, link="/serial/", alone=True, requests=600, seconds=120.0, quick=False),
    Fault(name="languages-without-end", others={"/tongue/*": lambda wire, asked: wire.send(ok(post("A tongue", head="".join(f'<link rel="alternate" hreflang="x{one}" href="/tongue/{sha256(asked.path.encode()).hexdigest()[:6]}{one}/">' for one in range(20))))) or True}, link="/tongue/", **TRAP),
)  # fmt: skip
