"""Selectors in the fields of the console: one grammar, and errors that are marked in place."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from hsl_tui.console.widgets.fields import LineField
from hsl_tui.models.criteria import Criteria
from hsl_tui.models.enums import RecipientState
from hsl_tui.services import recipients, segments
from hsl_tui.services.context import Context
from tests.console.scene import console, notices, press, settle, shown, take_people


def marked(pilot: Pilot[None], field: str) -> str:
    """What is marked as wrong in a field."""
    line = pilot.app.screen.query_one(field, LineField).render_line(0)
    return "".join(
        part.text for part in line if part.style is not None and part.style.underline
    ).strip()


async def narrow(pilot: Pilot[None], line: str) -> None:
    await press(pilot, "3", "f")
    pilot.app.screen.query_one("#whom", Input).value = line
    await settle(pilot)
    await press(pilot, "enter")


@pytest.fixture
def people(sqlite_context: Context) -> Context:
    take_people(sqlite_context, count=40)
    recipients.set_state(sqlite_context, "1009", RecipientState.UNSUBSCRIBED, "asked")
    return sqlite_context


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("tag:vip", 8),
        ("tag:vip+lang:de", 3),
        ("tag:vip+!lang:de", 5),
        ("attr:city=Ghent !tag:staff", 18),
        ('state:unsubscribed "chat:1001"', 2),
        ("all !lang:de", 26),
        ("saved:both", 9),
        ("tag:nobody", 0),
    ],
)
async def test_recipients_are_narrowed_by_selectors(
    people: Context, line: str, number: int
) -> None:
    segments.save(
        people, "both", ["tag:vip+!lang:de", "tag:staff+state:unsubscribed", "lang:de+tag:vip"]
    )
    async with console(people) as pilot:
        await narrow(pilot, line)
        assert f"{number} match" in shown(pilot)
        assert pilot.app.focused is not None
        assert pilot.app.focused.id == "recipients"


async def test_a_search_and_a_state_narrow_further(people: Context) -> None:
    async with console(people) as pilot:
        await narrow(pilot, "tag:staff tag:vip")
        await press(pilot, "slash", *"ada", "enter")
        assert "2 match" in shown(pilot)
        await press(pilot, "escape", "s", "s", "s", "s")
        assert "[unsubscribed]" in shown(pilot)
        assert "1 matches" in shown(pilot)


async def test_what_is_wrong_is_marked_and_picks_nobody(people: Context) -> None:
    async with console(people) as pilot:
        await narrow(pilot, "tag:vip tgg:news all")
        assert marked(pilot, "#whom") == "tgg"
        assert "✗ " in shown(pilot)
        assert "tag" in shown(pilot)
        await press(pilot, "a", "plus")
        assert notices(pilot)[-1] == "Nobody is chosen."
        await narrow(pilot, "tag:vip")
        assert marked(pilot, "#whom") == ""
        assert "8 match" in shown(pilot)


async def test_all_whom_selectors_pick_are_tagged(people: Context) -> None:
    async with console(people) as pilot:
        await narrow(pilot, "tag:vip+lang:de tag:staff")
        await press(pilot, "a", "plus", *"june", "enter")
        await press(pilot, "enter")
    assert recipients.count(people, Criteria(tag="june")) == 7


async def test_those_of_them_who_bear_the_tag_are_untagged(people: Context) -> None:
    async with console(people) as pilot:
        await narrow(pilot, "tag:vip+lang:de tag:staff")
        await press(pilot, "a", "minus", *"vip", "enter", "enter")
        assert notices(pilot)[-1] == "4 recipients lost the tag vip."
    assert recipients.count(people, Criteria(tag="vip")) == 4


async def test_a_message_is_addressed_to_what_the_list_is_narrowed_by(people: Context) -> None:
    async with console(people) as pilot:
        await narrow(pilot, "tag:vip+lang:de !chat:1001")
        await press(pilot, "a", "w", "enter")
        to = pilot.app.screen.query_one("#to", Input).value
        assert to == "tag:vip+lang:de !chat:1001"
        assert "✓ 2 recipients" in shown(pilot)


@pytest.mark.parametrize(
    ("to", "fault"),
    [
        ("all !tgg:staff", "tgg"),
        ('tag:vip tag:"open', '"open'),
        ("tag:vip+lang:", ":"),
        ("all state:blokked", "blokked"),
    ],
)
async def test_the_place_of_an_error_is_marked_in_the_form(
    people: Context, to: str, fault: str
) -> None:
    async with console(people) as pilot:
        await press(pilot, "2")
        field = pilot.app.screen.query_one("#to", LineField)
        field.value = to
        await settle(pilot)
        assert fault in marked(pilot, "#to")
        assert "✗ " in shown(pilot)
        field.value = "tag:vip"
        await settle(pilot)
        assert marked(pilot, "#to") == ""
        assert "✓ 8 recipients" in shown(pilot)
