"""Writing and queueing a broadcast."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hsl_tui.models.enums import BroadcastState, Priority, UncertainPolicy
from hsl_tui.services import broadcasts
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON
from tests.console.scene import console, notices, press, queue, settle, shown, take_people


async def write(
    pilot: Pilot[None], text: str, *, to: str | None = None, when: str | None = None
) -> None:
    screen = pilot.app.screen
    screen.query_one(TextArea).text = text
    if to is not None:
        screen.query_one("#to", Input).value = to
    if when is not None:
        screen.query_one("#when", Input).value = when
    await settle(pilot)


async def test_a_broadcast_is_queued_after_the_review(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "Hello <b>{{ first_name }}</b>", to="all !tag:staff")
        assert "✓ 36 recipients" in shown(pilot)
        assert "✓ 9 of 4,096" in shown(pilot)
        await press(pilot, "ctrl+r")
        review = shown(pilot)
        assert "36 recipients: all !tag:staff" in review
        assert "about 1 s at 30 a second" in review
        assert "Hello Ada" in review
        await press(pilot, "enter")
        assert pilot.app.current_mode == "broadcasts"
        assert notices(pilot) == ["Broadcast 1 is queued for 36 recipients."]
        assert "◐ sending" in shown(pilot)
    queued = broadcasts.show(sqlite_context, 1)
    assert queued.content.text == "Hello <b>{{ first_name }}</b>"
    assert queued.on_uncertain is UncertainPolicy.HOLD


async def test_the_review_names_those_for_whom_it_comes_out_wrong(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=3)
    with sqlite_context.database.write() as session:
        newcomer = Arrival(77, first_name="[/b] New", attributes={"town": "Bonn"})
        take_in(session, [newcomer], now=NOON)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "Rain in {{ town }}&nbsp;")
        await press(pilot, "ctrl+r")
        review = shown(pilot)
        assert "3 recipients: 3 broken" in review
        assert "✗ Ada Lovelace" in review
        assert "'town' is undefined" in review
        assert "! line 1, column 19: &nbsp; is shown just as it is written" in review
        assert "As [/b] New will read it" in review
        assert "Send it without them" in review
        await press(pilot, "enter")
        assert notices(pilot) == ["Broadcast 1 is queued for 1 recipient."]


async def test_what_was_queued_is_shown_whatever_was_open_before(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    queue(sqlite_context, "An earlier one")
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "f3")
        await write(pilot, "The newest one")
        await press(pilot, "ctrl+r", "enter")
        assert "2  ◐ sending    The newest one" in shown(pilot)
        assert "1  ◐ sending    An earlier one" in shown(pilot)


async def test_a_time_and_options_are_taken(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "f3")
        await write(pilot, "Later", when="2030-06-02T09:00+00:00")
        assert "in 21 h 00 min" in shown(pilot)
        await press(pilot, "tab", "tab", "tab", "space", "tab", "space", "tab", "tab", "space")
        await press(pilot, "tab", "right", "ctrl+r")
        assert "silent, no link preview, urgent: before all others" in shown(pilot)
        assert ", in 21 h 00 min" in shown(pilot)
        await press(pilot, "enter")
    queued = broadcasts.show(sqlite_context, 1)
    assert queued.state is BroadcastState.SCHEDULED
    assert (queued.content.silent, queued.content.protect) == (True, False)
    assert not queued.content.link_preview
    assert queued.on_uncertain is UncertainPolicy.RESEND
    assert queued.priority is Priority.URGENT


async def test_a_time_in_words_is_shown_in_the_zone_and_in_utc(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=2)
    berlin = dataclasses.replace(sqlite_context, settings=Settings(timezone="Europe/Berlin"))
    async with console(berlin, size=(120, 36)) as pilot:
        await press(pilot, "f3")
        for written, said in (
            ("tomorrow 9:00", "✓ Sun 2 Jun 09:00 CEST = 07:00 UTC, in 19 h 00 min"),
            ("in 90 min", "✓ Sat 1 Jun 15:30 CEST = 13:30 UTC, in 90 min"),
            ("2031-03-01 00:30", "✓ Sat 1 Mar 2031 00:30 CET = Fri 28 Feb 2031 23:30 UTC, in"),
            ("2030-10-27 02:30", "02:30 comes twice that night, for the clocks go back: this is"),
            ("2031-03-30 02:30", "are 2031-03-30 01:59 and 2031-03-30 03:00."),
        ):
            await write(pilot, "Later", when=written)
            assert said in " ".join(shown(pilot).split())
        await write(pilot, "Later", when="tomorrow 9:00")
        await press(pilot, "ctrl+r", "enter")
    queued = broadcasts.show(sqlite_context, 1)
    assert queued.scheduled_at == datetime(2030, 6, 2, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fine\nHello <b>you", "✗ line 2, column 7: "),
        ("x" * 4097, "✗ "),
        ("Hello {{ nobody }}", "✗ "),
    ],
)
async def test_a_text_that_would_be_refused_is_not_queued(
    sqlite_context: Context, text: str, said: str
) -> None:
    take_people(sqlite_context, count=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, text)
        assert said in shown(pilot)
        assert "of 4,096" not in shown(pilot)
        await press(pilot, "ctrl+r")
        assert len(pilot.app.screen_stack) == 1
        assert len(notices(pilot)) == 1
    assert not broadcasts.latest(sqlite_context)


@pytest.mark.parametrize(
    ("to", "when", "told"),
    [
        ("all", "2030-06-01T11:59+00:00", "is in the past"),
        ("all", "tomorrow", "is not a time; write it like tomorrow 9:00"),
        ("tag:nothing", "", "Nothing on record matches tag:nothing"),
        ("tag:staff !all", "", "No active recipient is picked"),
        ("everyone", "", "is not a selector"),
        ("", "", "No selector picks anyone"),
    ],
)
async def test_what_cannot_be_queued_is_told(
    sqlite_context: Context, to: str, when: str, told: str
) -> None:
    take_people(sqlite_context, count=20)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "2")
        await write(pilot, "Hello", to=to, when=when)
        await press(pilot, "ctrl+r")
        assert told in " ".join(notices(pilot))
    assert not broadcasts.latest(sqlite_context)


async def test_a_hostile_selector_is_told_as_text(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "Hello", to="tag:[/b]\x1b[31m\u202e[@click=app.quit]x")
        await press(pilot, "ctrl+r")
        told = " ".join(shown(pilot).split())
        assert len(notices(pilot)) == 1
        assert "[/b]" in notices(pilot)[0]
        assert "tag:[/b]" in told
        assert not any(one in told + notices(pilot)[0] for one in "\x1b\u202e")


async def test_digits_and_letters_in_a_field_are_text(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2", "1", "3", "question_mark")
        assert pilot.app.screen.query_one(TextArea).text == "13?"
        await press(pilot, "escape", "1")
        assert pilot.app.current_mode == "broadcasts"
        await press(pilot, "f3")
        assert pilot.app.screen.query_one(TextArea).text == "13?"


async def test_starting_over_asks_first(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "Hello", to="tag:x")
        await press(pilot, "ctrl+l", "escape")
        assert pilot.app.screen.query_one(TextArea).text == "Hello"
        await press(pilot, "ctrl+l", "left", "enter")
        assert pilot.app.screen.query_one(TextArea).text == ""
        assert pilot.app.screen.query_one("#to", Input).value == "all"


async def test_links_are_followed_by_where_they_lead(sqlite_context: Context) -> None:
    take_people(sqlite_context, ["[/b]\x1b[31m"], count=1)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, '👋 <a href="https://example.org/">here</a>, {{ first_name }} \x1b[0m')
        assert "👋 here¹, [/b]" in shown(pilot)
        assert "¹ https://example.org/" in shown(pilot)
        await press(pilot, "ctrl+r")
        assert "here¹, [/b]" in shown(pilot)
        assert "¹ https://example.org/" in shown(pilot)
        assert "\x1b" not in shown(pilot)


async def test_the_preview_steps_through_the_recipients(sqlite_context: Context) -> None:
    take_people(sqlite_context, ["Ada Lovelace", "Grace Hopper"], count=4)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "Hello {{ first_name }}")
        assert "as Ada Lovelace (1 of 4) will read it" in shown(pilot)
        await press(pilot, "f9")
        assert "as Grace Hopper (2 of 4) will read it" in shown(pilot)
        assert "Hello Grace" in shown(pilot)
        await press(pilot, *["f9"] * 4)
        assert "(4 of 4) will read it" in shown(pilot)
        await press(pilot, "f8")
        assert "as Ada Lovelace (3 of 4) will read it" in shown(pilot)
        await press(pilot, "f8", "f8", "f8")
        assert "(1 of 4) will read it" in shown(pilot)
        await press(pilot, "f9")
        await write(pilot, "Hello {{ first_name }}", to="chat:1001")
        assert "as Ada Lovelace (1 of 1) will read it" in shown(pilot)
        await write(pilot, "Hello {{ first_name }}", to="tag:nobody")
        assert "as Alex Example will read it" in shown(pilot)


async def test_what_would_be_shown_otherwise_is_warned_of(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "2")
        await write(pilot, 'Hello\n<a href="javascript:alert(1)">here</a>')
        assert "✓ 10 of 4,096" in shown(pilot)
        assert "! line 2, column 1: " in shown(pilot)


async def test_spoilers_are_hidden_until_asked_for(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "It is <tg-spoiler>cake</tg-spoiler>")
        assert "It is ▒▒▒▒" in shown(pilot)
        assert "F6 shows what is hidden" in shown(pilot)
        await press(pilot, "f6")
        assert "It is cake" in shown(pilot)
        await press(pilot, "f6", "ctrl+r")
        assert "It is ▒▒▒▒" in shown(pilot)
        await press(pilot, "f6")
        assert "It is cake" in shown(pilot)


async def test_a_pasted_escape_sequence_does_not_reach_the_terminal(
    sqlite_context: Context,
) -> None:
    from textual import events  # noqa: PLC0415 - only here

    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        pilot.app.post_message(events.Paste("a\x1b[31mb\u202ec\nd"))
        await settle(pilot)
        assert pilot.app.screen.query_one(TextArea).text == "a[31mb\u202ec\nd"
        assert "\u202e" not in shown(pilot)
