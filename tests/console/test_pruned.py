"""A broadcast whose deliveries were pruned: its totals are told, and why nothing else is left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.widgets import Static

from hsl_tui.services import pruning
from hsl_tui.services.context import Context
from tests.conftest import FrozenClock
from tests.console.scene import console, deliver, notices, press, queue, shown, take_people

WHY = "Broadcast 1 was pruned: only the totals of its deliveries are left."


def prune(context: Context) -> None:
    pruning.prune(context, timedelta(days=30))


@pytest.fixture
def ended(sqlite_context: Context, clock: FrozenClock) -> Context:
    """A broadcast that ended forty days ago."""
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "Long ago")
    deliver(sqlite_context, one.id, sent=6, blocked=1, unreached=1, uncertain=2)
    clock.advance(days=40)
    return sqlite_context


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_its_totals_are_told(ended: Context, size: tuple[int, int]) -> None:
    prune(ended)
    async with console(ended, size=size) as pilot:
        facts = str(pilot.app.screen.query_one("#facts", Static).content)
        assert "pruned 2030-07-11 12:00 UTC: only the totals of its deliveries are left" in facts
        assert "✓ 6 sent" in shown(pilot)
        await press(pilot, "enter")
        assert "[all 10] sent 6  failed 2  uncertain 2" in shown(pilot)
        assert "Its deliveries were pruned, 2030-07-11 12:00 UTC." in shown(pilot)
        await press(pilot, "f")
        assert "Its deliveries were pruned" in shown(pilot)
        await press(pilot, "end", "colon", *"50%", "enter", "enter")
        assert notices(pilot) == []


@pytest.mark.parametrize("act", ["retry", "resolve", "edit", "recall", "export"])
async def test_what_needs_deliveries_is_refused_with_the_reason(ended: Context, act: str) -> None:
    prune(ended)
    async with console(ended) as pilot:
        await press(pilot, "ctrl+p", *f"broadcasts {act}", "enter")
        assert notices(pilot) == [WHY]


async def test_retrying_from_its_deliveries_says_why_not(ended: Context) -> None:
    prune(ended)
    async with console(ended) as pilot:
        for typed in ("deliveries retry", "deliveries resolve"):
            await press(pilot, "ctrl+p", *typed, "enter")
            assert notices(pilot)[-1] == WHY


async def test_it_is_pruned_while_one_looks_at_it(ended: Context) -> None:
    async with console(ended) as pilot:
        await press(pilot, "enter")
        assert "Ada Lovelace" in shown(pilot)
        prune(ended)
        await press(pilot, "ctrl+r")
        assert "Ada Lovelace" not in shown(pilot)
        assert "Its deliveries were pruned" in shown(pilot)
