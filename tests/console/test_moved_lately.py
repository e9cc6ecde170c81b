"""Who moved from state to state lately: in totals, one by one, and on a recipient's card."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.models.enums import RecipientState as State
from hsl_tui.services import recipients
from hsl_tui.services.context import Context
from tests.conftest import FrozenClock
from tests.console.scene import console, notices, press, shown, take_people


@pytest.fixture
def moved(sqlite_context: Context, clock: FrozenClock) -> Context:
    """Three who moved ten days ago, of whom one came back an hour ago."""
    take_people(sqlite_context, count=10)
    for chat in ("1001", "1002", "1003"):
        recipients.set_state(sqlite_context, chat, State.UNSUBSCRIBED, "asked [/b]\x1b[31m by mail")
    clock.advance(days=10)
    recipients.set_state(sqlite_context, "1002", State.ACTIVE, "came back")
    clock.advance(hours=1)
    return sqlite_context


def totals(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#totals", Static).content)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
async def test_totals_and_moves_of_a_stretch_of_time(moved: Context, size: tuple[int, int]) -> None:
    async with console(moved, size=size) as pilot:
        await press(pilot, "3", "m")
        assert totals(pilot) == "1  ● active  came back"
        assert "12:00        Grace Hopper" in shown(pilot)
        assert pilot.app.screen.query_one(PagedTable).length == 1
        await press(pilot, "p")
        assert totals(pilot).count("\n") == 0
        await press(pilot, "p")
        assert "[last month]" in shown(pilot)
        assert totals(pilot).splitlines()[0] == "3  ‖ unsubscribed  asked [/b]\\x1b[31m by mail"
        assert "\x1b" not in shown(pilot)
        await press(pilot, "s")
        assert totals(pilot) == "1  ● active  came back"
        await press(pilot, "S", "S")
        assert totals(pilot) == ""
        assert "Nobody moved." in shown(pilot)


async def test_one_of_them_leads_to_the_card_with_every_move(moved: Context) -> None:
    async with console(moved) as pilot:
        await press(pilot, "3", "m", "enter")
        shows = shown(pilot)
        assert "Grace Hopper  ● active  @user2 · chat 1002" in shows
        assert "since 2030-06-11 12:00 UTC: came back" in shows
        assert "2030-06-11 12:00 UTC  unsubscribed → ● active  came back" in shows
        assert "2030-06-01 12:00 UTC  active → ‖ unsubscribed  asked [/b]" in shows
        await press(pilot, "escape")
        assert "10 recipients" in shown(pilot)


async def test_where_nobody_moved_nothing_opens(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "m", "enter")
        assert notices(pilot) == ["There is nobody to show."]
        await press(pilot, "escape")
        assert "No recipients yet." in shown(pilot)


async def test_the_report_has_a_row_in_the_palette(moved: Context) -> None:
    async with console(moved) as pilot:
        await press(pilot, "ctrl+p", *"moved", "enter")
        assert "Moved lately" in shown(pilot)
