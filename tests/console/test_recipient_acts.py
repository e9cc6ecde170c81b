"""Doing something to recipients: to the one in front, to marked ones, to all that match."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from hsl_tui.models.criteria import Criteria
from hsl_tui.models.enums import RecipientState
from hsl_tui.services import recipients
from hsl_tui.services.context import Context
from hsl_tui.store import audit
from tests.console.scene import console, notices, press, queue, settle, shown, take_people


def bearers(context: Context, tag: str) -> int:
    return recipients.count(context, Criteria(tag=tag))


def acts_on_record(context: Context) -> list[str]:
    with context.database.read() as session:
        return [one.action for one in audit.latest(session, limit=9)]


def asked(pilot: Pilot[None]) -> str:
    """What the dialog in front says, however its lines are broken."""
    return "\n".join(str(said.content) for said in pilot.app.screen.query(Static))


async def test_how_many_match_is_counted(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3")
        assert "40 recipients" in shown(pilot)
        await press(pilot, "slash", *"hopp")
        assert "5 match" in shown(pilot)
        await press(pilot, "escape")
        assert "40 recipients" in shown(pilot)


async def test_the_one_in_front_is_tagged_after_a_question(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "down", "plus")
        assert "Grace Hopper" in shown(pilot)
        await press(pilot, *"june", "enter")
        assert "Grace Hopper gets the tag june." in shown(pilot)
        assert bearers(sqlite_context, "june") == 0
        await press(pilot, "enter")
        assert notices(pilot)[-1] == "1 recipient got the tag june."
        assert "june news" in shown(pilot)
    assert bearers(sqlite_context, "june") == 1


async def test_all_that_match_are_tagged_by_what_they_match(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "slash", *"hopp", "enter", "a")
        assert "◆ all 5 that match are chosen" in shown(pilot)
        await press(pilot, "plus")
        assert "All 5 recipients that match." in shown(pilot)
        await press(pilot, *"vi", "tab")
        assert pilot.app.screen.query_one("#name", Input).value == "vip"
        await press(pilot, "enter")
        assert "Of all 5 recipients that match, 4 get the tag vip." in asked(pilot)
        assert "One bears it already." in asked(pilot)
        await press(pilot, "enter")
        assert notices(pilot)[-1] == "4 recipients got the tag vip."
    assert recipients.count(sqlite_context, Criteria(search="hopp", tag="vip")) == 5
    assert acts_on_record(sqlite_context)[0] == "recipients.tagged"


async def test_keys_that_arrive_at_once_mean_what_was_typed(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3")
        for key in ("slash", *"hopp", "enter", "a", "plus"):
            pilot.app.simulate_key(key)
        await settle(pilot)
        assert "All 5 recipients that match." in asked(pilot)
        await press(pilot, "escape")
        for key in ("s", "s", "plus"):
            pilot.app.simulate_key(key)
        await settle(pilot)
        assert notices(pilot)[-1] == "There is nobody to choose."


async def test_marked_ones_are_untagged(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "space", "down", "space", "down", "space")
        assert "◆ 3 marked of 40 recipients" in shown(pilot)
        await press(pilot, "minus", *"news", "enter")
        assert "Of the 3 marked recipients, 3 lose the tag news." in asked(pilot)
        await press(pilot, "enter")
        assert notices(pilot)[-1] == "3 recipients lost the tag news."
    assert bearers(sqlite_context, "news") == 37


@pytest.mark.parametrize(("key", "said"), [("plus", "32 recipients"), ("minus", "8 recipients")])
async def test_others_than_were_told_of_are_not_tagged(
    sqlite_context: Context, key: str, said: str
) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "a", key, *"vip", "enter")
        assert f"tag {said}" in shown(pilot).lower()
        before = bearers(sqlite_context, "vip")
        (recipients.tag if key == "plus" else recipients.untag)(
            sqlite_context, "vip", ["chat:1001", "chat:1002"]
        )
        between = bearers(sqlite_context, "vip")
        assert between != before
        await press(pilot, "enter")
        assert "look again, nothing was changed" in notices(pilot)[-1]
    assert bearers(sqlite_context, "vip") == between


async def test_leaving_the_question_changes_nothing(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "a", "plus", *"june", "enter", "escape")
        assert notices(pilot) == []
        await press(pilot, "plus", "escape")
    assert bearers(sqlite_context, "june") == 0
    assert acts_on_record(sqlite_context) == []


async def test_tagging_what_is_tagged_is_refused(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "a", "plus", *"news", "enter")
        assert notices(pilot)[-1] == "All of them bear the tag news already."
        await press(pilot, "t", *"staff", "enter", "a", "minus", *"vip", "enter")
        # The 9th, 18th, 27th and 36th are staff, and the 36th is a VIP.
        assert "Of all 4 recipients that match, 1 loses the tag vip." in asked(pilot)
        await press(pilot, "enter", "minus", *"vip", "enter")
        assert notices(pilot)[-1] == "None of them bears the tag vip."


async def test_names_that_are_no_tags_are_refused(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "plus", *"a;b")
        assert "holds a semicolon" in shown(pilot)
        await press(pilot, "enter")
        assert "a;b" in shown(pilot)
    assert bearers(sqlite_context, "a;b") == 0


async def test_nobody_cannot_be_tagged(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "u", "plus", "enter", "w")
        assert notices(pilot) == [
            "There is nobody to move.",
            "There is nobody to choose.",
            "There is nobody to show.",
            "There is nobody to choose.",
        ]
        await press(pilot, "a", "plus")
        assert notices(pilot)[-1] == "Nobody is chosen."


async def test_a_message_is_addressed_to_a_tag(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    recipients.tag(sqlite_context, "two words", ["tag:vip"])
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "t", *"two", "enter", "a", "w")
        assert "addressed to 8 recipients" in asked(pilot)
        await press(pilot, "enter")
        assert pilot.app.current_mode == "compose"
        assert pilot.app.screen.query_one("#to", Input).value == 'tag:"two words"'


async def test_a_message_is_addressed_to_marked_chats(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    recipients.set_state(sqlite_context, "1002", RecipientState.UNSUBSCRIBED, "asked")
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "down", "w")
        assert notices(pilot)[-1] == "None of them is active, and nobody else is written to."
        await press(pilot, "space", "down", "space", "w")
        assert "addressed to 1 recipient," in asked(pilot)
        await press(pilot, "escape", "down", "space", "w", "enter")
        assert pilot.app.screen.query_one("#to", Input).value == "chat:1002 chat:1003 chat:1004"


async def test_what_no_selector_can_say_is_tagged_first(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "slash", *"ada", "enter", "a", "w")
        assert "tag them first" in notices(pilot)[-1]
        await press(pilot, "escape", "escape", "s", "s", "a", "w")
        assert notices(pilot)[-1] == "Only active recipients are written to."
        assert pilot.app.current_mode == "recipients"


async def test_what_was_being_composed_is_kept(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "2", *"Hello", "escape", "3")
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "a", "w", "enter")
        assert "Hello" in shown(pilot)


async def test_chat_ids_are_copied(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "down", "y")
        assert pilot.app.clipboard == "1002"
        await press(pilot, "space", "down", "space", "y")
        assert pilot.app.clipboard == "1002\n1003"


async def test_a_card_tells_everything_and_leads_to_deliveries(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    first = queue(sqlite_context, "The <b>first</b> letter")
    second = queue(sqlite_context, "The second letter", "tag:vip")
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "enter")
        assert "Ada Lovelace  ● active  @user1 · chat 1001 · de" in shown(pilot)
        assert "tags  news, vip" in shown(pilot)
        assert "city  Oslo" in shown(pilot)
        screen = shown(pilot)
        assert screen.index("The second letter") < screen.index("The first letter")
        await press(pilot, "down", "enter")
        assert f"Broadcast {first.id}" in shown(pilot)
        await press(pilot, "escape", "escape", "down", "enter")
        assert "The second letter" not in shown(pilot)
        assert second.total_recipients == 8
        await press(pilot, "y", "escape")
        assert pilot.app.clipboard == "1002"


async def test_a_recipient_is_unsubscribed_with_a_reason(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=3)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "enter")
        assert "No broadcast was ever meant for this recipient." in shown(pilot)
        await press(pilot, "enter", "u", "enter")
        assert notices(pilot) == ["There is no broadcast to open."]
        assert "Say why" in shown(pilot)
        await press(pilot, *"by mail", "enter")
        assert notices(pilot)[-1] == "Ada Lovelace is unsubscribed now."
        assert "since 2030-06-01 12:00 UTC: by mail" in shown(pilot)
        await press(pilot, "u", "escape", "escape", "u", *"back", "enter")
        assert notices(pilot)[-1] == "Ada Lovelace is active now."
    (one, *_) = recipients.every(sqlite_context)
    assert (one.state, one.state_reason) == (RecipientState.ACTIVE, "back")
    assert acts_on_record(sqlite_context) == ["recipients.moved"] * 2


async def test_marks_outlive_a_change_of_state(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "space", "down")
        recipients.set_state(sqlite_context, "1001", RecipientState.UNSUBSCRIBED, "asked")
        await press(pilot, "ctrl+r")
        assert "◆1001" in shown(pilot)
        await press(pilot, "up", "space")
        assert "40 recipients" in shown(pilot)
        assert "marked" not in shown(pilot)
