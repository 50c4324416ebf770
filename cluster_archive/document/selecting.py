"""Selecting: the elements of a page that a CSS selector matches, in time that grows with the page alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cache
from typing import cast

from cssselect import SelectorError
from lxml import etree
from lxml.html import HtmlElement

from cluster_archive.sites.css import chains_of

Elements = list[HtmlElement]


def select(element: HtmlElement, selector: str) -> Elements:
    """The elements below another, and itself, that a CSS selector matches, in document order; none where it is no selector."""
    matched = [_matched(element, chain) for chain in _compiled(selector)]
    if len(matched) == 1:
        return matched[0]
    found = {one for ones in matched for one in ones}
    return [one for one in element.iter("*") if one in found] if found else []


@cache
def _compiled(selector: str) -> tuple[tuple[tuple[str, etree.XPath], ...], ...]:
    try:
        return tuple(tuple((joint, etree.XPath(xpath)) for joint, xpath in chain) for chain in chains_of(selector))
    except (SelectorError, etree.XPathError):
        return ()


def _matched(element: HtmlElement, chain: tuple[tuple[str, etree.XPath], ...]) -> Elements:
    """What the last compound of a chain matches, as far as the ones before it stand where they must.

    Each compound is looked for once in the whole, and the combinators are then walked over: each step of XPath would
    begin anew at each element that the step before has found.
    """
    found: Elements = []
    for number, (joint, xpath) in enumerate(chain):
        matched = cast("Elements", xpath(element))
        found = _JOINTS[joint](set(found), matched) if number else matched
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
