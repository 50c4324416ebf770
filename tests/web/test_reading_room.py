"""The reading room: what is shown, in which language, and how it is found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from lxml import etree, html

from cluster_archive.archive import Collection, read_records
from cluster_archive.errors import BadArchive
from cluster_archive.web.catalogue import fold, words_of
from cluster_archive.web.pages import blocks_of
from cluster_archive.web.room import Room
from cluster_archive.web.texts import ISSUES, TEXTS
from cluster_archive.web.words import language_for

from .conftest import Asker, Made


def titles(text: str) -> list[str]:
    return ["".join(one.itertext()).strip() for one in html.fromstring(text).cssselect(".card h2, .card h3")]


def test_articles_stand_by_date_with_the_undated_last(ask: Asker) -> None:
    page = ask("/?lang=bg")
    assert page.status == 200
    assert [title[:8] for title in titles(page.text)] == [
        "Клъстерът"[:8], "Cluster ", "<script>", "Променен", "Изгубена", "Без ден"
    ]  # fmt: skip
    assert [one.text for one in html.fromstring(page.text).cssselect("section h2")] == [
        "2018", "2017", "2016", "2015", "Без дата"
    ]  # fmt: skip
    assert "между 14 ноември 2017 г. и 18 декември 2017 г." in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("клъстер", ["Клъстерът на изложение", "Без ден"]),
        ("КЛЪСТЕР", ["Клъстерът на изложение", "Без ден"]),
        ("водата пловдив", ["Клъстерът на изложение"]),
        ('"в Пловдив"', ["Клъстерът на изложение"]),
        ('"Пловдив в"', []),
        ("water", ["Cluster fair"]),
        ("няматакова", []),
    ],
)
def test_search_finds_what_has_all_the_words(ask: Asker, query: str, found: list[str]) -> None:
    page = ask(f"/?lang=bg&q={quote(query)}")
    assert titles(page.text) == found
    assert ("Няма статия" in page.text) == (not found)


def test_what_was_found_is_marked(ask: Asker) -> None:
    page = html.fromstring(ask(f"/?q={quote('клъстер')}").text)
    assert [one.text for one in page.cssselect("mark")] == ["Клъстер", "клъстер"]


@pytest.mark.parametrize(
    "query", ["%00", "%FF", "%22", "%22%22%22", "*", "((", "[a", "\\", "%25", "a" * 5000, "%20", "%F0%9F%98%80", "<i>"]
)
def test_odd_queries_are_answered(ask: Asker, query: str) -> None:
    assert ask(f"/?q={quote(query, safe='%')}").status == 200


def test_a_list_is_narrowed_and_the_choice_kept(ask: Asker) -> None:
    assert titles(ask("/?language=en").text) == ["Cluster fair"]
    assert titles(ask("/?year=2016").text) == ["Променена"]
    page = ask(f"/?lang=bg&category={quote('Новини')}")
    assert len(titles(page.text)) == 2
    chosen = html.fromstring(page.text).cssselect("select[name=category] option[selected]")
    assert [one.get("value") for one in chosen] == ["Новини"]


def test_pages_are_numbered_and_the_last_is_the_last(ask: Asker, more_articles: Callable[[int], None]) -> None:
    more_articles(50)
    first = html.fromstring(ask("/?lang=en").text)
    assert [one.get("href") for one in first.cssselect(".pager a")] == ["/?lang=en&page=2"]
    last = html.fromstring(ask("/?lang=en&page=3").text)
    assert len(last.cssselect(".card")) == 2
    assert [one.get("rel") for one in last.cssselect(".pager a")] == ["prev"]
    assert ask("/?page=4").status == 404
    for odd in ("0", "-1", "x", "1e9", "٣", ""):
        assert ask(f"/?page={quote(odd)}").status == 200


def test_a_new_dataset_is_seen_at_the_next_request(ask: Asker, more_articles: Callable[[int], None]) -> None:
    assert len(titles(ask("/").text)) == 6
    more_articles(3)
    assert titles(ask("/").text) == [f"Новина {number}" for number in (0, 1, 2)]


def test_a_dataset_that_is_torn_or_absent_is_no_end(ask: Asker, made: Made) -> None:
    path = made.collection.dataset / "articles.jsonl"
    path.write_bytes(path.read_bytes()[:-40] + b"\n[]\nnull\n{}\n\xff\n")
    assert len(titles(ask("/").text)) == 5
    assert "5" in ask("/about?lang=en").text.partition("Lines that cannot be read")[2][:40]
    path.write_bytes(b"")
    assert "There are no articles" in ask("/?lang=en").text
    path.unlink()
    assert "There are no articles" in ask("/?lang=en").text
    assert ask("/about").status == 200


def test_a_line_of_another_schema_is_listed_and_no_more(ask: Asker, made: Made) -> None:
    path = made.collection.dataset / "articles.jsonl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"word_count"', '"words_of_tomorrow":1,"word_count"'), encoding="utf-8")
    assert len(titles(ask("/").text)) == 6
    assert ask(f"/article/{made.id('twice')}").status == 404


def test_an_article_has_its_parts(ask: Asker, made: Made) -> None:
    page = html.fromstring(ask(f"/article/{made.id('twice')}?lang=en").text)
    assert page.cssselect("h1")[0].text == "Променена"
    assert page.cssselect("h1")[0].getparent().get("lang") == "bg"
    captures = page.cssselect("#captures ~ .wide tbody tr")
    assert [one.cssselect("a")[0].text for one in captures] == ["5 June 2024, 07:08 UTC", "6 May 2024, 07:08 UTC"]
    assert "at=20240605070809" in captures[0].cssselect("a")[0].get("href")
    text = page.text_content()
    ref = made.articles["twice"].warc
    assert ref is not None
    for told in ("Version 2", ref.record_id, ref.payload_digest, str(ref.offset)):
        assert str(told) in text


def test_doubts_are_told_in_plain_words(ask: Asker, made: Made) -> None:
    assert "източниците сочат различни дни" in ask(f"/article/{made.id('evil')}?lang=bg").text


def test_neighbours_are_those_of_the_list(ask: Asker, made: Made) -> None:
    page = html.fromstring(ask(f"/article/{made.id('english')}").text)
    told = [(one.get("rel"), one.get("href")) for one in page.cssselect(".neighbours a")]
    assert told == [("prev", f"/article/{made.id('klaster')}"), ("next", f"/article/{made.id('evil')}")]


def test_the_line_and_the_record_can_be_taken_away(ask: Asker, made: Made, tmp_path: Path) -> None:
    line = ask(f"/article/{made.id('twice')}.json")
    assert json.loads(line.body)["title"] == "Променена"
    record = ask(f"/record/{made.id('twice')}")
    path = tmp_path / "one.warc.gz"
    path.write_bytes(record.body)
    (read,) = read_records(path, lambda fault: pytest.fail(str(fault)))
    assert read.type == "response"
    assert read.block.endswith(b"<p>changed</p>")
    assert ask(f"/record/{made.id('lost')}").status == 404


def test_pictures_come_from_the_archive_alone(ask: Asker, made: Made) -> None:
    statuses = [ask(f"/picture/{made.id('evil')}/{number}").status for number in range(6)]
    assert statuses == [200, 200, 200, 404, 404, 404]  # fake.png is no picture, absent.png was not captured
    shown = ask(f"/picture/{made.id('evil')}/1")
    assert shown.headers["content-type"] == "image/png"
    assert ask(f"/picture/{made.id('evil')}/1", If_None_Match=shown.headers["etag"]).status == 304


def test_documents_are_downloads(ask: Asker, made: Made) -> None:
    shown = ask(f"/document/{made.id('evil')}/0")
    assert shown.headers["content-disposition"] == "attachment; filename*=UTF-8''a.pdf"
    assert shown.body.startswith(b"%PDF")
    assert ask(f"/document/{made.id('evil')}/1").status == 404


def test_without_an_index_the_archive_itself_is_read(ask: Asker, made: Made) -> None:
    for path in made.collection.indexes.iterdir():
        path.unlink()
    assert ask(f"/picture/{made.id('evil')}/0").status == 200
    assert list(made.collection.indexes.iterdir()) == []


def test_the_about_page_tells_the_last_check(ask: Asker, made: Made) -> None:
    assert "not been checked" in ask("/about?lang=en").text
    log = made.collection.root / "fixity.jsonl"
    log.write_text('{"time": "2024-05-06T07:08:09Z", "faults": 2}\n', encoding="utf-8")
    assert "6 May 2024, 07:08 UTC: 2 fault(s)" in ask("/about?lang=en").text
    with log.open("a", encoding="utf-8") as file:
        file.write('{"time": "2024-06-06T07:08:09Z", "what": "repair"}\n[1]\ntorn')
    assert "6 May 2024, 07:08 UTC: 2 fault(s)" in ask("/about?lang=en").text
    log.write_text("torn", encoding="utf-8")
    assert "not been checked" in ask("/about?lang=en").text


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("bg", "bg"),
        ("bg-BG,en;q=0.5", "bg"),
        ("de,en;q=0.8,bg;q=0.9", "bg"),
        ("de", "en"),
        ("", "en"),
        (";q=x,bg", "bg"),
    ],
)
def test_the_language_is_the_browsers(accepted: str, language: str) -> None:
    assert language_for(None, accepted, None) == language
    assert language_for("bg", accepted, "en") == "bg"
    assert language_for("xx", accepted, "bg") == "bg"


def test_the_language_that_was_chosen_stays_in_links(ask: Asker) -> None:
    page = html.fromstring(ask("/?lang=bg&q=water", Accept_Language="en").text)
    assert page.get("lang") == "bg"
    assert all("lang=bg" in one.get("href") for one in page.cssselect(".card a, .top .name a"))
    other = page.cssselect(".languages a[lang=en]")[0].get("href")
    assert "lang=en" in other
    assert "q=water" in other


def test_each_language_says_everything() -> None:
    assert TEXTS["bg"].keys() == TEXTS["en"].keys()
    assert ISSUES["bg"].keys() == ISSUES["en"].keys()
    for key, text in TEXTS["en"].items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", TEXTS["bg"][key])), key


def test_pages_are_well_formed_and_have_what_a_screen_reader_needs(ask: Asker, made: Made) -> None:
    paths = ["/", "/?q=nothing-at-all", "/about", "/nothing", *(f"/article/{one.id}" for one in made.articles.values())]
    paths.append(f"/replay/{made.id('twice')}")
    for path in paths:
        text = ask(path).text
        parser = etree.HTMLParser(encoding="utf-8")
        page = etree.fromstring(text.encode(), parser)
        wrong = [
            entry.message
            for entry in parser.error_log
            if not re.search(
                r"Tag (header|nav|main|article|section|figure|"
                r"figcaption|aside|footer|time|mark|details|summary) invalid",
                entry.message,
            )
        ]  # fmt: skip - libxml2 knows HTML 4
        assert wrong == [], path
        ids = page.xpath("//@id")
        assert len(ids) == len(set(ids)), path
        assert page.get("lang") in ("bg", "en")
        assert len(page.xpath("//h1")) == 1, path
        assert len(page.xpath("//main")) == 1
        assert page.xpath("//title")[0].text.strip()
        assert not page.xpath("//img[not(@alt)] | //iframe[not(@title)] | //*[@style] | //script | //style"), path
        assert set(page.xpath("//@aria-labelledby")) <= set(ids), path
        for field in page.xpath("//input[not(@type='hidden')] | //select"):
            assert field.xpath("ancestor::label") or page.xpath(f"//label[@for='{field.get('id')}']"), path


def test_a_folder_that_is_no_collection_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadArchive, match="no collection"):
        Room(Collection(tmp_path))


def test_words_of_a_query() -> None:
    assert words_of('Клъстер "Зелена  Синергия" клъстер') == ("клъстер", "зелена синергия")
    assert words_of("") == words_of('""') == words_of("\0 ") == ()
    assert len(words_of(" ".join(map(str, range(100))))) == 8
    assert fold("И\u0306ОД\u00a0 Straße") == "йод strasse"


def test_blocks_of_a_body() -> None:
    assert blocks_of("One\ntwo\n\n- a\n\n- b\nc\n\nx | y\nz | w") == [
        ("text", [["One", "two"]]),
        ("list", [["a"], ["b", "c"]]),
        ("table", [["x", "y"], ["z", "w"]]),
    ]
    assert blocks_of("") == []
