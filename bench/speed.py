"""Whether extraction is linear in a page's size: pages of 10 KB to 10 MB, beside trafilatura on the same pages.

python bench/speed.py
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable

from extraction import OURS, Page, ours
from peers import peers

from cluster_archive.sites import site_for_url

URL = "https://example.org/news/one/"
PARAGRAPH = (
    "<p>Клъстерът и неговите партньори обсъдиха <a href='/energy/'>енергийната ефективност</a> на предприятията в"
    " региона, обмениха опит и набелязаха следващите стъпки, които ще предприемат заедно през новата година.</p>\n"
)
FRAME = (
    "<!DOCTYPE html><html lang='bg'><head><meta charset='utf-8'><title>Среща</title>"
    "<meta property='article:published_time' content='2024-05-14T10:00:00+03:00'></head><body><nav><ul>{menu}</ul></nav>"
    "<main><article><h1>Среща</h1><div class='entry-content'>{text}</div></article></main></body></html>"
)


def page_of(kilobytes: int) -> Page:
    """A page of about that size: a menu, a headline and paragraphs."""
    menu = "".join(f"<li><a href='/{number}/'>Страница {number}</a></li>" for number in range(40))
    text = PARAGRAPH * max(1, kilobytes * 1024 // len(PARAGRAPH.encode()))
    html = FRAME.format(menu=menu, text=text).encode()
    return Page(f"{kilobytes} KB", URL, html, site_for_url(URL), {})


def seconds(call: Callable[[], object]) -> float:
    """The least CPU time of three calls."""
    spent = []
    for _ in range(3):
        begin = time.process_time()
        call()
        spent.append(time.process_time() - begin)
    return min(spent)


def main() -> None:
    """Prints a line a size."""
    compared = peers(["trafilatura"])
    peer = compared.get("trafilatura")
    print(f"{'size':>9}{OURS + ' ms':>20}{'ms per 100 KB':>15}{'memory MB':>11}{'trafilatura ms':>16}{'ratio':>7}")
    for kilobytes in (10, 100, 1000, 10_000):
        page = page_of(kilobytes)
        own = seconds(lambda page=page: ours(page))  # type: ignore[misc]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        other = seconds(lambda page=page: peer(page.html.decode(), URL)) if peer else 0.0  # type: ignore[misc]
        size = len(page.html) / 1024
        print(
            f"{size:>7.0f}KB{own * 1000:>20.1f}{own * 1000 / size * 100:>15.2f}{memory:>11}"
            f"{other * 1000:>16.1f}{other / own:>7.1f}"
        )


if __name__ == "__main__":
    main()
