"""The deliveries of a broadcast: found, leaped through, marked, retried and resolved."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from textual.pilot import Pilot

from hsl_tui.console.screens.deliveries import DeliveriesScreen
from hsl_tui.console.screens.recipient import RecipientScreen
from hsl_tui.models.enums import DeliveryStatus, RecipientState
from hsl_tui.services import broadcasts, steering
from hsl_tui.services.context import Context
from hsl_tui.store import recipients
from tests.console.scene import (
    console,
    deliver,
    notices,
    press,
    queue,
    settle,
    shown,
    take_people,
)


def prepare(context: Context, count: int = 40, **outcomes: int) -> int:
    """One broadcast to so many people; its number."""
    take_people(context, count=count)
    number = queue(context, "Hello").id
    deliver(context, number, **outcomes)
    return number


def screen(pilot: Pilot[Any]) -> DeliveriesScreen:
    front = pilot.app.screen
    assert isinstance(front, DeliveriesScreen)
    return front


def counts(context: Context, number: int) -> dict[str, int]:
    found = broadcasts.show(context, number).counts
    return {status.value: count for status, count in found.items() if count}


# --- finding ------------------------------------------------------------------------------------


async def test_statuses_are_filters_with_their_counts(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=20, blocked=3, uncertain=2)
    async with console(sqlite_context, size=(100, 30)) as pilot:
        await press(pilot, "enter")
        assert "[all 40] sent 20  pending 15  failed 3  uncertain 2" in shown(pilot)
        await press(pilot, "f", "f", "f")
        assert "[failed 3]" in shown(pilot)
        assert shown(pilot).count("✗ failed") == 3 + 1
        await press(pilot, "F", "G")
        assert "[pending 15]" in shown(pilot)
        assert "No. 40 · 0 attempts" in shown(pilot)


async def test_where_words_have_no_room_glyphs_stand_for_them(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=20, blocked=3, uncertain=2)
    async with console(sqlite_context, size=(50, 20)) as pilot:
        await press(pilot, "enter")
        assert "[all 40] ✓ 20  ○ 15  ✗ 3  ? 2" in shown(pilot)


async def test_a_search_narrows_by_beginnings(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=30, blocked=10)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "enter", "slash", *"hopp", "enter")
        assert shown(pilot).count("Grace Hopper") == 5 + 1
        assert "Ada" not in shown(pilot)
        await press(pilot, "f", "f")
        assert shown(pilot).count("Grace Hopper") == 1 + 1
        await press(pilot, "slash", *"zzz")
        assert "Nobody is found like that." in shown(pilot)
        await press(pilot, "escape")
        assert "[failed 10]" in shown(pilot)
        assert shown(pilot).count("✗ failed") == 10 + 1
        await press(pilot, "escape")
        assert pilot.app.screen.query("#broadcasts")


async def test_one_reason_alone(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=30, blocked=6, unreached=4)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "enter", "w")
        assert "6  bot was blocked by the user" in shown(pilot)
        assert "4  the Bot API could not be reached (can pass)" in shown(pilot)
        await press(pilot, "j", "j", "enter")
        assert "why  the Bot API could not be reached" in shown(pilot)
        assert shown(pilot).count("✗ failed") == 4 + 1
        await press(pilot, "w", "enter")
        assert shown(pilot).count("✗ failed") == 10 + 1
        await press(pilot, "w", "j", "enter", "escape")
        assert shown(pilot).count("✗ failed") == 10 + 1


async def test_the_chosen_one_is_told_in_full(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=30, blocked=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "f", "f", "f", "enter")
        for said in (
            "Delivery 31 of broadcast 1",
            "bot was blocked by the user (403)",
            "blocked: sending again is no help",
            "1, claimed 1 time",
            "here, process 1",
            "Олена Коваль",
            "1031 @user31",
            "city",
        ):
            assert said in shown(pilot)
        await press(pilot, "y", "r")
        assert "chat: 1031 @user31" in pilot.app.clipboard
        assert isinstance(pilot.app.screen, RecipientScreen)
        assert "Олена Коваль" in shown(pilot)
        await press(pilot, "escape")
        await press(pilot, "y")
        assert "(chat 1031): failed" in pilot.app.clipboard


# --- getting about ------------------------------------------------------------------------------


async def test_the_ends_and_the_middle_of_a_long_list(sqlite_context: Context) -> None:
    prepare(sqlite_context, count=2000, sent=1200, blocked=300)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "G")
        assert "No. 2,000 ·" in shown(pilot)
        await press(pilot, "k")
        assert "No. 1,999 ·" in shown(pilot)
        await press(pilot, "g")
        assert "No. 1 ·" in shown(pilot)
        page = screen(pilot).table.size.height - 1
        await press(pilot, "ctrl+f", "ctrl+d", "j")
        assert f"No. {1 + page + page // 2 + 1} ·" in shown(pilot)
        await press(pilot, "ctrl+u", "ctrl+b", "home")
        assert "No. 1 ·" in shown(pilot)
        await press(pilot, "colon", *"1500", "enter")
        assert "No. 1,500 ·" in shown(pilot)
        assert [row for row in shown(pilot).splitlines() if "1499" in row]
        await press(pilot, "ctrl+g", *"50%", "enter")
        assert "No. 1,001 ·" in shown(pilot)
        await press(pilot, "f", "f", "f", "colon", *"1300", "enter")
        assert "No. 1,300 ·" in shown(pilot)
        await press(pilot, "end")
        assert "No. 1,500 ·" in shown(pilot)
        await press(pilot, "home")
        assert "No. 1,201 ·" in shown(pilot)


@pytest.mark.parametrize("wrong", ["0", "41", "101%", "x"])
async def test_where_nobody_can_go_is_said(sqlite_context: Context, wrong: str) -> None:
    prepare(sqlite_context)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "colon", *wrong, "enter")
        assert "✗ It takes a number from 1 to 40, or 0% to 100%." in shown(pilot)
        await press(pilot, "escape")
        assert "No. 1 ·" in shown(pilot)


async def test_the_scrollbar_leads_anywhere(sqlite_context: Context) -> None:
    prepare(sqlite_context, count=2000, sent=2000)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter")
        table = screen(pilot).table
        assert table.virtual_size.height == 2001
        table.scroll_to(y=1000, animate=False)
        await settle(pilot)
        assert "  1001  ✓ sent" in shown(pilot)
        assert "No. 1 ·" in shown(pilot)
        await press(pilot, "f")
        assert table.virtual_size.height == 2001


async def test_what_happens_meanwhile_is_shown(sqlite_context: Context) -> None:
    number = prepare(sqlite_context, count=300, sent=10)
    async with console(sqlite_context, size=(100, 30)) as pilot:
        await press(pilot, "enter", "f", "G")
        assert "No. 10 ·" in shown(pilot)
        deliver(sqlite_context, number, sent=200, blocked=1)
        screen(pilot).follow_progress()
        await settle(pilot)
        assert "[sent 210]" in shown(pilot)
        assert "failed 1 " in shown(pilot)
        assert "No. 10 ·" in shown(pilot)
        await press(pilot, "G")
        assert "No. 210 ·" in shown(pilot)


# --- marking ------------------------------------------------------------------------------------


async def test_marks_show_as_glyphs_and_outlive_rereading(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=40)
    async with console(sqlite_context, size=(100, 30)) as pilot:
        await press(pilot, "enter", "space", "j", "j", "space")
        assert shown(pilot).count("◆") == 2
        assert "2 marked" in shown(pilot)
        screen(pilot).reread()
        await settle(pilot)
        assert screen(pilot).table.marked == {1001, 1003}
        await press(pilot, "space", "y")
        assert pilot.app.clipboard == "1001"
        await press(pilot, "escape")
        assert "◆" not in shown(pilot)
        assert "marked" not in shown(pilot)
        await press(pilot, "space", "f")
        assert not screen(pilot).table.marked


async def test_marks_are_extended_with_the_cursor(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "j", "shift+down", "shift+down")
        assert screen(pilot).table.marked == {1002, 1003, 1004}
        await press(pilot, "shift+up")
        assert screen(pilot).table.marked == {1002, 1003}
        await press(pilot, "j", "j", "v", "j", "j")
        assert screen(pilot).table.marked == {1002, 1003, 1005, 1006, 1007}
        await press(pilot, "k", "v", "j", "j")
        assert screen(pilot).table.marked == {1002, 1003, 1005, 1006}
        await press(pilot, "v", "G")
        assert len(screen(pilot).table.marked) == 4 + 40 - 7


# --- acts ---------------------------------------------------------------------------------------


async def test_all_that_failed_are_sent_again(sqlite_context: Context) -> None:
    number = prepare(sqlite_context, sent=30, blocked=4, unreached=6)
    with sqlite_context.database.write() as session:
        state = RecipientState.UNSUBSCRIBED
        now = sqlite_context.clock.now()
        recipients.set_state(session, 40, state, reason="said so", now=now)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "t")
        assert "10 deliveries of this broadcast failed." in shown(pilot)
        assert "The message is sent again to 5 recipients." in shown(pilot)
        assert "The others stay as they are: 4 failed for a reason" in shown(pilot)
        assert "1 recipient is not" in shown(pilot)
        await press(pilot, "escape")
        assert counts(sqlite_context, number) == {"sent": 30, "failed": 10}
        await press(pilot, "t", "enter")
        assert notices(pilot) == ["Broadcast 1 is sent again to 5 recipients."]
    assert counts(sqlite_context, number) == {"sent": 30, "failed": 5, "pending": 5}


async def test_the_marked_alone_are_sent_again(sqlite_context: Context) -> None:
    number = prepare(sqlite_context, sent=30, unreached=6)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "f", "f", "f", "space", "j", "space", "t")
        assert "2 deliveries among the marked ones failed." in shown(pilot)
        await press(pilot, "enter")
        assert counts(sqlite_context, number) == {"sent": 30, "failed": 4, "pending": 6}
        assert not screen(pilot).table.marked
        assert "[failed 4]" in shown(pilot)


async def test_those_of_one_reason_alone_are_sent_again(sqlite_context: Context) -> None:
    number = prepare(sqlite_context, sent=30, blocked=4, unreached=6)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "w", "down", "enter", "slash", *"1036", "enter", "t")
        assert "1 delivery in this list failed." in shown(pilot)
        await press(pilot, "enter")
    assert counts(sqlite_context, number) == {"sent": 30, "failed": 9, "pending": 1}


async def test_what_cannot_succeed_is_not_sent_again(sqlite_context: Context) -> None:
    number = prepare(sqlite_context, sent=30, blocked=4)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "space", "t")
        assert notices(pilot)[-1] == "Nothing among the marked ones has failed."
        await press(pilot, "escape", "t")
        assert notices(pilot)[-1].endswith("none failed for a reason that can pass.")
    assert counts(sqlite_context, number) == {"sent": 30, "pending": 6, "failed": 4}


async def test_a_cancelled_broadcast_is_not_sent_again(sqlite_context: Context) -> None:
    number = prepare(sqlite_context, sent=30, unreached=4)
    steering.cancel(sqlite_context, number)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "t", "enter")
        assert notices(pilot)[-1] == "Broadcast 1 is cancelled; it cannot be retried."
    assert counts(sqlite_context, number)["failed"] == 4


@pytest.mark.parametrize(
    ("keys", "after"),
    [(["enter"], DeliveryStatus.SENT), (["right", "enter"], DeliveryStatus.PENDING)],
)
async def test_the_uncertain_are_settled(
    sqlite_context: Context, keys: list[str], after: DeliveryStatus
) -> None:
    number = prepare(sqlite_context, blocked=37, uncertain=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "u")
        assert "3 deliveries of this broadcast are uncertain" in shown(pilot)
        assert "Mark as sent" in shown(pilot)
        await press(pilot, *keys)
    assert counts(sqlite_context, number) == {"failed": 37, after.value: 3}


async def test_one_marked_uncertain_is_settled(sqlite_context: Context) -> None:
    number = prepare(sqlite_context, sent=37, uncertain=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "f", "F", "F", "space", "u")
        assert "1 delivery among the marked ones is uncertain" in shown(pilot)
        await press(pilot, "escape", "escape")
        assert counts(sqlite_context, number) == {"sent": 37, "uncertain": 3}
        await press(pilot, "space", "u", "enter")
    assert counts(sqlite_context, number) == {"sent": 38, "uncertain": 2}


async def test_nothing_uncertain_among_the_marked_is_said(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=37, uncertain=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "space", "u")
        assert notices(pilot) == ["Nothing among the marked ones is uncertain."]


async def test_what_does_not_fit_is_not_offered(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=40)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "enter", "t", "u", "w")
        assert "t Retry" not in shown(pilot)
        assert "u Resolve" not in shown(pilot)
        assert "w Why" not in shown(pilot)
        assert not notices(pilot)


# --- leaving ------------------------------------------------------------------------------------


async def test_nothing_of_a_list_that_was_closed_stays_in_memory(sqlite_context: Context) -> None:
    prepare(sqlite_context, sent=20)
    async with console(sqlite_context, size=(100, 30)) as pilot:
        await press(pilot, "enter")
        left = weakref.ref(screen(pilot))
        await press(pilot, "backspace")
        gc.collect()
        assert left() is None
