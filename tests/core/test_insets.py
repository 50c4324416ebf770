"""What stands between and behind the paragraphs of a body, on pages whose names say nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cluster_archive.captures import Capture
from cluster_archive.document import read_document
from cluster_archive.extract import extract_any
from cluster_archive.sites import Site

FIRST, SECOND, THIRD = (
    f"The {thing} of the harbour town was rebuilt by forty firms, which shared their cranes, their lorries and most of "
    "their costs, and who wrote down what they had learned so that others would not have to learn it again."
    for thing in ("mill", "bridge", "lighthouse")
)
PICTURE = '<img src="/a.jpg" width="800" height="600">'


@pytest.fixture
def body(page: Callable[..., Capture], site: Site) -> Callable[[str], str]:
    """The body of a page that holds the markup behind its headline."""

    def read(markup: str, around: str = "") -> str:
        html = f"<html><body><div><div><h1>Forty firms build</h1><div>{markup}</div></div>{around}</div></body></html>"
        capture = page(html)
        document = read_document(capture)
        assert document is not None
        return extract_any(capture, site, document).body

    return read


@pytest.mark.parametrize(
    "box",
    [
        f"<div>{PICTURE}<div>Workers on the scaffold in spring</div></div>",
        f'<div><a href="/other/">{PICTURE}<h4>Ferries go again</h4></a><p>The ferries have gone twice a day since May.</p></div>',
        '<section><h3>Never miss a thing</h3><p>Our letter comes on Fridays.</p><input type="email"></section>',
        '<div><p>Would you have built it?</p><label><input type="radio">I would</label></div>',
        "<div><video></video><p>How the cranes were moved, in two minutes.</p></div>",
    ],
    ids=["caption", "teaser", "newsletter", "poll", "player"],
)
def test_insets_are_no_text(box: str, body: Callable[[str], str]) -> None:
    markup = f"<p>{FIRST}</p><p>{SECOND}</p>{box}<p>{THIRD}</p>"
    assert body(markup) == f"{FIRST}\n\n{SECOND}\n\n{THIRD}"


@pytest.mark.parametrize(
    ("box", "text"),
    [
        (f"<div>{PICTURE}<h3>The cranes</h3><p>Three were hired.</p></div>", "The cranes\n\nThree were hired."),
        (f"<div>{PICTURE}<ul><li>sand</li><li>stone</li></ul></div>", "- sand\n\n- stone"),
        (f"<div>{PICTURE}<blockquote><p>We had no plan.</p></blockquote></div>", "We had no plan."),
        ("<div><p>It took two years.</p></div>", "It took two years."),
        (f"<p>{PICTURE} It took two years.</p>", "It took two years."),
    ],
    ids=["section", "list", "quote", "no picture", "paragraph"],
)
def test_parts_of_the_text_with_pictures_stay(box: str, text: str, body: Callable[[str], str]) -> None:
    assert body(f"<p>{FIRST}</p><p>{SECOND}</p>{box}<p>{THIRD}</p>") == f"{FIRST}\n\n{SECOND}\n\n{text}\n\n{THIRD}"


def test_a_standfirst_beside_the_first_picture_stays(body: Callable[[str], str]) -> None:
    lead = "Forty firms of one town have built a mill, a bridge and a lighthouse together."
    text = body(f"<div>{PICTURE}<p>{lead}</p></div><p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p>")
    assert text == "\n\n".join((lead, FIRST, SECOND, THIRD))


@pytest.mark.parametrize("heading", ["3 Comments", "Kommentare", "Leave a reply", "Коментари"])
def test_what_readers_say_is_no_text(heading: str, body: Callable[[str], str]) -> None:
    said = "".join(f"<li>Reader {number}<p>{SECOND}</p></li>" for number in range(3))
    assert body(f"<p>{FIRST}</p><p>{THIRD}</p><h3>{heading}</h3><ol>{said}</ol>") == f"{FIRST}\n\n{THIRD}"


@pytest.mark.parametrize("heading", ["Related articles", "Das könnte Sie interessieren", "Подобни новини"])
def test_other_articles_behind_the_text_are_no_text(heading: str, body: Callable[[str], str]) -> None:
    others = (
        f"<div><h3>{heading}</h3><div><h4>Ferries go again</h4><p>They have gone twice a day since May.</p></div></div>"
    )
    assert body(f"<p>{FIRST}</p><p>{SECOND}</p>{others}") == f"{FIRST}\n\n{SECOND}"
    assert body(f"<p>{FIRST}</p><p>{SECOND}</p>{others}<p>{THIRD}</p>").endswith(THIRD)


def test_a_heading_of_the_text_does_not_end_it(body: Callable[[str], str]) -> None:
    text = f"<p>{FIRST}</p><p>{SECOND}</p><h3>Comments of the ministry</h3><section><p>{THIRD}</p></section>"
    assert body(text).endswith(f"Comments of the ministry\n\n{THIRD}")


def test_the_text_stands_where_the_headline_does(body: Callable[[str], str]) -> None:
    imprint = "".join(
        f"<p>Office {number}: open on weekdays, closed in August and on all holidays.</p>" for number in range(9)
    )
    assert body(f"<p>{FIRST}</p><p>{SECOND}</p>", around=f"<div><div>{imprint}</div></div>") == f"{FIRST}\n\n{SECOND}"


def test_a_form_for_comments_is_no_text(body: Callable[[str], str]) -> None:
    rules = "<p>Write as you would speak to a guest: politely, to the point, and with your own name.</p>" * 5
    form = f"<form>{rules}<input name='who'><textarea></textarea></form>"
    assert body(f"<p>{FIRST}</p><p>{SECOND}</p>{form}") == f"{FIRST}\n\n{SECOND}"
