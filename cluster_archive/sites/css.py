"""CSS selectors that take no longer than a walk through the page, whatever the page is made of."""

from __future__ import annotations

from cssselect import ExpressionError, HTMLTranslator, Selector, parse
from cssselect.parser import (
    CombinedSelector,
    Function,
    Negation,
    Pseudo,
    Relation,
    Tree,
    parse_series,
)
from cssselect.xpath import XPathExpr

Chain = tuple[tuple[str, str], ...]
"""The compounds of a selector from the left: the combinator before each (a blank, ``>``, ``+`` or ``~``), and an XPath
expression that finds all that the compound matches below an element."""


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
    either = " or ".join(xpath.replace("descendant-or-self::", "self::", 1) for ((_, xpath),) in chains)
    return (((" ", f"descendant-or-self::*[{either}]"),),)


def _chain(selector: Selector) -> Chain:
    if selector.pseudo_element:
        raise ExpressionError("A pseudo-element is no element")
    steps: list[tuple[str, str]] = []
    tree = selector.parsed_tree
    while isinstance(tree, CombinedSelector):
        steps.append((tree.combinator, _xpath(tree.subselector)))
        tree = tree.selector
    return (" ", _xpath(tree)), *reversed(steps)


def _xpath(compound: Tree) -> str:
    return _Translator().selector_to_xpath(Selector(compound))


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
