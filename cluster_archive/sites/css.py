"""CSS selectors that take no longer than a walk through the page, whatever the page is made of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from cssselect import ExpressionError, HTMLTranslator, Selector, parse
from cssselect.parser import (
    Attrib,
    Class,
    CombinedSelector,
    Element,
    Function,
    Negation,
    Pseudo,
    Relation,
    Tree,
    parse_series,
)
from cssselect.xpath import XPathExpr

WORDY = ("class", "itemprop", "rel", "property")
"""Attributes that hold words, by which most selectors ask."""


class Compound(NamedTuple):
    """What a selector asks of one element."""

    joint: str
    """The combinator before it: a blank, ``>``, ``+`` or ``~``."""
    xpath: str
    """An XPath expression that finds all that it matches below an element, and the element itself where it is one."""
    words: tuple[tuple[str, str], ...]
    """Attributes of `WORDY` and a word in each that all that it matches has."""
    tag: str | None
    """The tag that it asks for."""
    has_more: bool
    """Whether it asks for more than a tag and classes."""

    @property
    def itself(self) -> str:
        """An XPath expression that finds an element itself where it is one, and else nothing."""
        return self.xpath.replace(_BELOW, "self::", 1)


Chain = tuple[Compound, ...]
"""The compounds of a selector from the left."""

_BELOW = "descendant-or-self::"

_FAR = 100
"""The farthest place among siblings that `:nth-child()` may ask for."""


def chains_of(selector: str) -> tuple[Chain, ...]:
    """The chain of each selector of a list, compounds alone as one; raises cssselect.SelectorError.

    What counts or compares siblings without end (`:nth-child(odd)`, `:first-of-type` and the like) is refused: on a page of
    100,000 tags XPath needs minutes for it, and a page can be made so. For the same reason combinators are left to who selects.
    """
    chains = tuple(_chain(one) for one in parse(selector))
    if len(chains) == 1 or any(len(chain) > 1 for chain in chains):
        return chains
    # what is joined by `|` XPath compares each with each
    either = " or ".join(one.itself for (one,) in chains)
    return ((Compound(" ", f"{_BELOW}*[{either}]", (), None, has_more=True),),)


def _chain(selector: Selector) -> Chain:
    if selector.pseudo_element:
        raise ExpressionError("A pseudo-element is no element")
    compounds: list[Compound] = []
    tree = selector.parsed_tree
    while isinstance(tree, CombinedSelector):
        compounds.append(_compound(tree.combinator, tree.subselector))
        tree = tree.selector
    return _compound(" ", tree), *reversed(compounds)


def _compound(joint: str, tree: Tree) -> Compound:
    xpath = _Translator().selector_to_xpath(Selector(tree))
    parts = list(_parts(tree))
    words = tuple(word for part in parts for word in _words(part))
    last = parts.pop()
    tag = last.element if isinstance(last, Element) and not last.namespace else None
    has_more = (
        not isinstance(last, Element) or bool(last.namespace) or not all(isinstance(part, Class) for part in parts)
    )
    return Compound(joint, xpath, words, tag and tag.lower(), has_more)


def _parts(tree: Any) -> Iterator[Any]:
    """The parts of a compound, each of which says something of the element itself, from the last to the name of its tag."""
    while tree is not None:
        yield tree
        tree = getattr(tree, "selector", None)


def _words(part: Any) -> Iterator[tuple[str, str]]:
    """The words that one part asks for; what stands in `:not()`, `:is()` and `:has()` asks nothing of the element itself."""
    if isinstance(part, Class):
        yield "class", part.class_name
    elif isinstance(part, Attrib) and part.attrib in WORDY and part.operator in ("=", "~=") and part.value:
        yield from ((part.attrib, word) for word in (part.value.value or "").split())


class _Translator(HTMLTranslator):
    """Asks for the letters of a word before it takes an attribute's words apart, and refuses what may take long."""

    _is_within = False

    def xpath_attrib_includes(self, xpath: XPathExpr, name: str, value: str | None) -> XPathExpr:
        if value:
            xpath.add_condition(f"{name} and contains({name}, {self.xpath_literal(value)})")
        return super().xpath_attrib_includes(xpath, name, value)

    def xpath_pseudo(self, pseudo: Pseudo) -> XPathExpr:
        axis = {"first-child": "preceding", "last-child": "following"}.get(pseudo.ident)
        if axis is None:
            raise ExpressionError(f"The pseudo-class :{pseudo.ident} is not known here")
        return self.xpath(pseudo.selector).add_condition(f"not({axis}-sibling::*[1])")  # [1] ends the search

    def xpath_negation(self, negation: Negation) -> XPathExpr:
        if isinstance(negation.subselector, CombinedSelector):
            raise ExpressionError("In :not() stands no combinator")
        return super().xpath_negation(negation)

    def xpath_function(self, function: Function) -> XPathExpr:
        axis = {"nth-child": "preceding", "nth-last-child": "following"}.get(function.name)
        step, place = parse_series(function.arguments) if axis else (0, 0)
        if axis is None or step or not 1 <= place <= _FAR:
            raise ExpressionError(f"The pseudo-class :{function.name}() may take minutes on a page that is made for it")
        expression = self.xpath(function.selector).add_condition(f"not({axis}-sibling::*[{place}])")  # looks no farther
        return expression.add_condition(f"{axis}-sibling::*[{place - 1}]") if place > 1 else expression

    def xpath_combinedselector(self, combined: CombinedSelector) -> XPathExpr:
        raise ExpressionError("In a pseudo-class stands no combinator")  # outside of them `_chain` takes it apart

    def xpath_relation(self, relation: Relation) -> XPathExpr:
        if self._is_within:
            raise ExpressionError("The pseudo-class :has() may stand once in a selector")
        self._is_within = True
        return super().xpath_relation(relation)

    def xpath_relation_direct_adjacent_combinator(self, right: XPathExpr) -> str:
        raise ExpressionError("In :has() stands no + and no ~")

    xpath_relation_indirect_adjacent_combinator = xpath_relation_direct_adjacent_combinator
