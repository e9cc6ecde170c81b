"""The review: what it says, for whom it shows the message, and what it takes to queue."""

from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from pydantic import SecretStr
from textual.pilot import Pilot
from textual.widgets import Button, Input

from hsl_tui.console.widgets.message_editor import MessageEditor
from hsl_tui.services import broadcasts
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON, TOKEN, FrozenClock
from tests.console.scene import console, deliver, notices, press, queue, settle, shown, take_people

TEXT = "Hello {{ first_name }}"


def having(context: Context, **settings: object) -> Context:
    made = Settings.model_validate({"bot_token": SecretStr(TOKEN), **settings})
    return dataclasses.replace(context, settings=made)


async def review(pilot: Pilot[None], text: str = TEXT, to: str = "all", when: str = "") -> str:
    await press(pilot, "f3")
    screen = pilot.app.screen
    screen.query_one(MessageEditor).text = text
    screen.query_one("#to", Input).value = to
    screen.query_one("#when", Input).value = when
    await settle(pilot)
    await press(pilot, "ctrl+r")
    return " ".join(shown(pilot).replace("│", " ").split())


async def test_it_shows_the_message_to_one_recipient_after_the_other(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=4)
    async with console(sqlite_context) as pilot:
        said = await review(pilot)
        assert "First Ada Lovelace, Grace Hopper, Jörg Müller, 王 小明" in said
        assert "As Ada Lovelace will read it" in said
        await press(pilot, "f9", "f9")
        assert "As Jörg Müller (3 of 4) will read it" in shown(pilot)
        assert "Hello Jörg" in shown(pilot)
        await press(pilot, "f9", "f9", "f8")
        assert "Hello Jörg" in shown(pilot)


async def test_one_who_is_left_out_is_stepped_over_with_the_reason(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=1)
    with sqlite_context.database.write() as session:
        take_in(session, [Arrival(77, first_name="New", attributes={"town": "Bonn"})], now=NOON)
    async with console(sqlite_context) as pilot:
        await review(pilot, "Rain in {{ town }}")
        await press(pilot, "f9", "f8")
        assert "Recipient 1 of 2 is left out:" in shown(pilot)
        assert "'town' is undefined" in shown(pilot)
        await press(pilot, "f9")
        assert "Rain in Bonn" in shown(pilot)


async def test_many_recipients_have_their_number_typed(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1200)
    async with console(sqlite_context) as pilot:
        await review(pilot)
        assert "Type 1,200 to go on:" in shown(pilot)
        button = pilot.app.screen.query_one("#queue", Button)
        await press(pilot, "enter", *"120", "enter")
        assert button.disabled
        assert "not this number" in shown(pilot)
        await press(pilot, "0", "0")
        assert button.disabled
        assert broadcasts.latest(sqlite_context) == []
        await press(pilot, "backspace", "enter")
        assert notices(pilot) == ["Broadcast 1 is queued for 1,200 recipients."]


@pytest.mark.parametrize(("above", "typed"), [(0, True), (39, True), (40, False)])
async def test_the_settings_say_how_many_are_many(
    sqlite_context: Context, above: int, *, typed: bool
) -> None:
    take_people(sqlite_context, count=40)
    async with console(having(sqlite_context, confirm_above=above)) as pilot:
        assert ("Type 40 to go on:" in await review(pilot)) is typed
        assert pilot.app.screen.query_one("#queue", Button).disabled is typed


async def test_digits_may_be_grouped(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1001)
    async with console(sqlite_context) as pilot:
        await review(pilot)
        await press(pilot, *"1,001", "tab", "enter")
        assert notices(pilot) == ["Broadcast 1 is queued for 1,001 recipients."]


async def test_it_tells_who_had_the_same_text_lately(
    sqlite_context: Context, clock: FrozenClock
) -> None:
    take_people(sqlite_context, count=40)
    deliver(sqlite_context, queue(sqlite_context, TEXT, "tag:vip").id, sent=7, blocked=1)
    clock.advance(hours=5)
    queue(sqlite_context, TEXT, "tag:staff", hours=20)
    queue(sqlite_context, "Something else")
    async with console(sqlite_context, size=(120, 36)) as pilot:
        said = await review(pilot)
        assert "! 7 of them had this very text 5 h 00 min ago: broadcast 1" in said
        assert "! 4 of them will get this very text at 2030-06-02 13:00" in said
        assert "broadcast 2" in said
        assert "broadcast 3" not in said
        await press(pilot, "escape")
        assert "very text" not in await review(pilot, to="chat:1002 chat:1003")
        assert len(pilot.app.screen_stack) == 2
        await press(pilot, "escape")
        clock.advance(days=8)
        assert "had this very text" not in await review(pilot, to="tag:vip")


async def test_it_tells_what_it_shares_the_pace_with_and_what_it_costs(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=40)
    deliver(sqlite_context, queue(sqlite_context, "Running").id, sent=10)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        said = await review(pilot)
        assert "about 1 s at 30 a second; shares it with 1 running broadcast" in said
        assert "(30 messages to go)" in said
        assert "Stars" not in said
    paid = having(sqlite_context, messages_per_second=300, paid_broadcast=True)
    async with console(paid, size=(120, 36)) as pilot:
        assert "up to 4 Stars" in await review(pilot)
    slow = having(sqlite_context, messages_per_second=20, paid_broadcast=True)
    async with console(slow, size=(120, 36)) as pilot:
        assert "nothing: Telegram charges what is above 30 a second" in await review(pilot)


async def test_the_time_is_told_in_the_zone_and_in_utc(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=2)
    berlin = having(sqlite_context, timezone="Europe/Berlin")
    async with console(berlin, size=(120, 36)) as pilot:
        said = await review(pilot, when="mon 9:00")
        assert "Mon 3 Jun 09:00 CEST = 07:00 UTC, in 43 h 00 min" in said
        await press(pilot, "enter")
    (queued,) = broadcasts.latest(sqlite_context)
    assert queued.scheduled_at == NOON + timedelta(hours=43)


@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
async def test_its_buttons_are_on_the_screen(
    sqlite_context: Context, size: tuple[int, int]
) -> None:
    take_people(sqlite_context, count=1200)
    deliver(sqlite_context, queue(sqlite_context, TEXT).id, sent=20)
    async with console(sqlite_context, size=size) as pilot:
        await review(pilot, TEXT + "\n" * 3 + "&nbsp;" * 20, when="tomorrow 9:00")
        for word in ("Review", "Type 1,200", "Queue it", "Leave it"):
            assert word in shown(pilot)
        await press(pilot, "f9")
        assert "Hello Grace" in shown(pilot)
