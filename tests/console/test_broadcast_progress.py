"""What the list and its pane tell of how broadcasts go, and finding one among many."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hsl_tui.console.widgets.course_chart import chart
from hsl_tui.console.wording import BROADCAST_SIGNS
from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.services import broadcasts, followups, steering
from hsl_tui.services.context import Context
from hsl_tui.services.throughput import Course
from hsl_tui.store.throughput import WIDTH, Bucket
from tests.conftest import NOON, FrozenClock
from tests.console.scene import (
    console,
    deliver,
    fill,
    notices,
    press,
    queue,
    settle,
    shown,
    take_people,
)

SIGNS = {sign.glyph for sign in BROADCAST_SIGNS.values()}


def row_of(text: str, number: int) -> list[str]:
    """The words of a broadcast's line in the list."""
    lines = [line.split() for line in text.splitlines()]
    return next(words for words in lines if words[:1] == [str(number)] and words[1] in SIGNS)


async def test_rate_and_expected_end_are_measured(
    sqlite_context: Context, clock: FrozenClock
) -> None:
    take_people(sqlite_context, count=400)
    one = queue(sqlite_context, "Hello")
    for _ in range(4):
        deliver(sqlite_context, one.id, sent=50)
        clock.advance(seconds=10)
    async with console(sqlite_context) as pilot:
        # 200 are left at 5 a second.
        assert row_of(shown(pilot), 1)[-2:] == ["5.0/s", "≈12:01"]
        assert "50 %  5.0/s  ends ≈ 12:01" in shown(pilot)
        await press(pilot, "p", "enter")
        assert "5.0/s" not in row_of(shown(pilot), 1)
        assert "≈" not in shown(pilot)


async def test_what_was_cancelled_is_not_called_done(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3, blocked=1)
    steering.cancel(sqlite_context, one.id)
    async with console(sqlite_context) as pilot:
        assert "40%" in row_of(shown(pilot), 1)


async def test_an_end_that_nobody_can_know_is_not_shown(
    sqlite_context: Context, clock: FrozenClock
) -> None:
    take_people(sqlite_context, count=40)
    queue(sqlite_context, "Not begun")
    stalled = queue(sqlite_context, "Stalled")
    deliver(sqlite_context, stalled.id, sent=5)
    clock.advance(minutes=3)
    async with console(sqlite_context) as pilot:
        assert "≈" not in shown(pilot)
        assert row_of(shown(pilot), 2)[-2:] == ["0", "0"]


async def test_a_budget_tells_the_end_until_it_can_be_measured(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3600)
    soon = queue(sqlite_context, "Hello")
    queue(sqlite_context, "Later", hours=2)
    async with console(sqlite_context) as pilot:
        # 3600 at 30 a second are two minutes.
        assert row_of(shown(pilot), 2)[-1] == "≈14:02"
        assert "≈" not in " ".join(row_of(shown(pilot), 1))
        deliver(sqlite_context, soon.id, sent=1)
        await press(pilot, "ctrl+r")
        assert row_of(shown(pilot), 1)[-1] == "≈12:01"
        # Two that are sent at once share it.
        other = queue(sqlite_context, "Beside it")
        deliver(sqlite_context, other.id, sent=1)
        await press(pilot, "ctrl+r")
        assert row_of(shown(pilot), 1)[-1] == "≈12:03"


async def test_without_a_limit_nothing_is_foretold(sqlite_context: Context) -> None:
    unlimited = sqlite_context.settings.model_copy(update={"messages_per_second": 0})
    context = replace(sqlite_context, settings=unlimited)
    take_people(context, count=40)
    begun = queue(context, "Begun")
    deliver(context, begun.id, sent=1)
    queue(context, "Later", hours=2)
    async with console(context) as pilot:
        assert "≈" not in shown(pilot)


async def test_the_course_is_drawn_and_grows_by_whole_stretches(
    sqlite_context: Context, clock: FrozenClock
) -> None:
    take_people(sqlite_context, count=400)
    one = queue(sqlite_context, "Hello")
    for count in (40, 80, 20):
        deliver(sqlite_context, one.id, sent=count)
        clock.advance(seconds=10)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        assert "▇▇▇" not in shown(pilot)
        assert "███" in shown(pilot)
        assert "at most 8.0/s" in shown(pilot)
        deliver(sqlite_context, one.id, sent=100)
        await press(pilot, "ctrl+r")
        assert "at most 8.0/s" in shown(pilot)
        clock.advance(seconds=10)
        pilot.app.on_hsl_tui_app_moved()  # type: ignore[attr-defined] # as when the worker reports
        await settle(pilot)
        assert "at most 10/s" in shown(pilot)


async def test_the_end_of_a_course_is_drawn_when_it_is_known(
    sqlite_context: Context, clock: FrozenClock
) -> None:
    take_people(sqlite_context, count=300)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=50)
    clock.advance(seconds=10)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        assert "at most 5.0/s" in shown(pilot)
        clock.advance(seconds=5)
        deliver(sqlite_context, one.id, sent=250)
        await press(pilot, "ctrl+r")
        assert "#1 ✓ finished" in shown(pilot)
        assert "at most 5.0/s" in shown(pilot)
        clock.advance(seconds=5)
        await press(pilot, "ctrl+r")
        assert "at most 25/s" in shown(pilot)


