"""Selecting: the elements of a page that a CSS selector matches, in time that grows with the page alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from cssselect import SelectorError
from lxml import etree
from lxml.html import HtmlElement

from cluster_archive.sites.css import WORDY, Compound, chains_of

Elements = list[HtmlElement]

Named = Mapping[str, Mapping[HtmlElement, str]]
"""The elements of a page that have an attribute of `WORDY`, in document order, and its value, by attribute."""

_VALUES = {name: etree.XPath(f"/descendant::*/@{name}") for name in WORDY if name != "class"}
"""What finds the values of an attribute, which know their elements; XPath's own way up compares each with all others."""


def named_elements(elements: Iterable[HtmlElement]) -> Named:
    """Those of all the elements of a page that have attributes by which selectors ask."""
    elements = tuple(elements)
    named: dict[str, dict[HtmlElement, str]] = {
        "class": {one: words for one in elements if (words := one.get("class"))}
    }
    for name, ask in _VALUES.items():
        named[name] = {value.getparent(): str(value) for value in cast("list[Any]", ask(elements[0]))}
    return named


def select(element: HtmlElement, selector: str) -> Elements:
    """The elements below another, and itself, that a CSS selector matches, in document order; none where it is no selector."""
    return _in_order(element, [_matched(chain, lambda one: one.below(element)) for chain, _ in _compiled(selector)])


def select_named(root: HtmlElement, named: Named, words: Mapping[str, Container[str]], selector: str) -> Elements:
    """The same in a page whose named elements, and all the words of theirs, are known: a selector that asks for other words
    matches nothing, and one that asks for these is looked for at their elements alone."""
    matched: list[Elements] = []
    for chain, asked in _compiled(selector):
        for name, word in asked:
            if word not in words[name]:
                break
        else:
            matched.append(_matched(chain, lambda one: _among(root, named, one)))
    return _in_order(root, matched) if matched else []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A compound of a selector, ready to be asked."""

    compound: Compound
    """What it asks for."""
    below: Callable[[HtmlElement], Any]
    """Finds all below an element."""
    itself: Callable[[HtmlElement], Any]
    """Tells of an element whether it is one."""


@cache
def _compiled(selector: str) -> tuple[tuple[tuple[_Step, ...], tuple[tuple[str, str], ...]], ...]:
    """The steps of each chain of a selector, and all the words that it asks for."""
    try:
        chains = [
            [
                _Step(compound=one, below=etree.XPath(one.xpath), itself=etree.XPath(f"boolean({one.itself})"))
                for one in chain
            ]
            for chain in chains_of(selector)
        ]
    except (SelectorError, etree.XPathError):
        return ()
    return tuple((tuple(chain), tuple(word for one in chain for word in one.compound.words)) for chain in chains)


def _among(root: HtmlElement, named: Named, step: _Step) -> Elements:
    """What a compound matches in a page."""
    words, tag = step.compound.words, step.compound.tag
    if words:
        (name, word), *more = words
        found = [one for one, value in named[name].items() if word in value and word in value.split()]
        for name, word in more:
            found = [one for one in found if word in named[name].get(one, "").split()]
        if tag is not None:
            found = [one for one in found if one.tag == tag]
    elif tag is not None:
        found = list(root.iter(tag))
    else:
        return cast("Elements", step.below(root))
    return [one for one in found if step.itself(one)] if step.compound.has_more else found


def _in_order(root: HtmlElement, matched: Sequence[Elements]) -> Elements:
    """What several chains match below an element, in document order."""
    if len(matched) == 1:
        return matched[0]
    found = {one for ones in matched for one in ones}
    return [one for one in root.iter("*") if one in found] if found else []


def _matched(chain: Iterable[_Step], find: Callable[[_Step], Elements]) -> Elements:
    """What the last compound of a chain matches, as far as the ones before it stand where they must.

    Each compound is looked for once in the whole, and the combinators are then walked over: each step of XPath would
    begin anew at each element that the step before has found.
    """
    found: Elements = []
    for number, step in enumerate(chain):
        matched = find(step)
        found = _JOINTS[step.compound.joint](set(found), matched) if number else matched
        if not found:
            break
    return found


def _below(above: Collection[HtmlElement], ones: Elements) -> Elements:
    known = dict.fromkeys(above, True)
    found = []
    for one in ones:
        path, up = [], one.getparent()
        while up is not None and up not in known:
            path.append(up)
            up = up.getparent()
        is_below = up is not None and known[up]
        known |= dict.fromkeys(path, is_below)
        if is_below:
            found.append(one)
    return found


def _children(above: Collection[HtmlElement], ones: Elements) -> Elements:
    return [one for one in ones if one.getparent() in above]


def _next(before: Collection[HtmlElement], ones: Elements) -> Elements:
    return [one for one in ones if next(_elements(one.itersiblings(preceding=True)), None) in before]


def _behind(before: Collection[HtmlElement], ones: Elements) -> Elements:
    behind: set[HtmlElement] = set()
    for one in before:
        for sibling in _elements(one.itersiblings()):
            if sibling in behind:
                break  # and so are all that follow
            behind.add(sibling)
    return [one for one in ones if one in behind]


def _elements(nodes: Iterator[HtmlElement]) -> Iterator[HtmlElement]:
    return (node for node in nodes if isinstance(node.tag, str))


_JOINTS: dict[str, Callable[[Collection[HtmlElement], Elements], Elements]] = {
    " ": _below,
    ">": _children,
    "+": _next,
    "~": _behind,
}
