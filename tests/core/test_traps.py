"""Traps are told by the pattern of addresses and by what these bring."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cluster_archive.discover import Budgets, is_spiral
from cluster_archive.discover.traps import patterns_of


def test_the_days_of_a_calendar_are_of_one_pattern() -> None:
    first, second = (patterns_of(f"https://example.org/agenda/2024-{month}-01/")[0] for month in ("01", "11"))
    assert first == second == "example.org/agenda/N-N-N" or first == second == "example.org/agenda/*"


def test_values_of_parameters_do_not_make_a_pattern_but_their_names_do() -> None:
    one, two, other = (patterns_of(f"https://example.org/list?{query}")[0] for query in ("a=1&b=2", "b=3&a=4", "c=1"))
    assert one == two != other


def test_posts_of_a_folder_are_of_one_pattern_and_other_folders_of_others() -> None:
    one, two = (
        patterns_of("https://example.org/news/a-long-title/")[1],
        patterns_of("https://example.org/news/other/")[1],
    )
    assert one == two != patterns_of("https://example.org/m/other/")[1]


def test_a_path_that_repeats_itself_is_a_spiral() -> None:
    assert is_spiral("https://example.org/a/b/a/b/a/b/a/b/")
    assert is_spiral("https://example.org/" + "x/".join(map(str, range(30))))
    assert not is_spiral("https://example.org/2024/05/05/news-of-may/")


def test_a_pattern_that_leads_to_nothing_new_becomes_a_trap_and_another_does_not() -> None:
    budgets = Budgets(budget=8)
    made = [budgets.note(f"https://example.org/m/{number}/", "pages", new=False) for number in range(8)]
    assert made[:7] == [None] * 7
    assert made[7] is not None
    assert made[7].requests == 8
    assert budgets.trap_of("https://example.org/m/99/", "pages") is made[7]
    assert budgets.trap_of("https://example.org/news/a/", "pages") is None


def test_what_brings_something_now_and_then_is_no_trap() -> None:
    budgets = Budgets(budget=8)
    for number in range(1000):
        assert budgets.note(f"https://example.org/m/{number}/", "pages", new=number % 7 == 0) is None
    assert not budgets.traps


def test_a_host_whose_patterns_all_lead_nowhere_is_left_in_the_end() -> None:
    budgets = Budgets(budget=8)
    asked = 0
    for number in range(1000):
        url = f"https://example.org/{'abcdefghijklmnopqrstuvwxyz'[number % 26]}{'x' * (number // 26)}/list"
        if budgets.trap_of(url, "lists") is None:
            asked += 1
            budgets.note(url, "lists", new=False)
    assert asked <= 20


@given(st.text(max_size=200))
def test_any_address_has_patterns_and_nothing_is_raised(text: str) -> None:
    url = f"https://example.org/{text}"
    assert len(patterns_of(url)) == 3
    assert is_spiral(url) in (True, False)


@given(st.lists(st.booleans(), max_size=60))
def test_a_trap_is_made_exactly_where_the_budget_is_spent_in_a_row(brought: list[bool]) -> None:
    budgets = Budgets(budget=5)
    for new in brought:
        budgets.note("https://example.org/m/1", "pages", new=new)
    longest = max((len(run) for run in "".join(".x"[new] for new in brought).split("x")), default=0)
    assert bool(budgets.traps) == (longest >= 5)
