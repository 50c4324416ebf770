"""Prose: where a page has running text, and which element holds most of it."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence

from lxml.html import HtmlElement

from cluster_archive.extract.furniture import Within

_SHORT = 30  # letters: shorter pieces of text are labels, not running text
_ENOUGH = 140  # letters: fewer do not prove a place
_SHARE = 0.75  # of an element's prose: a child that holds more of it takes its place
_TITLED_SHARE = 0.35  # of a child that holds the headline, where none holds so much
_LOST = 0.05  # of the page's prose: where furniture leaves less, its names mislead

_FACTORS = {"article": 2.0, "main": 2.0}
_NAMED_FACTOR = 3.0  # an element that by its name holds the body
_TITLED_FACTOR = 4.0  # an `article` that holds the headline

_NOT_PROSE = frozenset("head a script style noscript nav footer select button template svg textarea iframe".split())
_NO_PLACE = frozenset(
    "p li ul ol dl table tbody tr blockquote pre figure h1 h2 h3 h4 h5 h6 a span b strong em i font".split()
)


class Prose:
    """The running text of a page: its longer pieces of text that are no links, summed up for the elements above."""

    def __init__(self, elements: Sequence[HtmlElement]) -> None:
        """`elements` are all of a page in document order."""
        self._elements = elements
        found: dict[HtmlElement, int] = {}
        for element in elements:
            text, tail = element.text, element.tail
            if text is not None and len(text) > _SHORT and (letters := len(text.strip())) > _SHORT:
                found[element] = found.get(element, 0) + letters
            if tail is not None and len(tail) > _SHORT and (letters := len(tail.strip())) > _SHORT:
                above = element.getparent()
                if above is not None:
                    found[above] = found.get(above, 0) + letters
        is_none = Within(lambda element: element.tag in _NOT_PROSE)
        self._found = {element: letters for element, letters in found.items() if not is_none(element)}
        self._sum_up()

    def _sum_up(self) -> None:
        self.letters: dict[HtmlElement, int] = dict(self._found)
        """Letters below each element that has any."""
        for element in reversed(self._elements):  # what is below another comes behind it
            if element in self.letters and (above := element.getparent()) is not None:
                self.letters[above] = self.letters.get(above, 0) + self.letters[element]
        self.total = self.letters.get(self._elements[0], 0)
        """Letters of the whole page."""

    def leave_out(self, left_out: Callable[[HtmlElement], bool]) -> bool:
        """Takes what is left out from the sums; False, and nothing is done, where hardly anything would stay."""
        is_gone = Within(left_out)
        kept = {element: letters for element, letters in self._found.items() if not is_gone(element)}
        if sum(kept.values()) < self.total * _LOST:
            return False
        if len(kept) < len(self._found):
            self._found = kept
            self._sum_up()
        return True

    def place(self, named: Container[HtmlElement], headline: HtmlElement | None) -> HtmlElement | None:
        """The element that holds the article: the smallest one with most of the prose, where an `article`, `main` or an
        element in `named` counts for more than it holds. None where the page has too little prose to tell."""
        if self.total < _ENOUGH:
            return None
        above_headline = set(headline.iterancestors()) if headline is not None else set()

        def weight(element: HtmlElement) -> float:
            if element in named:
                factor = _NAMED_FACTOR
            elif element.tag == "article" and element in above_headline:
                factor = _TITLED_FACTOR
            else:
                factor = _FACTORS.get("main" if element.get("role") == "main" else element.tag, 1.0)
            return self.letters[element] * factor

        place = max(self.letters, key=weight)
        while place not in named:
            children = [one for one in place if one in self.letters and one.tag not in _NO_PLACE]
            best = max(children, key=lambda one: self.letters[one], default=None)
            if best is None or self.letters[best] < self.letters[place] * _SHARE:
                best = next((one for one in children if one in above_headline and one.tag != "header"), None)
                if best is None or self.letters[best] < max(_ENOUGH, self.letters[place] * _TITLED_SHARE):
                    break
            place = best
        return place
