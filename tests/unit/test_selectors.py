"""Selectors on one line, as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.models.selector import (
    Selector,
    SelectorKind,
    join_selectors,
    parse_selector,
    split_selectors,
)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("", []),
        ("all", ["all"]),
        ("  all   !tag:staff ", ["all", "!tag:staff"]),
        ('"tag:two words" all', ["tag:two words", "all"]),
        ('!tag:"two words"', ["!tag:two words"]),
        ("tag:o'brien all", ["tag:o'brien", "all"]),
        ('tag:"not closed yet', ["tag:not closed yet"]),
    ],
)
def test_a_line_is_taken_apart_at_its_blanks(line: str, words: list[str]) -> None:
    assert split_selectors(line) == words


_NAMES = st.text(st.characters(exclude_characters='"', exclude_categories=("C", "Z")), min_size=1)


@given(st.lists(st.tuples(st.lists(_NAMES, min_size=1).map(" ".join), st.booleans())))
def test_what_was_joined_is_taken_apart_again(tags: list[tuple[str, bool]]) -> None:
    selectors = [Selector(SelectorKind.TAG, name, exclude) for name, exclude in tags]
    words = split_selectors(join_selectors(selectors))
    assert [parse_selector(word) for word in words] == selectors
