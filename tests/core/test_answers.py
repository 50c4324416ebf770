"""Pages that say 200 but are no article: "not found", logins, consent, robot checks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cluster_archive.captures import Capture
from cluster_archive.errors import NotAnArticle
from cluster_archive.extract import extract
from cluster_archive.sites import Site

Post = Callable[..., Capture]


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Page not found", "not-found"),
        ("404", "not-found"),
        ("Error 404 – nothing here", "not-found"),
        ("Страницата не е намерена", "not-found"),
        ("Seite nicht gefunden", "not-found"),
        ("Log in", "login"),
        ("Вход", "login"),
        ("Before you continue", "consent"),
        ("Just a moment...", "robot-check"),
    ],
)
def test_a_short_page_that_says_so_is_no_article(post: Post, site: Site, title: str, reason: str) -> None:
    with pytest.raises(NotAnArticle) as told:
        extract(post("<p>A few words only.</p>", title=title), site)
    assert told.value.reason == reason


@pytest.mark.parametrize("title", ["Page not found", "404", "Log in", "Just a moment..."])
def test_a_long_page_of_that_title_is_an_article(post: Post, site: Site, title: str) -> None:
    assert extract(post(f"<p>{'Many words of an article on errors. ' * 20}</p>", title=title), site).title == title


@pytest.mark.parametrize(
    "title",
    [
        "Клъстер Зелена синергия",
        "404 000 лева за нова лаборатория",
        "Входни данни за проекта",
        "Loginov joins the board",
    ],
)
def test_a_short_post_stays_an_article(post: Post, site: Site, title: str) -> None:
    assert extract(post("<p>Кратка новина.</p>", title=title), site).title == title


def test_references_to_control_characters_leave_nothing_and_those_of_windows_1252_their_letter(
    post: Post, site: Site
) -> None:
    article = extract(
        post("<p>a&#27;[31m b&#x9b;c &#150; d&#2;e &#128;5 &#xD800;f\x9bg\x7f</p>", title="T&#7;itle"), site
    )
    assert article.body == "a[31m b›c – de €5 fg"
    assert article.title == "Title"
