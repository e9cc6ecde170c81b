"""A long list of which only a part is in memory."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hsl_tui.console.preview.bubble import Bubble
from hsl_tui.console.preview.message import Message
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.widgets.pages import PAGE, Pages
from hsl_tui.telegram.markup import Entity


class Numbers:
    """A list of numbers, read as a table reads its own."""

    def __init__(self, rows: Sequence[int]) -> None:
        self.rows = list(rows)
        self.pages: Pages[int] = Pages(lambda row: row)

    def read(self, number: int) -> bool:
        after = self.pages.after(number)
        start = 0 if after is None else self.rows.index(after) + 1
        return self.pages.put(number, self.rows[start : start + PAGE])

    def read_all(self) -> None:
        number: int | None = 0
        while number is not None:
            self.read(number)
            number = self.pages.missing(self.pages.length, self.pages.length)


def test_the_length_is_known_as_far_as_it_was_read() -> None:
    numbers = Numbers(range(250))
    numbers.read(0)
    assert (numbers.pages.length, numbers.pages.complete) == (100, False)
    assert numbers.pages.missing(50, 120) == 1
    numbers.read_all()
    assert (numbers.pages.length, numbers.pages.complete) == (250, True)
    assert numbers.pages.missing(200, 400) is None


def test_a_list_that_ends_with_a_page_is_complete() -> None:
    numbers = Numbers(range(200))
    numbers.read_all()
    assert (numbers.pages.length, numbers.pages.complete) == (200, True)


def test_few_pages_stay_in_memory_and_all_can_be_read_again() -> None:
    numbers = Numbers(range(2000))
    numbers.read_all()
    assert numbers.pages.row(0) is None
    assert numbers.pages.row(1999) == 1999
    assert numbers.pages.missing(0, 20) == 0
    numbers.read(0)
    assert numbers.pages.row(7) == 7
    assert numbers.pages.length == 2000


def test_reading_the_same_again_changes_nothing() -> None:
    numbers = Numbers(range(150))
    numbers.read_all()
    assert not numbers.read(0)
    assert not numbers.read(1)


def test_what_comes_in_at_the_head_leaves_no_gap() -> None:
    numbers = Numbers(range(300, 0, -1))
    numbers.read_all()
    numbers.rows.insert(0, 301)
    assert numbers.read(0)
    assert numbers.pages.missing(0, 150) == 1
    numbers.read_all()
    assert [numbers.pages.row(at) for at in range(301)] == numbers.rows


def test_what_is_gone_at_the_end_shortens_the_list() -> None:
    numbers = Numbers(range(250))
    numbers.read_all()
    del numbers.rows[150:]
    numbers.read(1)
    assert (numbers.pages.length, numbers.pages.complete) == (150, True)


def test_cells_are_cut_by_their_width_on_the_screen() -> None:
    assert fit("小明小明", 5) == "小明…"
    assert fit("小明小明", 6) == "小明… "
    assert fit("ab", 4, right=True) == "  ab"
    assert fit("a\nb\x1b", 8) == "a b\\x1b "
    assert fit("abc", 1) == "…"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("⚠️ Storm", "⚠ Storm"),
        ("👍🏽 Yes", "👍 Yes"),
        ("👩‍👩‍👧 Family", "👩👩👧 Family"),
        ("👩🏽‍⚕️", "👩⚕"),
        ("🏽 alone", "🏽 alone"),
        ("می‌خواهم", "می‌خواهم"),
        ("ශ්‍රී", "ශ්‍රී"),
    ],
)
def test_what_terminals_measure_differently_is_shown_in_its_plainest_form(
    written: str, shown: str
) -> None:
    assert fit(written, 20).rstrip() == shown
    message = Message(written, [Entity("bold", 0, 3)])
    assert Bubble(message).content(40).plain.splitlines()[1].strip("│ ") == shown
