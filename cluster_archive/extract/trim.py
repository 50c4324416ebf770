"""Trim: lines inside a body that are not its text: the headline again, bylines, labels, links to other articles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from lxml.html import HtmlElement

from cluster_archive.extract.text import Block, fold, letters_of

_LABELS = frozenset(
    label.strip()
    for label in """
    advertisement|advert|ad|anzeige|werbung|annonce|publicité|publicidad|pubblicità|publicidade|reklama|реклама|annons|mainos
    |passer la publicité|story continues below advertisement|article continues below advertisement|skip advertisement
    |after newsletter promotion|skip past newsletter promotion
    |comments|kommentare|commentaires|comentarios|commenti|komentarze|comentarii|σχόλια|коментари
    |tags|schlagwörter|temas|themen|share|teilen|partager|compartir|condividi|udostępnij|сподели
    """.split("|")
)
"""Whole lines that are labels of what was left out."""

_SAYS_WHEN = re.compile(r"\b(?:19|20)\d{2}\b|\b\d{1,2}[:.h]\d{2}\b")
_SAYS_WHO = re.compile(
    r"^(?:by|von|par|de|di|por|af|av|door|od|от|автор|autor|author|text|stand|updated|published|publié|veröffentlicht"
    r"|fuente|source|quelle)\b",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"(?:foto|photo|bild|crédits? photos?|image|picture|fot|zdj|снимк[аи])\b\W?[^.!?]{0,20}:.{0,60}$|©|\(c\)|copyright\b",
    re.IGNORECASE,
)
_RIGHTS = (
    "all rights reserved",
    "alle rechte vorbehalten",
    "tous droits réservés",
    "todos los derechos reservados",
    "tutti i diritti riservati",
    "wszelkie prawa zastrzeżone",
    "toate drepturile rezervate",
    "všechna práva vyhrazena",
    "όλα τα δικαιώματα",
    "всички права запазени",
    "все права защищены",
)
_ELSEWHERE = re.compile(
    r"""^\W*(?:(?:read|see|watch|listen|check\sout|learn)\s(?:also|more|next|it\b)|also(?:\sread|\ssee)?\b|related\b
    |more\s(?:on|from|about)\b|recommended\b
    |lesen\ssie\sauch|lest\sauch|auch\sinteressant|mehr\s(?:zum\sthema|dazu|lesen)|weiterlesen|siehe\sauch|schon\sgelesen|das\skönnte
    |[àa]\slire\saussi|lire\saussi|voir\saussi|en\ssavoir\splus|sur\sle\smême\ssujet
    |(?:lea|lee|leer|mira|ver|vea)\s(?:también|más)|le\spuede\sinteresar|te\spuede\sinteresar|puedes\sver|más\sinformación|no\sse\spierda
    |leggi\sanche|vedi\sanche|approfondisci|potrebbe\sinteressarti
    |(?:czytaj|zobacz|przeczytaj|sprawdź)\s(?:także|też|również|więcej)|dowiedz\ssię\swięcej|polecamy
    |cite[șş]te\s[șş]i|citi[țţ]i\s[șş]i|vezi\s[șş]i|διαβάστε\s(?:επίσης|ακόμα)|δείτε\s(?:επίσης|ακόμα)
    |(?:прочетете|вижте|четете|виж|прочети)\s(?:още|също|повече)|още\s(?:по\sтемата|от)|свързани
    |читайте\sтакже|смотрите\sтакже|leia\s(?:também|mais)|veja\s(?:também|mais)|saiba\smais
    |les\sogså|læs\sogså|läs\s(?:också|även|mer)|lees\sook
    |tags?:|schlagw(?:ö|oe)rter:|temas:|themen:|mots-clés|etiquetas:|етикети:|tagi:)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Beginnings of lines that lead to other articles, and of lists of tags."""

_ALL_LINK = 0.9  # share of a line's letters that are links
_MOSTLY_LINK = 0.75
_HALF_LINK = 0.5
_TITLE_LONG = 45  # letters: linked items as long as that are headlines of others
_PARAGRAPH = 80  # letters: a paragraph as long as that begins the text


def trimmed(blocks: Sequence[Block], title: str, *, typed: bool = False) -> list[Block]:
    """The blocks without what is not the article's text. Where all of it was `typed` by the author, as in a WordPress
    post's content, its links are the author's and stay."""
    kept = [block for block in _from_headline(blocks, title) if not _is_no_text(block, typed=typed)]
    if not typed:
        kept = _without_link_lists(kept)
    begin = next(
        (at for at, block in enumerate(kept) if block.kind == "paragraph" and len(block.text) >= _PARAGRAPH), 0
    )
    kept = [block for at, block in enumerate(kept) if at >= begin or not is_byline(block)]
    while len(kept) > 1 and kept[-1].kind == "heading":  # it announced what was left out
        kept.pop()
    return kept


def is_byline(block: Block) -> bool:
    """Whether a short paragraph tells who wrote the text, or when."""
    return (
        block.kind == "paragraph"
        and len(block.text) < 60
        and bool(_SAYS_WHEN.search(block.text) or _SAYS_WHO.search(block.text))
    )


def _from_headline(blocks: Sequence[Block], title: str) -> list[Block]:
    """Without the headline, and without what little stands above it."""
    headline = letters_of(title)
    for at, block in enumerate(blocks[:12]):
        may_be_it = headline and block.kind != "item" and len(block.text) <= 2 * len(title)
        if may_be_it and letters_of(block.text) == headline:
            little = sum(len(before.text) for before in blocks[:at]) < 400
            return [*(() if little else blocks[:at]), *blocks[at + 1 :]]
    return list(blocks)


def _is_no_text(block: Block, *, typed: bool) -> bool:
    text = block.text
    if len(text) < 60 and fold(text).casefold().strip(" :.-–—") in _LABELS:
        return True
    if text.startswith(('{"', '[{"')):  # data for a script
        return True
    if block.kind != "item" and block.linked >= _ALL_LINK and not typed:
        return True
    if (block.linked > _HALF_LINK or (len(text) < 30 and block.kind != "item")) and _ELSEWHERE.match(text):
        return True
    if len(text) >= 300:
        return False
    folded = text.casefold()
    return bool(_CREDIT.match(text)) or any(phrase in folded for phrase in _RIGHTS)


def _without_link_lists(blocks: Sequence[Block]) -> list[Block]:
    """Without lists of links behind the text, and of links to other articles' headlines in it."""
    items: dict[HtmlElement | None, list[Block]] = defaultdict(list)
    ends: dict[HtmlElement | None, int] = {}
    last_text = 0
    for at, block in enumerate(blocks):
        if block.kind == "item":
            items[block.list].append(block)
            ends[block.list] = at
        if block.linked < _HALF_LINK and block.kind != "heading" and len(block.text) > 60:
            last_text = at

    def leads_elsewhere(of: HtmlElement | None) -> bool:
        letters = sum(len(item.text) for item in items[of])
        linked = sum(len(item.text) * item.linked for item in items[of])
        return linked >= letters * _MOSTLY_LINK and (ends[of] > last_text or letters > _TITLE_LONG * len(items[of]))

    gone = {of for of in items if leads_elsewhere(of)}
    return [block for block in blocks if block.kind != "item" or block.list not in gone]
