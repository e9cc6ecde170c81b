"""The list of broadcasts, what can be done to them, and their deliveries."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from textual.widgets import Static

from hsl_tui.console.acts import ACTS, Act
from hsl_tui.models.content import Button
from hsl_tui.models.enums import BroadcastState, DeliveryStatus, MediaKind, Priority
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import audit, broadcasts, followups, forgetting, queueing, steering
from hsl_tui.services.composing import Attachment, Composition, parse_buttons
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from tests.conftest import FrozenClock
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


async def test_an_empty_list_says_how_to_begin(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        assert "No broadcasts yet." in shown(pilot)
        await press(pilot, "n")
        assert pilot.app.current_mode == "compose"


async def test_the_list_tells_state_progress_and_counts(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "<b>Hello</b> all")
    deliver(sqlite_context, one.id, sent=3, blocked=1, uncertain=1)
    async with console(sqlite_context) as pilot:
        row = next(line for line in shown(pilot).splitlines() if "Hello all" in line)
        assert row.split() == ["1", "◐", "sending", "Hello", "all", "50%", "3", "1", "1", "≈12:00"]
        assert "1 × bot was blocked by the user" in shown(pilot)


async def test_an_urgent_broadcast_is_marked_and_called_so(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1)
    queue(sqlite_context, "Usual")
    queue(sqlite_context, "Fire drill", priority=Priority.URGENT)
    async with console(sqlite_context) as pilot:
        assert "! Fire drill" in shown(pilot)
        assert "! Usual" not in shown(pilot)
        assert "· urgent" in shown(pilot)
        await press(pilot, "down")
        assert "· urgent" not in shown(pilot)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36)])
async def test_hostile_text_is_shown_as_text(
    sqlite_context: Context, size: tuple[int, int]
) -> None:
    fill(sqlite_context)
    async with console(sqlite_context, size=size) as pilot:
        for screen in ("1", "3", "4"):
            await press(pilot, screen)
            for _ in range(3):
                assert not any(one in shown(pilot) for one in "\x1b\u202e\x07")
                await press(pilot, "pagedown")
        await press(pilot, "1", "home", "down", "down", "down")
        assert "Weather [/b]" in shown(pilot)
        await press(pilot, "enter")
        seen = shown(pilot)
        await press(pilot, "pagedown", "pagedown")
        seen += shown(pilot)
        assert "\\x1b[31mred" in seen
        assert "[/b] bold" in seen
        assert not any(one in seen for one in "\x1b\u202e")
        await press(pilot, "escape", "x")
        assert "Weather [/b] warning \\x1b[31m" in shown(pilot)


async def test_a_short_list_leaves_the_room_to_the_message(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    queue(sqlite_context, "\n".join(f"Line {at}" for at in range(1, 13)))
    async with console(sqlite_context) as pilot:
        assert "Line 10" in shown(pilot)
        assert "enter Open" in shown(pilot)
        for at in range(30):
            queue(sqlite_context, f"Number {at + 1}", hours=1)
        await press(pilot, "ctrl+r", "home")
        assert "Number 21" in shown(pilot)
        assert "#31 ○ scheduled" in shown(pilot)
        assert "10 recipients" in shown(pilot)


async def test_pause_asks_and_resume_goes_on(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        await press(pilot, "p")
        assert "10 recipients will wait until you resume it." in shown(pilot)
        await press(pilot, "escape")
        assert broadcasts.show(sqlite_context, one.id).state is BroadcastState.SENDING
        await press(pilot, "p", "enter")
        assert broadcasts.show(sqlite_context, one.id).state is BroadcastState.PAUSED
        assert notices(pilot) == ["Broadcast 1 is paused."]
        assert "‖ paused" in shown(pilot)
        await press(pilot, "r", "enter")
        assert broadcasts.show(sqlite_context, one.id).state is BroadcastState.SENDING


async def test_resume_says_how_long_it_will_take(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3600)
    one = queue(sqlite_context, "Hello")
    steering.pause(sqlite_context, one.id)
    async with console(sqlite_context) as pilot:
        await press(pilot, "r")
        assert "It goes on to the 3,600 recipients that wait, now. At" in shown(pilot)
        assert "30 a second that takes 2 min." in shown(pilot)


async def test_one_that_waits_is_told_of_as_one(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=2)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=1)
    steering.pause(sqlite_context, one.id)
    async with console(sqlite_context) as pilot:
        await press(pilot, "r")
        assert "It goes on to the 1 recipient that waits, now." in shown(pilot)
        await press(pilot, "escape", "e")
        await settle(pilot)
        said = " ".join(str(pilot.app.screen.query_one("#said", Static).content).split())
        assert said.startswith("1 message in the chats will say this.")
        assert "The 1 that still waits will get the text as it was." in said


async def test_cancel_cannot_be_done_with_one_key_too_many(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=4)
    async with console(sqlite_context) as pilot:
        await press(pilot, "x")
        assert "6 recipients will never get it; 4 have it already" in " ".join(shown(pilot).split())
        await press(pilot, "enter")
        assert broadcasts.show(sqlite_context, one.id).state is BroadcastState.SENDING
        await press(pilot, "x", "left", "enter")
        assert broadcasts.show(sqlite_context, one.id).state is BroadcastState.CANCELLED


async def test_retry_says_how_many_can_pass(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=6)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=1, blocked=2, unreached=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "t")
        assert "5 deliveries of this broadcast failed." in shown(pilot)
        assert "The message is sent again to 3 recipients." in shown(pilot)
        assert "stay as they are: 2 failed" in shown(pilot)
        await press(pilot, "enter")
        assert broadcasts.show(sqlite_context, one.id).counts[DeliveryStatus.PENDING] == 3
        assert notices(pilot) == ["Broadcast 1 is sent again to 3 recipients."]


async def test_retry_is_refused_where_nothing_can_pass(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=1, blocked=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "t")
        assert notices(pilot) == [
            "Of 2 failed deliveries of this broadcast none failed for a reason that can pass."
        ]


async def test_no_more_is_resolved_than_was_said(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, uncertain=1)
    async with console(sqlite_context) as pilot:
        await press(pilot, "u")
        deliver(sqlite_context, one.id, uncertain=2)
        await press(pilot, "enter")
        assert notices(pilot) == ["Meanwhile it is 3 and not 1: look again, nothing was changed."]
    assert broadcasts.show(sqlite_context, one.id).counts[DeliveryStatus.UNCERTAIN] == 3


@pytest.mark.parametrize(
    ("keys", "status"),
    [(["enter"], DeliveryStatus.SENT), (["right", "enter"], DeliveryStatus.PENDING)],
)
async def test_resolve_settles_either_way(
    sqlite_context: Context, keys: list[str], status: DeliveryStatus
) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, uncertain=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "u")
        assert "3 deliveries of this broadcast are uncertain" in shown(pilot)
        await press(pilot, *keys)
    assert broadcasts.show(sqlite_context, one.id).counts[status] == 3


async def test_recall_says_what_goes_and_what_is_too_old(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=5)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3, blocked=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "d")
        assert "3 messages will be deleted from the chats." in shown(pilot)
        await press(pilot, "enter")
        assert broadcasts.show(sqlite_context, one.id).counts[DeliveryStatus.SENT] == 3
        await press(pilot, "d", "left", "enter")
        assert notices(pilot) == ["Broadcast 2 recalls 3 messages of broadcast 1."]
        assert "recall of #1: Hello" in shown(pilot)
    assert broadcasts.show(sqlite_context, 2).target_id == one.id


@pytest.mark.parametrize(
    ("key", "said", "stays"),
    [
        ("d", "2 messages will be deleted from the chats.", "cannot be recalled:"),
        ("e", "2 messages in the chats will say this.", "1 of 3 cannot be edited:"),
    ],
)
async def test_what_has_no_number_is_said_to_stay_before_the_act(
    sqlite_context: Context, key: str, said: str, stays: str
) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=2, uncertain=1)
    steering.resolve(sqlite_context, one.id, resend=False)
    async with console(sqlite_context) as pilot:
        await press(pilot, key)
        await settle(pilot)
        assert said in shown(pilot)
        assert stays in shown(pilot)


async def test_edit_begins_with_what_is_said_now_and_takes_what_telegram_takes(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=2)
    steering.cancel(sqlite_context, one.id)
    async with console(sqlite_context) as pilot:
        await press(pilot, "e")
        assert "2 messages in the chats will say this." in shown(pilot)
        # As it is now, there is nothing to change.
        await press(pilot, "ctrl+r")
        assert len(pilot.app.screen_stack) == 2
        await press(pilot, "end", "<")
        assert "✗ line 1, column 6" in shown(pilot)
        await press(pilot, "ctrl+r")
        assert len(pilot.app.screen_stack) == 2
        await press(pilot, "backspace", "!", "ctrl+r")
        assert notices(pilot) == ["Broadcast 2 edits 2 messages of broadcast 1."]
        assert "edit of #1: Hello!" in shown(pilot)
        await settle(pilot)
        await press(pilot, "home", "enter")
        assert "Broadcast 2 " in shown(pilot)
        assert "  edit of #1: Hello!" in shown(pilot)
    assert broadcasts.show(sqlite_context, 2).content.text == "Hello!"


async def test_the_pane_says_what_was_done_to_what_was_sent(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3)
    edit = followups.edit(sqlite_context, one.id, "Corrected")
    deliver(sqlite_context, edit.id, sent=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "end")
        assert "edit #2 finished" in shown(pilot)
        assert "│ Corrected" in shown(pilot)


async def test_what_was_recalled_can_be_told_from_what_was_not(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=4)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3, blocked=1)
    recall = followups.recall(sqlite_context, one.id)
    deliver(sqlite_context, recall.id, deleted=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter")
        assert "[all 3] deleted 2  pending 1  failed 0  uncertain 0" in shown(pilot)
        await press(pilot, "escape", "end", "enter", *"ffff")
        assert "all 4  sent 1  failed 1  uncertain 0 [deleted 2]" in shown(pilot)
        assert "✓ sent" not in shown(pilot)
        assert "✗ failed" not in shown(pilot)


async def test_recall_says_what_stays_for_its_age(
    sqlite_context: Context, clock: FrozenClock
) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3)
    clock.advance(hours=49)
    async with console(sqlite_context) as pilot:
        await press(pilot, "d")
        assert "All 3 messages were sent more than 48 hours ago" in shown(pilot)


async def test_a_copy_goes_on_in_compose(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    buttons = parse_buttons(["Read=https://example.org"])
    one = queueing.queue(sqlite_context, Order(Composition("Hello", buttons=buttons), ["all"]))
    deliver(sqlite_context, one.id, sent=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "c")
        assert pilot.app.current_mode == "compose"
        assert "with 1 button" in shown(pilot)
        await press(pilot, "end", "!", "ctrl+r", "enter")
    copied = broadcasts.show(sqlite_context, 2).content
    assert (copied.text, copied.buttons) == ("Hello!", buttons)


async def test_a_copy_throws_nothing_away_unasked(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        await press(pilot, "2", *"Mine", "f2", "c")
        assert "Throw it away" in shown(pilot)
        await press(pilot, "escape")
        assert "Mine" in shown(pilot)
        await press(pilot, "f2", "c", "left", "enter")
        assert "Mine" not in shown(pilot)


async def test_a_draft_is_queued(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello", draft=True)
    async with console(sqlite_context) as pilot:
        await press(pilot, "q")
        assert "It goes to 3 recipients now." in shown(pilot)
        await press(pilot, "enter")
    assert broadcasts.show(sqlite_context, one.id).state is BroadcastState.SENDING


@pytest.mark.parametrize(
    ("act", "does", "outcome"),
    [
        ("q", "Queue it", {}),
        ("x", "Cancel the broadcast", {}),
        ("d", "Delete from the chats", {"sent": 3}),
        ("t", "Send again to 3", {"unreached": 3}),
        ("u", "Mark as sent", {"uncertain": 3}),
    ],
)
async def test_more_than_the_settings_allow_have_their_number_typed(
    sqlite_context: Context, act: str, does: str, outcome: dict[str, int]
) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello", draft=act == "q")
    if outcome:
        deliver(sqlite_context, one.id, **outcome)
    few = sqlite_context.settings.model_copy(update={"confirm_above": 2})
    async with console(replace(sqlite_context, settings=few)) as pilot:
        await press(pilot, act)
        assert "Type 3 to go on:" in shown(pilot)
        assert does in shown(pilot)
        await press(pilot, "4", "enter", "tab", "enter")
        assert notices(pilot) == []
        await press(pilot, act, "4", "enter")
        assert "not this number" in shown(pilot)
        await press(pilot, "backspace", "3", "tab", "enter")
        assert len(notices(pilot)) == 1
        assert "3 " in notices(pilot)[0]


async def test_more_than_the_settings_allow_are_edited_when_their_number_was_typed(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3)
    few = sqlite_context.settings.model_copy(update={"confirm_above": 2})
    async with console(replace(sqlite_context, settings=few)) as pilot:
        await press(pilot, "e", "end", "!")
        assert "Type 3 to go on:" in shown(pilot)
        await press(pilot, "ctrl+r", "tab", "4", "enter", "ctrl+r")
        assert notices(pilot) == []
        await press(pilot, "backspace", "3", "enter")
        assert notices(pilot) == ["Broadcast 2 edits 3 messages of broadcast 1."]


async def test_who_is_forgotten_keeps_what_is_edited_or_recalled(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=4)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=4)
    forgetting.forget(sqlite_context, "1001", reason="asked by mail")
    forgetting.forget(sqlite_context, "1002", reason="asked by mail")
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "e")
        assert "2 messages in the chats will say this." in shown(pilot)
        said = str(pilot.app.screen.query_one("#said", Static).content)
        assert "2 of 4 cannot be edited: they went to people who were forgotten" in said
        await press(pilot, "escape", "d")
        assert "2 messages will be deleted from the chats." in shown(pilot)
        assert "2 of 4 cannot be recalled: they went to" in shown(pilot)
        await press(pilot, "left", "enter")
        assert notices(pilot)[-1] == "Broadcast 2 recalls 2 messages of broadcast 1."
    assert broadcasts.show(sqlite_context, 2).total_recipients == 2


@pytest.mark.parametrize(
    ("ages", "said"),
    [
        ((49, 49, 1), "1 message will be deleted from the chats."),
        ((49, 49, 1), "2 stay: they were sent more than 48 hours ago"),
        ((49, 1, 1), "1 stays: it was sent more than 48 hours ago"),
    ],
)
async def test_recall_says_how_many_stay_for_their_age(
    sqlite_context: Context, clock: FrozenClock, ages: tuple[int, ...], said: str
) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    for before, after in zip(ages, (*ages[1:], 0), strict=True):
        deliver(sqlite_context, one.id, sent=1)
        clock.advance(hours=before - after)
    async with console(sqlite_context) as pilot:
        await press(pilot, "d")
        assert said in shown(pilot)


async def test_a_draft_with_a_time_keeps_it_while_it_is_to_come(
    sqlite_context: Context, clock: FrozenClock
) -> None:
    take_people(sqlite_context, count=3)
    late = queue(sqlite_context, "Hello", hours=1, draft=True)
    early = queue(sqlite_context, "Hello", hours=30, draft=True)
    clock.advance(hours=2)
    async with console(sqlite_context) as pilot:
        await press(pilot, "q")
        assert "It goes to 3 recipients at" in shown(pilot)
        await press(pilot, "enter", "down", "q")
        assert "which is past" in shown(pilot)
        await press(pilot, "enter")
    assert broadcasts.show(sqlite_context, early.id).state is BroadcastState.SCHEDULED
    assert broadcasts.show(sqlite_context, late.id).state is BroadcastState.SENDING


async def test_cancelling_a_draft_speaks_of_a_draft(sqlite_context: Context) -> None:
    queue(sqlite_context, "Hello", draft=True)
    async with console(sqlite_context) as pilot:
        await press(pilot, "x")
        assert "It is a draft: nobody has got it" in shown(pilot)


async def test_what_does_not_fit_is_neither_offered_nor_done(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3)
    async with console(sqlite_context) as pilot:
        assert "Pause" not in shown(pilot).splitlines()[-1]
        await press(pilot, "p", "r", "x", "t", "u")
        assert len(pilot.app.screen_stack) == 1
        pilot.app.act_on("broadcasts", "propose", "cancel")  # type: ignore[attr-defined] # as the palette does
        await settle(pilot)
        assert notices(pilot) == ["Broadcast 1 is finished; it has ended."]


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
async def test_each_act_is_refused_with_its_reason(sqlite_context: Context, act: Act) -> None:
    take_people(sqlite_context, count=2)
    queue(sqlite_context, "A draft", draft=True)
    ended = queue(sqlite_context, "Ended")
    deliver(sqlite_context, ended.id, sent=2)
    async with console(sqlite_context) as pilot:
        if act.name not in {"cancel", "queue"}:
            await press(pilot, "end")
        one = pilot.app.screen.chosen  # type: ignore[attr-defined] # of our screen
        assert not act.fits(one)
        assert f" {act.word}" not in shown(pilot).splitlines()[-1]
        await press(pilot, act.key)
        assert (len(pilot.app.screen_stack), notices(pilot)) == (1, [])
        pilot.app.act_on("broadcasts", "propose", act.name)  # type: ignore[attr-defined] # as the palette does
        await settle(pilot)
        said = act.refusal.format(state=one.state)
        assert notices(pilot) == [f"Broadcast {one.id} {said}"]
        assert broadcasts.show(sqlite_context, one.id) == one


async def test_a_change_by_others_meanwhile_is_told(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    one = queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        await press(pilot, "p")
        deliver(sqlite_context, one.id, sent=3)
        await press(pilot, "enter")
        assert "Broadcast 1 is finished" in notices(pilot)[0]


async def test_a_question_comes_to_nobody_who_has_gone_on(
    sqlite_context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello")
    gone, show = threading.Event(), broadcasts.show

    def slowly(context: Context, number: int) -> BroadcastView:
        gone.wait()
        return show(context, number)

    monkeypatch.setattr(broadcasts, "show", slowly)
    async with console(sqlite_context) as pilot:
        await pilot.press("p", "3")
        gone.set()
        await settle(pilot)
        assert pilot.app.current_mode == "recipients"
        assert len(pilot.app.screen_stack) == 1


async def test_a_question_tells_the_numbers_of_now(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        deliver(sqlite_context, one.id, sent=4)
        await press(pilot, "p")
        assert "6 recipients will wait until you resume it." in shown(pilot)


async def test_the_cursor_stays_on_its_broadcast(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    for at in range(150):
        queue(sqlite_context, f"Number {at + 1}", hours=1)
    async with console(sqlite_context) as pilot:
        await press(pilot, "end", "end", "end")
        assert "#1 ○ scheduled" in shown(pilot)
        await press(pilot, "up")
        queue(sqlite_context, "Newer", hours=1)
        pilot.app.action_reread()  # type: ignore[attr-defined] # of our app
        await settle(pilot)
        assert "#2 ○ scheduled" in shown(pilot)
        await press(pilot, "home")
        assert "Newer" in shown(pilot)


async def test_deliveries_open_and_narrow(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "Hello")
    deliver(sqlite_context, one.id, sent=3, blocked=2, uncertain=1)
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter")
        assert "[all 10] sent 3  pending 4  failed 2  uncertain 1" in shown(pilot)
        assert "Broadcast 1 ◐ sending 60%  Hello" in shown(pilot)
        assert "Ada Lovelace" in shown(pilot)
        await press(pilot, *"fff")
        assert "[failed 2]" in shown(pilot)
        assert shown(pilot).count("✗ failed") == 2 + 1
        assert "✓ sent" not in shown(pilot)
        assert "bot was blocked" in shown(pilot)
        await press(pilot, "2", "escape", "1")
        assert "[failed 2]" in shown(pilot)
        await press(pilot, "f2")
        assert "[failed 2]" not in shown(pilot)


async def test_open_deliveries_follow_their_broadcast(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=10)
    one = queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        await press(pilot, "enter", "f")
        assert "None is sent." in shown(pilot)
        deliver(sqlite_context, one.id, sent=9, uncertain=1)
        pilot.app.on_hsl_tui_app_moved()  # type: ignore[attr-defined] # as when the worker reports
        await settle(pilot)
        assert "Broadcast 1 ✓ finished  Hello" in shown(pilot)
        assert "all 10 [sent 9]" in shown(pilot)
        assert shown(pilot).count("✓ sent") == 9 + 1


async def test_every_delivery_can_be_reached(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1250)
    queue(sqlite_context, "Hello")
    async with console(sqlite_context, size=(100, 30)) as pilot:
        await press(pilot, "enter", *["end"] * 14)
        assert "  1250  ○ pending" in shown(pilot)
        await press(pilot, "home")
        assert "     1  ○ pending" in shown(pilot)


async def test_acts_are_on_record(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    queue(sqlite_context, "Hello")
    async with console(sqlite_context) as pilot:
        await press(pilot, "p", "enter")
    assert audit.latest(sqlite_context, limit=1)[0].action == "broadcast.paused"


async def test_media_without_a_text_is_told_by_its_kind(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=2)
    cake = Attachment(MediaKind.PHOTO, "https://example.org/cake.jpg")
    queueing.queue(sqlite_context, Order(Composition("", (cake, cake)), ["all"]))
    async with console(sqlite_context) as pilot:
        assert "(photo, photo)" in shown(pilot)


async def test_the_pane_shows_the_message_as_its_readers_see_it(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=2)
    composition = Composition(
        "Hello {{ first_name }}, <tg-spoiler>cake</tg-spoiler>!",
        (Attachment(MediaKind.PHOTO, "https://example.org/cake.jpg"),),
        buttons=((Button(text="Recipe", url="https://example.org/recipe"),),),
    )
    queueing.queue(sqlite_context, Order(composition, ["all"]))
    async with console(sqlite_context, size=(120, 36)) as pilot:
        text = shown(pilot)
        assert "📷 https://example.org/cak…¹  Photo" in text
        assert "¹ https://example.org/cake.jpg" in text
        assert "Hello Ada, ▒▒▒▒!" in text
        assert "Recipe ↗²" in text
        assert "² https://example.org/recipe" in text
        await press(pilot, "f6")
        assert "Hello Ada, cake!" in shown(pilot)
