"""Text as a reader sees it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_archive.captures import Capture
from cluster_archive.extract import extract
from cluster_archive.extract.text import fold, fold_typed
from cluster_archive.sites import Site

CASES = {
    "paragraphs": ("<p>Едно</p><p>Две</p>", "Едно\n\nДве"),
    "one line break": ("<p>Едно<br>Две</p>", "Едно\nДве"),
    "two line breaks": ("<p>Едно<br><br/>Две</p>", "Едно\n\nДве"),
    "div with breaks": ("<div>Едно<br>\n Две<br>&nbsp;<br>Три</div>", "Едно\nДве\n\nТри"),
    "list": ("<ul><li>а</li><li>б</li></ul>", "- а\n\n- б"),
    "numbered list": ("<ol><li>а</li><li>б</li></ol>", "- а\n\n- б"),
    "nested list": ("<ul><li>а<ul><li>б</li></ul></li><li>в</li></ul>", "- а\n\n- б\n\n- в"),
    "paragraphs in an item": ("<ul><li><p>а</p><p>б</p></li></ul>", "- а\nб"),
    "table": (
        "<table><tr><th>Ден</th><th>Час</th></tr><tr><td>1</td><td><p>9:00</p></td></tr></table>",
        "Ден | Час\n1 | 9:00",
    ),
    "layout table": ("<table><tr><td><p>Едно</p><ul><li>две</li></ul></td></tr></table>", "Едно\n\n- две"),
    "drop cap": ('<p><span class="dropcap">К</span>лъстерът</p>', "Клъстерът"),
    "drop cap that is a word": ('<p><span class="dropcap">В</span> началото</p>', "В началото"),
    "script and style": ("<p>Едно<script>x()</script><style>p{}</style><!-- не --> две</p>", "Едно две"),
    "invisible characters": ("<p>Клъс\u00adтер\u200bът</p>", "Клъстерът"),
    "no-break spaces": ("<p>8&nbsp;май&nbsp; 2017</p><p>&nbsp;</p>", "8\u00a0май 2017"),
    "caption": ("<p>Едно</p><figure><img src='/a.jpg'><figcaption>Снимка</figcaption></figure>", "Едно"),
    "heading": ("<h2>Част</h2><p>Едно</p>", "Част\n\nЕдно"),
    "second h1": ("<p>Едно</p><h1>Още</h1><p>Две</p>", "Едно\n\nОще\n\nДве"),
    "headline repeated": ("<h1>Заглавие</h1><p>Едно</p>", "Едно"),
    "inline markup": ("<p><b>Кл</b>ъстер<i>ът</i></p>", "Клъстерът"),
    "quote": ("<blockquote><p>Казано</p></blockquote>", "Казано"),
    "share links": ('<p>Едно</p><div class="share_wrapper">0 <a>Сподели</a></div>', "Едно"),
    "author box": ('<p>Едно</p><div class="author-box">Автор</div>', "Едно"),
    "hidden": ('<p>Едно</p><p style="display: none">Скрито</p>', "Едно"),
    "embedded": ("<p>Едно</p><iframe src='https://example.org/v'>Видео</iframe>", "Едно"),
    "text from Word": ('<p class="MsoNormal"><span>Едно<o:p></o:p></span></p>', "Едно"),
}


@pytest.mark.parametrize("name", CASES)
def test_body(name: str, post: Callable[..., Capture], site: Site) -> None:
    markup, text = CASES[name]
    assert extract(post(markup), site).body == text


def test_a_post_named_after_its_terms_is_no_furniture(page: Callable[..., Capture], site: Site) -> None:
    html = (
        '<html><body class="single single-post sidebar"><div id="post-5" class="post hentry category-newsletter tag-links tags">'
        '<h1 class="entry-title">Заглавие</h1><div class="the_content_wrapper"><p>Текст</p></div></div></body></html>'
    )
    article = extract(page(html), site)
    assert (article.title, article.body) == ("Заглавие", "Текст")


def test_builder_pages_are_read_in_order(page: Callable[..., Capture], site: Site) -> None:
    columns = "".join(
        f'<div class="section mcb-section"><div class="wrap mcb-wrap"><div class="column mcb-column"><p>Колона {n} с текст.</p></div></div></div>'
        for n in range(3)
    )
    html = (
        f'<html><body class="single-post single"><h1 class="entry-title">З</h1><div class="post-wrapper-content">{columns}'
        '<div class="section the_content"><div class="the_content_wrapper"></div></div>'
        '<div class="section-post-about"><div class="author-box">Автор</div></div></div></body></html>'
    )
    assert extract(page(html), site).body == "\n\n".join(f"Колона {n} с текст." for n in range(3))


@given(st.text())
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold_typed(fold_typed(text)) == fold_typed(text)


@pytest.mark.parametrize("charset", ["windows-1251", "utf-8"])
@pytest.mark.parametrize("declared", ["header", "meta", "wrongly"])
def test_character_sets(charset: str, declared: str, page: Callable[..., Capture], site: Site) -> None:
    said = {"windows-1251": "utf-8", "utf-8": "windows-1251"}[charset] if declared == "wrongly" else charset
    meta = f'<meta charset="{said}">' if declared == "meta" else ""
    html = f'<html><head>{meta}</head><body class="single single-post"><h1 class="entry-title">Клъстерът на годината</h1></body></html>'
    header = "text/html" if declared == "meta" else f"text/html; charset={said}"
    article = extract(page(html.encode(charset), content_type=header), site)
    assert article.title == "Клъстерът на годината"
    assert [issue.code for issue in article.issues] == (["charset"] if declared == "wrongly" else [])
