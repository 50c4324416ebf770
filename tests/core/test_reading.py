"""Text as a reader sees it: whatever the markup, no two words are joined and none is split."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement, fromstring

from cluster_archive.extract.text import BLOCK_TAGS, blocks_of

INVISIBLE = "\u00ad\u200b\ufeff"
TEXTS = st.text(alphabet="абвxyz12 \n\t\u00a0" + INVISIBLE + ",.", max_size=12)
TAGS = st.sampled_from("b i span a em strong code sup div section blockquote article ul li h2 h3 dl dd br".split())


@st.composite
def trees(draw: st.DrawFn, depth: int = 4) -> str:
    """Markup of nested inline and block elements with text anywhere between them."""
    parts = [draw(TEXTS)]
    for _ in range(draw(st.integers(0, 3)) if depth else 0):
        tag = draw(TAGS)
        parts.append("<br>" if tag == "br" else f"<{tag}>{draw(trees(depth=depth - 1))}</{tag}>")
        parts.append(draw(TEXTS))
    return "".join(parts)


def as_shown(element: HtmlElement) -> str:
    """What a browser shows of an element (`innerText`): blocks and breaks begin a line, inline elements do not."""
    inner = element.text or ""
    for child in element:
        inner += "\n" if child.tag == "br" else as_shown(child)
        inner += child.tail or ""
    return f"\n{inner}\n" if element.tag in BLOCK_TAGS else inner


def words(text: str) -> list[str]:
    return text.translate(dict.fromkeys(map(ord, INVISIBLE))).split()


@given(trees())
def test_the_words_are_those_that_a_reader_sees(markup: str) -> None:
    root = fromstring(f"<main>{markup}</main>")
    read = " \n ".join(block.text for block in blocks_of([root]))
    assert words(read) == words(as_shown(root))
