"""Reading the audit log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from textual.pilot import Pilot

from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.models.views import AuditView
from hsl_tui.services import audit, steering, templates
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from tests.console.scene import console, notices, press, queue, settle, shown, take_people


async def test_entries_newest_first_with_their_details(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello", "tag:news", "!tag:vip")
    async with console(sqlite_context) as pilot:
        await press(pilot, "4")
        assert "broadcast.queued  broadcast 1" in shown(pilot)
        assert "by tester" in shown(pilot)
        assert "to tag:news, !tag:vip" in shown(pilot)
        assert "recipients 2" in shown(pilot)


async def test_an_empty_log_says_what_will_be_there(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "4")
        assert "Nothing is on record yet." in shown(pilot)


async def test_paging_and_kinds(sqlite_context: Context) -> None:
    with sqlite_context.database.write() as session:
        for at in range(250):
            sqlite_context.record(session, "worker.lost" if at == 7 else "broadcast.test", at=at)
    async with console(sqlite_context) as pilot:
        await press(pilot, "4", "end")
        assert "     1  12:00" in shown(pilot)
        await press(pilot, "f", "f", "f")
        assert "[worker]" in shown(pilot)
        assert "worker.lost" in shown(pilot)
        assert "broadcast.test" not in shown(pilot)


async def test_the_fields_narrow_the_list(sqlite_context: Context) -> None:
    colleague = replace(sqlite_context, actor="ann from 10.0.0.7")
    with sqlite_context.database.write() as session:
        for who, action in (
            (sqlite_context, "broadcast.paused"),
            (colleague, "broadcast.resumed"),
            (colleague, "recipients.tagged"),
        ):
            who.record(session, action)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "4", "slash", "tab", *"ann", "enter")
        assert actions(pilot) == ["recipients.tagged", "broadcast.resumed"]
        await press(pilot, "slash", *"broadcast.r")
        assert actions(pilot) == ["broadcast.resumed"]
        await press(pilot, "escape")
        assert len(actions(pilot)) == 3
        await press(pilot, "slash", "tab", "tab", *"tomorrow 9:00", "enter")
        assert "Nothing like that is on record." in shown(pilot)
        await press(pilot, "escape", "slash", "tab", "tab", "tab", *"tomorrow 9:00", "enter")
        assert len(actions(pilot)) == 3


async def test_what_cannot_be_read_is_said_and_changes_nothing(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello")
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "4", "slash", "tab", "tab", *"soon")
        assert "✗ 'soon' is not a time" in shown(pilot)
        assert actions(pilot) == ["broadcast.queued"]
        await press(pilot, "escape", "slash", "shift+tab")
        assert "✗" not in shown(pilot)
        await press(pilot, "escape", "slash", "tab", "tab", "tab", "tab", *"one")
        assert "✗ A broadcast is told by its number." in shown(pilot)


async def test_all_about_the_broadcast_of_an_entry(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    first = queue(sqlite_context, "Hello").id
    queue(sqlite_context, "Hello again")
    steering.pause(sqlite_context, first)
    async with console(sqlite_context) as pilot:
        await press(pilot, "4", "b")
        assert actions(pilot) == ["broadcast.paused", "broadcast.queued"]
        await press(pilot, "escape")
        assert len(actions(pilot)) == 3


async def test_changes_show_as_what_was_and_what_is(sqlite_context: Context) -> None:
    templates.save(sqlite_context, "welcome", Composition("Hello\nWe begin at nine."))
    templates.save(sqlite_context, "welcome", Composition("Hello\nWe begin at ten.", silent=True))
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "4")
        assert "name welcome · changed text, silent" in shown(pilot)
        for line in ("- text: We begin at nine.", "+ text: We begin at ten.", "+ silent: yes"):
            assert line in shown(pilot)
        assert "text: Hello" not in shown(pilot)


async def test_an_entry_is_told_in_full(sqlite_context: Context) -> None:
    with sqlite_context.database.write() as session:
        sqlite_context.record(
            session,
            "broadcast.test",
            text="first\nsecond",
            results=[{"chat": 1, "status": "sent"}, {"chat": 2, "status": "failed [/b]\x1b[2J"}],
            many=list(range(60)),
        )
    async with console(sqlite_context) as pilot:
        await press(pilot, "4", "enter")
        assert "Entry 1" in shown(pilot)
        assert "many" in shown(pilot)
        await press(pilot, "G")
        assert "status  failed [/b]\\x1b[2J" in shown(pilot)
        assert "  second" in shown(pilot)
        await press(pilot, "y", "escape")
        assert "status  failed [/b]\\x1b[2J" in pilot.app.clipboard
        await press(pilot, "y")
        assert pilot.app.clipboard.startswith("broadcast.test")


async def test_long_logs_are_leaped_through(sqlite_context: Context) -> None:
    with sqlite_context.database.write() as session:
        for _ in range(1500):
            sqlite_context.record(session, "broadcast.test")
    async with console(sqlite_context) as pilot:
        await press(pilot, "4", "end")
        assert "     1  12:00" in shown(pilot)
        table = pilot.app.screen.query_one("#entries", PagedTable)
        assert table.virtual_size.height == 1501
        table.scroll_to(y=700, animate=False)
        await settle(pilot)
        assert "   800  12:00" in shown(pilot)
        await press(pilot, "home")
        assert "  1500  12:00" in shown(pilot)
        await press(pilot, "colon", *"321", "enter", "y")
        assert "321" in shown(pilot)
        row = table.row
        assert isinstance(row, AuditView)
        assert row.id == 321
        await press(pilot, "colon", *"100%", "enter")
        assert "     1  12:00" in shown(pilot)


async def test_an_empty_log_has_no_place_to_go_to(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "4", "colon")
        assert notices(pilot) == ["There is no entry to go to."]


# --- the chain ----------------------------------------------------------------------------------


async def test_the_state_of_the_chain_stays_in_view_and_follows(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    number = queue(sqlite_context, "Hello").id
    async with console(sqlite_context) as pilot:
        await press(pilot, "4")
        assert "✓ chain whole to #1" in shown(pilot)
        steering.pause(sqlite_context, number)
        await press(pilot, "ctrl+r")
        assert "✓ chain whole to #2" in shown(pilot)


async def test_a_long_chain_is_verified_bit_by_bit(
    sqlite_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_AT_ONCE", 7)
    with sqlite_context.database.write() as session:
        for _ in range(50):
            sqlite_context.record(session, "broadcast.test")
    async with console(sqlite_context) as pilot:
        await press(pilot, "4")
        assert "✓ chain whole to #50" in shown(pilot)


async def test_verifying_the_whole_chain(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        await press(pilot, "4", "v")
        assert notices(pilot) == ["The log is whole: 1 entry in an unbroken chain."]


async def test_a_broken_chain_stays_broken_until_it_is_verified_again(
    sqlite_context: Context,
) -> None:
    with sqlite_context.database.write() as session:
        for _ in range(5):
            sqlite_context.record(session, "broadcast.test")
    async with console(sqlite_context) as pilot:
        await press(pilot, "4")
        assert "✓ chain whole to #5" in shown(pilot)
        with sqlite_context.database.write() as session:
            session.execute(sa.text("DROP TRIGGER audit_log_no_update"))
            session.execute(sa.text("UPDATE audit_log SET actor = 'eve' WHERE id = 3"))
        # What was changed before the entry that is known to fit shows when all is gone through.
        await press(pilot, "v")
        assert "✗ broken at #3" in shown(pilot)
        assert notices(pilot)[-1].startswith("The audit log is broken at entry 3")
        await press(pilot, "ctrl+r")
        assert "✗ broken at #3" in shown(pilot)


def actions(pilot: Pilot[Any]) -> list[str]:
    """What the list shows, from its top."""
    table = pilot.app.screen.query_one("#entries", PagedTable)
    rows = [line for line in shown(pilot).splitlines() if "12:00  " in line]
    assert len(rows) == table.length
    return [_action(row) for row in rows]


def _action(row: str) -> str:
    return next(word for word in row.split() if "." in word and not word[0].isdigit())