def test_a_chart_shows_pauses_and_what_is_little() -> None:
    numbers = (160, 80, 0, 1, 160)
    stretches = [Bucket(NOON + at * WIDTH, sent, 0, 0) for at, sent in enumerate(numbers)]
    lines = chart(Course(WIDTH, tuple(stretches)), 20, NOON.tzinfo)  # type: ignore[arg-type] # it has a zone
    assert [line.plain for line in lines] == [
        "███         ███",
        "██████   ▁▁▁███",
        "12:00     12:00  at most 16/s"[:15],
    ]


async def test_the_pane_tells_who_did_what_newest_first(
    sqlite_context: Context, clock: FrozenClock
) -> None:
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "Hello")
    clock.advance(minutes=1)
    steering.pause(sqlite_context, one.id)
    async with console(sqlite_context) as pilot:
        assert "12:01  paused  tester" in shown(pilot)
        await press(pilot, "r", "enter")
        text = shown(pilot)
        assert text.index("resumed  tester") < text.index("paused  tester")
        assert text.index("paused  tester") < text.index("queued  tester")


async def test_an_edit_shows_in_the_pane_at_once(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        edit = followups.edit(sqlite_context, one.id, "Corrected")
        deliver(sqlite_context, edit.id, sent=3)
        await press(pilot, "ctrl+r", "home", "end")
        assert "edit #2 finished" in shown(pilot)
        assert "Corrected" in shown(pilot)


async def test_the_list_narrows_to_a_state(sqlite_context: Context) -> None:
    fill(sqlite_context)
    async with console(sqlite_context) as pilot:
        assert "[all]" in shown(pilot)
        await press(pilot, "f", "f")
        assert "[scheduled]" in shown(pilot)
        assert "See you at the meeting" in shown(pilot)
        assert "Maintenance tonight" not in shown(pilot)
        await press(pilot, "F", "F", "F")
        assert "[cancelled]" in shown(pilot)
        await press(pilot, "escape")
        assert "[all]" in shown(pilot)
        assert "Maintenance tonight" in shown(pilot)


async def test_a_state_that_none_has_is_told(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello")
    async with console(sqlite_context, size=(60, 20)) as pilot:
        await press(pilot, "f")
        assert "None is draft." in shown(pilot)
        await press(pilot, "p")
        assert len(pilot.app.screen_stack) == 1
        pilot.app.act_on("broadcasts", "propose", "pause")  # type: ignore[attr-defined] # as the palette does
        await settle(pilot)
        assert notices(pilot) == ["There is no broadcast to do that to."]


async def test_a_number_leads_to_its_broadcast(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1)
    for at in range(400):
        queue(sqlite_context, f"Text {at + 1}", hours=1)
    async with console(sqlite_context) as pilot:
        await press(pilot, "f", "slash", *"123", "enter")
        assert "[all]" in shown(pilot)
        assert "#123 ○ scheduled" in shown(pilot)
        await press(pilot, "slash", *"9999", "enter")
        assert notices(pilot) == ["No broadcast has this number or says this: 9999"]
        assert "#123 ○ scheduled" in shown(pilot)
        await press(pilot, "end")
        assert "#1 ○ scheduled" in shown(pilot)
        await press(pilot, "slash", "4", "escape")
        assert "#1 ○ scheduled" in shown(pilot)


async def test_words_lead_from_one_that_says_them_to_the_next(sqlite_context: Context) -> None:
    for text in ("Exam rooms", "Lunch", "New exam dates", "Dinner", "No exams today"):
        queue(sqlite_context, text, draft=True)
    async with console(sqlite_context) as pilot:
        for number in (3, 1, 5):
            await press(pilot, "slash", *"exam", "enter")
            assert f"#{number} · draft" in shown(pilot)
        await press(pilot, "slash", *"[/b]", "enter")
        assert notices(pilot) == ["No broadcast has this number or says this: [/b]"]


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36), (200, 60)])
async def test_nothing_breaks_at_any_size(
    sqlite_context: Context, size: tuple[int, int], clock: FrozenClock
) -> None:
    fill(sqlite_context)
    clock.advance(seconds=20)
    async with console(sqlite_context, size=size) as pilot:
        for _ in range(6):
            going = pilot.app.screen.table.row  # type: ignore[attr-defined] # of our screen
            assert f"#{going.broadcast.id} " in shown(pilot)
            await press(pilot, "down")
        await pilot.resize_terminal(60, 20)
        await settle(pilot)
        assert "#1 ✓ finished" in shown(pilot)
        failed = broadcasts.show(sqlite_context, 1).counts[DeliveryStatus.FAILED]
        assert f"✗ {failed} failed" in shown(pilot)
