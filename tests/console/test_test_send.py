"""Sending a message to a chat or two, to see it arrive."""

from __future__ import annotations

import dataclasses

import pytest
from pydantic import SecretStr
from textual.pilot import Pilot

from hsl_tui.console.widgets.message_editor import MessageEditor
from hsl_tui.services import audit, testing
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.telegram.simulator import FaultRule, Match, SimulatorThread
from tests.conftest import TOKEN
from tests.console.scene import console, notices, press, settle, shown, take_people


@pytest.fixture
def connected(sqlite_context: Context, simulator: SimulatorThread) -> Context:
    """An operator whose bot speaks to the simulated Telegram."""
    settings = Settings(bot_token=SecretStr(TOKEN), api_url=simulator.url)
    return dataclasses.replace(sqlite_context, settings=settings)


async def write(pilot: Pilot[None], text: str) -> None:
    await press(pilot, "f3")
    pilot.app.screen.query_one(MessageEditor).text = text
    await settle(pilot)
    await press(pilot, "f12")


async def test_each_chat_has_its_answer(connected: Context, simulator: SimulatorThread) -> None:
    take_people(connected, count=1)
    simulator.add_faults(FaultRule("blocked", Match(chats=frozenset({77}))))
    async with console(connected) as pilot:
        await write(pilot, "Hello <b>{{ first_name or 'you' }}</b>")
        await press(pilot, *"1001, 77", "enter")
        assert "✓ 1001 sent: message" in shown(pilot)
        assert "✗ 77 403 Forbidden: bot was blocked by the user" in shown(pilot)
        await press(pilot, "escape")
        # Where the last test went is where the next one may go.
        await press(pilot, "f12")
        assert "1001 77" in shown(pilot)
    assert [one.action for one in audit.latest(connected, limit=9)] == [
        "broadcast.test_result",
        "broadcast.test",
    ]


async def test_without_a_token_it_says_so(sqlite_context: Context) -> None:
    without = dataclasses.replace(sqlite_context, settings=Settings())
    async with console(without) as pilot:
        await write(pilot, "Hello")
        await press(pilot, *"1001", "enter")
        assert "✗ No bot token is set" in shown(pilot)
        assert "Sending" not in shown(pilot)
    assert audit.latest(without, limit=9) == []


@pytest.mark.parametrize(
    ("chats", "told"),
    [
        ("", "Say where to"),
        ("someone", "is not a chat id"),
        ("0", "0 is not a chat id"),
        (" ".join(map(str, range(1, 22))), "at most"),
    ],
)
async def test_what_is_no_chat_is_refused(connected: Context, chats: str, told: str) -> None:
    async with console(connected) as pilot:
        await write(pilot, "Hello")
        await press(pilot, *chats, "enter")
        assert told in shown(pilot)
    assert audit.latest(connected, limit=9) == []


async def test_a_text_that_would_be_refused_is_not_sent(connected: Context) -> None:
    async with console(connected) as pilot:
        await write(pilot, "Hello <b>you")
        await press(pilot, *"1001", "ctrl+r")
        assert "✗ Can't parse entities" in shown(pilot)
    assert audit.latest(connected, limit=9) == []


async def test_there_must_be_something_to_send(connected: Context) -> None:
    async with console(connected) as pilot:
        await write(pilot, " ")
        assert len(pilot.app.screen_stack) == 1
        assert notices(pilot) == ["Write the message first."]


def test_only_the_operators_own_chats_are_remembered(context: Context) -> None:
    assert testing.last_chats(context) == ()
    for actor, chats in (("tester from 198.51.100.7", [1, 2]), ("someone else", [3])):
        other = dataclasses.replace(context, actor=actor)
        with other.database.write() as session:
            other.record(session, "broadcast.test", chats=chats, text="x")
    assert testing.last_chats(context) == (1, 2)
