"""Trim: lines inside a body that are not its text: the headline again, bylines, labels, links to other articles."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice

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

_COMMENTS = re.compile(
    r"""^\W*(?:\d+\s)?(?:(?:leave|post|write|add)\s(?:a|your)\s)?
    (?:comments?|repl(?:y|ies)|(?:leser)?kommentare?|commentaires?|comentarios?|comentários?|commenti|komentarze|comentarii
    |reacties|kommentarer|kommentit|σχόλια|коментари|комментарии)(?:\s(?:verfassen|schreiben|\(\d+\)|\d+))?\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""Headings of what readers say."""

_OTHERS = re.compile(
    r"""^\W*(?:(?:related|similar|recommended|latest|more|top|other|featured)\s(?:articles?|stories|posts?|news|topics|reading|links)\b.{0,35}
    |related|recommended(?:\sfor\syou)?|more\s(?:from|like)\b.{1,40}|(?:people|readers)\swho\s.{0,40}|(?:read|see)\s(?:also|more|next)
    |you\s(?:may|might|could)\s.{0,40}|most\s(?:read|popular|viewed)\b.{0,20}|popular|trending|keep\sreading|up\snext|don.t\smiss
    |mehr\szu[mr]?\s.{1,40}|(?:ähnliche|weitere)\s(?:artikel|beiträge|themen|meldungen|nachrichten)\b.{0,30}|das\skönnte\s.{0,40}
    |auch\sinteressant|meistgelesen.{0,20}|lesen\ssie\sauch|passend\szum\sthema
    |(?:à\s)?lire\saussi|articles\s(?:similaires|liés|connexes|associés)|sur\sle\smême\s(?:sujet|thème)|vous\saimerez\s.{0,30}
    |(?:artículos|noticias|notas|artigos|notícias|matérias|posts)\s(?:relacionad[ao]s|similares)|te\s(?:puede|podría)\sinteresar
    |lo\smás\s(?:leído|visto)|você\s(?:pode|também)\b.{0,30}|leia\s(?:também|mais)|mais\slid[ao]s
    |articoli\s(?:correlati|simili)|potrebbe(?:ro)?\sinteressar.{0,20}|leggi\sanche
    |(?:czytaj|zobacz|przeczytaj)\s(?:także|też|również|więcej)|(?:podobne|powiązane)\s(?:artykuły|wpisy)|polecamy
    |articole\s(?:similare|asemănătoare|recomandate)|cite[șş]te\s[șş]i
    |(?:свързани|подобни|още)\s(?:новини|статии|публикации)|прочетете\sоще|още\sпо\sтемата|най-четени
    |σχετικά\sάρθρα|διαβάστε\s(?:επίσης|ακόμα)|читайте\sтакже|похожие\s(?:статьи|записи)
    |lees\sook|gerelateerde\s.{1,20}|relaterade?\s.{1,20}|læs\sogså|les\sogså|läs\s(?:också|mer))\W*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""Headings of other articles."""

_ALL_LINK = 0.9  # share of a line's letters that are links
_MOSTLY_LINK = 0.75
_HALF_LINK = 0.5
_TITLE_LONG = 45  # letters: linked items as long as that are headlines of others
_TEXT = 200  # letters: a heading behind fewer does not end the text
_ENDS = 20  # headings that may end the text and are looked at
_HEADING = 60  # letters: longer ones are the text's own
_PARAGRAPH = 80  # letters: a paragraph as long as that begins the text


def trimmed(blocks: Sequence[Block], title: str, *, typed: bool = False) -> list[Block]:
    """The blocks without what is not the article's text. Where all of it was `typed` by the author, as in a WordPress
    post's content, its links are the author's and stay."""
    text = _from_headline(blocks, title)
    kept = [block for block in (text if typed else _to_the_end(text)) if not _is_no_text(block, typed=typed)]
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


def _to_the_end(blocks: list[Block]) -> list[Block]:
    """Up to the heading of what readers say, or of other articles where the text does not go on behind it."""
    short = (at for at, block in enumerate(blocks) if block.kind == "heading" and len(block.text) <= _HEADING)
    ends = (at for at in short if _COMMENTS.match(blocks[at].text) or _OTHERS.match(blocks[at].text))
    for at in islice(ends, _ENDS):
        is_end = _COMMENTS.match(blocks[at].text) or not _goes_on(blocks, at)
        if is_end and sum(len(before.text) for before in blocks[:at]) > _TEXT:
            return blocks[:at]
    return blocks


def _goes_on(blocks: Sequence[Block], at: int) -> bool:
    """Whether a paragraph behind a place stands as most of those before it do: in the same element, or in a sibling of it."""
    held: dict[HtmlElement, int] = defaultdict(int)
    for block in blocks[:at]:
        if block.kind == "paragraph":
            held[_holder(block)] += len(block.text)
    if not held:
        return False
    most = max(held, key=held.__getitem__)
    around = most.getparent()
    return any(
        len(block.text) >= _PARAGRAPH and ((holder := _holder(block)) is most or holder.getparent() is around)
        for block in blocks[at:]
        if block.kind == "paragraph"
    )


def _holder(block: Block) -> HtmlElement:
    above = block.element.getparent() if block.element.tag == "p" else None
    return block.element if above is None else above


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
