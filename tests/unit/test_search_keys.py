"""Names folded to search keys, and the ranges that beginnings are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.store import search_keys


@pytest.mark.parametrize(
    ("written", "searched"),
    [
        ("Ada", "ADA"),
        ("Юлия", "юлИЯ"),
        ("Алексей", "алексе"),
        ("Фёдор", "федор"),
        ("İbrahim", "ibrahim"),
        ("I\u015f\u0131l", "isil"),
        ("Zoë", "zoe"),
        ("Åsa", "a\u030asa"),
        ("Großmann", "GROSSMANN"),
        ("\uff21\uff24\uff21", "ada"),
        ("\u03aa", "\u03b9"),
        ("\u200bAda\u202e", "ada"),
        ("  Ada \t Lovelace", "ada love"),
        ("王 小明", "王"),
        ("한국", "한"),
        ("x" * 100, "x" * 100),
    ],
)
def test_what_counts_as_the_same(written: str, searched: str) -> None:
    assert search_keys.fold(written).startswith(search_keys.fold(searched))


@given(st.text(max_size=50))
def test_keys_are_short_and_fit_for_databases(text: str) -> None:
    key = search_keys.fold(text)
    assert len(key) <= search_keys.LENGTH
    assert "\0" not in key
    key.encode()


NAME = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@given(first=NAME, last=NAME)
def test_a_key_of_two_names_is_that_of_both_in_a_row(first: str, last: str) -> None:
    name_key, last_name_key, username_key = search_keys.key_cells(first, last, None)
    assert (name_key or "") == search_keys.fold(f"{first} {last}")
    assert (last_name_key or "") == search_keys.fold(last)
    assert username_key is None


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


@given(beginning=TEXT, other=TEXT)
def test_a_beginning_is_a_range(beginning: str, other: str) -> None:
    end = search_keys.end(beginning)
    low, key = beginning.encode(), other.encode()
    within = low <= key and (end is None or key < end.encode())
    assert within is other.startswith(beginning)


def test_there_is_nothing_behind_the_last_character() -> None:
    assert search_keys.end("\U0010ffff") is None
    assert search_keys.end("a\U0010ffff") == "b"
    assert search_keys.end("\ud7ff") == "\ue000"
