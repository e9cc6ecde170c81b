"""Saved segments: listed with live counts, shown, written to, changed, saved and removed."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from hsl_tui.models.enums import RecipientState
from hsl_tui.services import recipients, segments
from hsl_tui.services.context import Context
from hsl_tui.store import audit
from tests.console.scene import console, notices, press, queue, settle, shown, take_people


@pytest.fixture
def people(sqlite_context: Context) -> Context:
    """Forty: all with news, eight of them vip, four staff; one of the staff is vip as well."""
    take_people(sqlite_context, count=40)
    segments.save(sqlite_context, "guests", ["tag:news", "!tag:staff"])
    segments.save(sqlite_context, "[/b] best", ["saved:guests+tag:vip", "chat:1009"])
    return sqlite_context


def whom(pilot: Pilot[None]) -> str:
    return pilot.app.screen.query_one("#whom", Input).value


def asked(pilot: Pilot[None]) -> str:
    return "\n".join(str(said.content) for said in pilot.app.screen.query(Static))


def acts_on_record(context: Context) -> list[str]:
    with context.database.read() as session:
        return [one.action for one in audit.latest(session, limit=3)]


async def test_they_are_listed_with_what_they_pick_now(people: Context) -> None:
    recipients.set_state(people, "1001", RecipientState.UNSUBSCRIBED, "asked")
    async with console(people) as pilot:
        await press(pilot, "3", "e")
        lines = [line.strip(" │3") for line in shown(pilot).splitlines() if "saved:g" in line]
        assert "[/b] best" in lines[0]
        assert lines[0].split("best")[1].split()[0] == "7"
        assert "guests                          35  tag:news !tag:staff" in shown(pilot)
        assert "changed 12:00 by" in shown(pilot)
        # Another who is gone, and one who bears the tag no more.
        recipients.untag(people, "news", ["chat:1002"])
        await press(pilot, "ctrl+r")
        assert "guests                          34" in shown(pilot)


async def test_the_recipients_of_one_are_shown_page_by_page(people: Context) -> None:
    async with console(people) as pilot:
        await press(pilot, "3", "e", "down", "enter")
        assert whom(pilot) == "saved:guests"
        assert "[active]" in shown(pilot)
        assert "36 match" in shown(pilot)
        assert "1009" not in shown(pilot)
        await press(pilot, "escape")
        assert whom(pilot) == ""
        assert "40 recipients" in shown(pilot)


async def test_a_message_is_addressed_to_one(people: Context) -> None:
    async with console(people) as pilot:
        await press(pilot, "3", "e", "w")
        assert "addressed to 8 recipients" in asked(pilot)
        assert 'saved:"[/b] best"' in asked(pilot)
        await press(pilot, "enter")
        assert pilot.app.screen.query_one("#to", Input).value == 'saved:"[/b] best"'
        assert "✓ 8 recipients" in shown(pilot)


async def test_one_is_removed_after_a_question_unless_it_is_used(people: Context) -> None:
    async with console(people) as pilot:
        await press(pilot, "3", "e", "down", "d")
        assert "The name guests stands for nobody from then on." in asked(pilot)
        await press(pilot, "enter")
        assert notices(pilot) == []
        await press(pilot, "d", "left", "enter")
        assert "The segment 'guests' is used by the segment '[/b] best'" in notices(pilot)[-1]
        await press(pilot, "up", "d", "left", "enter")
        assert notices(pilot)[-1] == "The segment [/b] best is removed."
        assert "best" not in asked(pilot)
    assert [one.name for one in segments.every(people)] == ["guests"]
    assert acts_on_record(people)[0] == "segment.removed"


async def test_one_is_renamed_wherever_it_is_used(people: Context) -> None:
    async with console(people) as pilot:
        await press(pilot, "3", "e", "down", "r")
        assert pilot.app.screen.query_one("#name", Input).value == "guests"
        assert "Rename the segment" in asked(pilot)
        assert "✓ no other segment has this name" in asked(pilot)
        pilot.app.screen.query_one("#name", Input).value = "[/b] best"
        await press(pilot, "enter")
        assert "✗ there is a segment of this name" in asked(pilot)
        pilot.app.screen.query_one("#name", Input).value = "[b]visitors"
        await press(pilot, "enter")
        assert notices(pilot)[-1] == "The segment is called [b]visitors now."
        assert "[b]visitors                     36" in shown(pilot)
        assert 'saved:"[b]visitors"' in shown(pilot) or "saved:[b]visitors" in shown(pilot)
        await press(pilot, "r", "enter")
    assert acts_on_record(people)[:2] == ["segment.renamed", "segment.saved"]


async def test_a_draft_keeps_one_from_being_removed(people: Context) -> None:
    queue(people, "Hello", 'saved:"[/b] best"', draft=True)
    async with console(people) as pilot:
        await press(pilot, "3", "e", "d", "left", "enter")
        assert "is used by the draft 1" in notices(pilot)[-1]


async def test_the_selectors_of_the_filter_are_saved(people: Context) -> None:
    async with console(people) as pilot:
        await press(pilot, "3", "f")
        pilot.app.screen.query_one("#whom", Input).value = "tag:vip+lang:de all"
        await press(pilot, "enter", "E")
        assert "tag:vip+lang:de all" in asked(pilot)
        await press(pilot, "enter")
        assert "✗" in asked(pilot)
        await press(pilot, *"guests")
        assert "! takes the place of what" in asked(pilot)
        await press(pilot, *" 2", "enter")
        assert notices(pilot)[-1] == "The segment guests 2 is saved."
    assert segments.show(people, "guests 2").selectors == ("tag:vip+lang:de", "all")


async def test_one_is_changed_and_saved_under_its_name(people: Context) -> None:
    async with console(people) as pilot:
        await press(pilot, "3", "e", "down", "c")
        assert whom(pilot) == "tag:news !tag:staff"
        assert pilot.app.screen.query_one("#whom").has_focus
        await press(pilot, *" !tag:vip", "enter", "E")
        assert pilot.app.screen.query_one("#name", Input).value == "guests"
        await press(pilot, "enter")
    assert segments.show(people, "guests").selectors == ("tag:news", "!tag:staff", "!tag:vip")
    assert acts_on_record(people)[0] == "segment.changed"


async def test_who_saved_meanwhile_is_not_overwritten_unasked(people: Context) -> None:
    async with console(people) as pilot:
        await press(pilot, "3", "f", *"tag:vip", "enter", "E", *"new")
        segments.save(people, "new", ["all"])
        await press(pilot, "enter")
        assert "There is a segment 'new' already" in notices(pilot)[-1]
    assert segments.show(people, "new").selectors == ("all",)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((), "Write selectors to narrow by first"),
        (("f", *"tag:vip", "enter", "slash", *"ada", "enter"), "clear the search and the state"),
        (("f", *"tag:vip", "enter", "s", "s"), "clear the search and the state"),
        (("f", *"tag:", "enter"), "needs a value"),
    ],
)
async def test_what_is_no_selector_is_not_saved(
    people: Context, keys: tuple[str, ...], said: str
) -> None:
    async with console(people) as pilot:
        await press(pilot, "3", *keys, "E")
        assert said in notices(pilot)[-1]


async def test_without_any_the_dialog_says_how_there_come_some(sqlite_context: Context) -> None:
    async with console(sqlite_context, size=(60, 20)) as pilot:
        await press(pilot, "3", "e")
        assert "No segments are saved yet." in shown(pilot)
        await press(pilot, "enter", "w", "d", "c")
        assert set(notices(pilot)) == {"There is no segment to choose."}
        await press(pilot, "escape")
        assert "No recipients yet." in shown(pilot)


async def test_an_audience_is_put_together_from_segments_and_saved_as_one(people: Context) -> None:
    async with console(people) as pilot:
        await press(pilot, "2")
        pilot.app.screen.query_one("#to", Input).value = "tag:vip+lang:de"
        await settle(pilot)
        await press(pilot, "ctrl+n", *"guests", "enter")
        assert "[+] saved guests" in shown(pilot)
        await press(pilot, "ctrl+s", *"both", "enter")
        assert notices(pilot)[-1] == "The segment both is saved."
        await press(pilot, *["backspace"] * 6)
        assert "[ ] saved both" in shown(pilot)
        await press(pilot, "ctrl+r")
        assert pilot.app.screen.query_one("#to", Input).value == "tag:vip+lang:de saved:guests"
    assert segments.show(people, "both").selectors == ("tag:vip+lang:de", "saved:guests")
    assert segments.count(people, "both") == 36
