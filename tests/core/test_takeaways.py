"""Key takeaways: the list that belongs to its cue, and no other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cluster_archive.captures import Capture
from cluster_archive.document import read_document
from cluster_archive.extract import extract, extract_any
from cluster_archive.sites import Site, site_for_url

ITEMS = (
    "Сътрудничеството е ключов инструмент за развитие;",
    "Партньорствата трябва да бъдат включени;",
    "Необходима е подкрепа.",
)
LIST = "<ul>" + "".join(f"<li>{item}</li>" for item in ITEMS) + "</ul>"
CUE = "<p>Основните изводи, които могат да бъдат извлечени, са следните:</p>"
DASHES = "<br>".join(f"– {item}" for item in ITEMS)

SHAPES = {
    "list after a sentence": CUE + LIST,
    "numbered list": CUE + LIST.replace("ul>", "ol>"),
    "after an empty paragraph": CUE + "<p>&nbsp;</p>" + LIST,
    "after a picture": CUE + '<p><img src="/a.jpg"></p>' + LIST,
    "in a div": CUE + f"<div><div>{LIST}</div></div>",
    "after a heading": "<h3>Ключови изводи</h3>" + LIST,
    "after a bold line": "<p><strong>Основни резултати</strong></p>" + LIST,
    "after a heading and a sentence": "<h3>Изводи</h3><p>Участниците се обединиха около следното:</p>" + LIST,
    "capitals": "<p>ОСНОВНИ ИЗВОДИ:</p>" + LIST,
    "no-break spaces": "<p>Основните&nbsp;изводи&nbsp;са&nbsp;следните:</p>" + LIST,
    "no-break spaces, bold": "<p><b>Ключови&nbsp;изводи:</b></p>" + LIST,
    "cue at the end of a sentence": "<p>От дискусията бяха направени следните основни изводи:</p>" + LIST,
    "cue behind other sentences": "<p>Срещата беше полезна. Основните изводи са:</p>" + LIST,
    "dashes with line breaks": CUE + f"<p>{DASHES}</p>",
    "cue and dashes in one paragraph": f"<p>Основни изводи:<br>{DASHES}</p>",
    "lines without marks in one paragraph": "<p>Основни изводи:<br>" + "<br>".join(ITEMS) + "</p>",
    "bullets typed into paragraphs": CUE + "".join(f"<p>• {item}</p>" for item in ITEMS),
    "numbers typed into paragraphs": CUE + "".join(f"<p>{n}. {item}</p>" for n, item in enumerate(ITEMS, 1)),
    "paragraphs with semicolons": CUE + f"<p>{ITEMS[0]}</p><p>{ITEMS[1]}</p><p>{ITEMS[2]}</p>",
    "text behind the list": CUE + LIST + "<p>Срещата завърши с обяд.</p>",
    "other list behind": CUE + LIST + "<p>Партньори:</p><ul><li>Клъстер А</li><li>Клъстер Б</li></ul>",
    "nested under the cue": "<ul><li>Основни изводи:" + LIST + "</li><li>Друго</li></ul>",
    "definitions": CUE + "<dl>" + "".join(f"<dd>{item}</dd>" for item in ITEMS) + "</dl>",
    "table": CUE
    + "<table>"
    + "".join(f"<tr><td>{n}</td><td>{item}</td></tr>" for n, item in enumerate(ITEMS, 1))
    + "</table>",
    "English": "<p>The main conclusions of the discussion are the following:</p>" + LIST,
    "English heading": "<h2>Key takeaways</h2>" + LIST,
    "English messages": "<p><strong>Key messages:</strong></p>" + LIST,
    "German": "<h2>Die wichtigsten Erkenntnisse</h2>" + LIST,
    "French": "<h2>Principales conclusions</h2>" + LIST,
    "Spanish": "<h2>Principales conclusiones</h2>" + LIST,
    "Italian": "<h2>Le principali conclusioni</h2>" + LIST,
    "Polish": "<h2>Najważniejsze wnioski</h2>" + LIST,
    "Romanian": "<h2>Concluzii principale</h2>" + LIST,
    "Greek": "<h2>Κύρια συμπεράσματα</h2>" + LIST,
}

OTHERS = {
    "agenda": "<p>Програмата на събитието включва:</p>" + LIST,
    "partners": "<p>Участващи партньори в проекта:</p>" + LIST,
    "members": "<h3>Членове на клъстера</h3>" + LIST,
    "documents": "<p>Документи за кандидатстване:</p>" + LIST,
    "links": "<h3>Полезни връзки</h3>" + LIST,
    "aims": "<p>Основните цели на проекта са:</p>" + LIST,
    "activities": "<p>Основни дейности:</p>" + LIST,
    "no cue": "<p>На срещата присъстваха:</p>" + LIST,
    "cue in prose": "<p>Основните изводи бяха представени от професора пред всички гости.</p><p>Участваха:</p>" + LIST,
    "somebody else's list further down": "<p>Ключовите изводи ще бъдат публикувани скоро.</p><p>Благодарим на:</p>"
    + LIST,
    "list right behind prose": "<p>Ключовите изводи ще бъдат публикувани скоро.</p>" + LIST,
    "cue without a list": CUE + "<p>Сътрудничеството е важно за всички.</p><p>Още текст.</p>" + LIST,
    "cue at the end": LIST + CUE,
}


@pytest.mark.parametrize("name", SHAPES)
def test_takeaways(name: str, post: Callable[..., Capture], site: Site) -> None:
    assert extract(post("<p>Увод към новината.</p>" + SHAPES[name]), site).key_takeaways == ITEMS


@pytest.mark.parametrize("name", OTHERS)
def test_other_lists(name: str, post: Callable[..., Capture], site: Site) -> None:
    assert extract(post("<p>Увод към новината.</p>" + OTHERS[name]), site).key_takeaways == ()


ABOVE = {
    "a box": ("<div class='box'><p><strong>Key takeaways</strong>:</p><ul><li>Partnerships pay.</li><li>Support is needed.</li></ul></div>", 2),
    "a heading": ("<h2>Takeaways</h2><ul><li>Partnerships pay.</li><li>Support is needed.</li></ul>", 2),
    "links to parts of the page": ("<h2>Contents</h2><ul><li><a href='#a'>Partnerships</a></li><li><a href='#b'>Support</a></li></ul>", 0),
}  # fmt: skip


@pytest.mark.parametrize("name", ABOVE)
def test_takeaways_between_the_headline_and_the_body(name: str, page: Callable[..., Capture]) -> None:
    box, items = ABOVE[name]
    text = (
        "<p>The members of the cluster met in the town hall and spoke about the energy of the region for a long time.</p>"
        * 8
    )
    capture = page(
        f"<html lang='en'><head><title>One</title></head><body><main><h1>One</h1><div>{box}</div><div class='text'>{text}</div></main></body></html>"
    )
    document = read_document(capture)
    assert document is not None
    article = extract_any(capture, site_for_url(capture.url), document)
    assert len(article.key_takeaways) == items
    assert all(f"- {item}" in article.body for item in article.key_takeaways)
