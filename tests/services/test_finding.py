"""Broadcasts are found by number and by how they begin, on both databases."""

from __future__ import annotations

import pytest

from hsl_tui.services import queueing
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.finding import find_broadcasts
from hsl_tui.services.queueing import Order


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        ("LETTER", [3, 2, 1]),
        ("über", [2]),
        ("Über", [2]),
        ("2", [2]),
        ("#3", [3]),
        ("100%", [3]),
        ("1_0%", []),
        ("\x00", []),
        ("99999999999999999999", []),
    ],
)
def test_what_is_found(context: Context, sought: str, found: list[int]) -> None:
    for text in ("Letter one", "Letter <b>Über</b> two", "Letter at 100%"):
        queueing.queue(context, Order(Composition(text), ("all",), draft=True))
    assert [one.id for one in find_broadcasts(context, sought)] == found


def test_no_more_than_asked_for(context: Context) -> None:
    for _ in range(5):
        queueing.queue(context, Order(Composition("Letter"), ("all",), draft=True))
    assert [one.id for one in find_broadcasts(context, "letter", limit=2)] == [5, 4]
    assert [one.id for one in find_broadcasts(context, "1", limit=2)] == [1]
