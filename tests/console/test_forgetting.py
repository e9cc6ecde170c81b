"""Forgetting a recipient for good, with the chat id typed by hand."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Static

from hsl_tui.models.enums import RecipientState
from hsl_tui.services import forgetting, recipients
from hsl_tui.services.context import Context
from hsl_tui.store import audit
from tests.console.scene import HOSTILE, console, deliver, notices, press, queue, shown, take_people


def asked(pilot: Pilot[None]) -> str:
    return "\n".join(str(said.content) for said in pilot.app.screen.query(Static))


async def test_a_recipient_is_forgotten_from_its_card(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    ended = queue(sqlite_context, "The first letter", "chat:1001")
    deliver(sqlite_context, ended.id, sent=1)
    queue(sqlite_context, "Still to come", "all", hours=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "enter", "x")
        assert "Forget Ada Lovelace" in shown(pilot)
        assert "✗ names, user name, chat id, language, tags and attributes" in asked(pilot)
        assert "✓ the counts of all broadcasts" in asked(pilot)
        assert "Type 1001 to go on:" in shown(pilot)
        await press(pilot, *"1002", "enter")
        assert "✗ not this number" in asked(pilot)
        assert pilot.app.screen.query_one("#forget", Button).disabled
        await press(pilot, "backspace", "1", "enter")
        pilot.app.screen.query_one("#reason", Input).value = "asked by mail"
        pilot.app.screen.query_one("#forget", Button).focus()
        await press(pilot, "enter")
        assert notices(pilot)[-1].startswith("Forgotten: 2 deliveries stay counted, 1 cancelled")
        assert "9 recipients" in shown(pilot)
        assert "Ada Lovelace" not in shown(pilot).partition("Chat")[2][:200]
        # What was sent to whom is counted under no name.
        await press(pilot, "f2", "end", "enter")
        assert "1  ✓ sent       forgotten" in shown(pilot)
        await press(pilot, "enter", "r")
        assert notices(pilot)[-1] == "This recipient was forgotten: there is no card."
    with sqlite_context.database.read() as session:
        (entry,) = audit.latest(session, limit=1)
    assert entry.action == "recipient.forgotten"
    assert entry.details["reason"] == "asked by mail"


async def test_leaving_the_question_forgets_nobody(sqlite_context: Context) -> None:
    take_people(sqlite_context, (*HOSTILE,), count=4)
    async with console(sqlite_context, size=(60, 20)) as pilot:
        await press(pilot, "3", "down", "x")
        assert "\x1b" not in shown(pilot)
        assert "Type 1002 to go on:" in shown(pilot)
        await press(pilot, *"1002", "escape")
        assert notices(pilot) == []
    assert recipients.count(sqlite_context) == 4


async def test_it_is_refused_while_something_still_to_come_names_them(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Lovelace is coming, write to @user1", "chat:1002", hours=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "x", *"1001", "tab", "enter")
        assert "holds this person, and it has not ended" in notices(pilot)[-1]
    assert recipients.count(sqlite_context) == 3


async def test_there_is_nobody_to_forget_in_an_empty_list(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "x")
        assert notices(pilot) == ["There is nobody to forget."]


@pytest.mark.parametrize("key", ["enter", "space"])
async def test_who_moved_and_was_forgotten_has_no_card(sqlite_context: Context, key: str) -> None:
    take_people(sqlite_context, count=3)
    recipients.set_state(sqlite_context, "1001", RecipientState.UNSUBSCRIBED, "asked")
    forgetting.forget(sqlite_context, "1001")
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "m", key)
        assert "forgotten" in shown(pilot)
        expected = ["This recipient was forgotten: there is no card."] if key == "enter" else []
        assert notices(pilot) == expected
