"""Cells as wide as they are counted, on every terminal."""

from __future__ import annotations

import pytest

from hsl_tui.console.preview.bubble import Bubble
from hsl_tui.console.preview.message import Message
from hsl_tui.console.widgets.columns import fit
from hsl_tui.telegram.markup import Entity


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
