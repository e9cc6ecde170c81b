"""Putting an audience together from tags and single chats, with a count of who is in it."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Static

from hsl_tui.models.enums import RecipientState
from hsl_tui.services.context import Context
from hsl_tui.store import recipients
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON
from tests.console.scene import HOSTILE, console, press, settle, shown, take_people


def to_of(pilot: Pilot[None]) -> str:
    return pilot.app.screen_stack[0].query_one("#to", Input).value


async def begin(pilot: Pilot[None], to: str = "all") -> str:
    await press(pilot, "f3")
    pilot.app.screen.query_one("#to", Input).value = to
    await settle(pilot)
    await press(pilot, "ctrl+n")
    return said(pilot)


def said(pilot: Pilot[None]) -> str:
    """All that is shown, and what is said of the audience once more without the breaks of lines."""
    about = str(pilot.app.screen.query_one("#said", Static).content)
    return " ".join(f"{shown(pilot)} {about}".replace("│", " ").split())


@pytest.fixture
def people(sqlite_context: Context) -> Context:
    """Forty: all with news, eight vip, four staff; one of each of two states is gone."""
    take_people(sqlite_context, count=40)
    with sqlite_context.database.write() as session:
        for recipient_id, state in ((4, RecipientState.BLOCKED), (7, RecipientState.UNSUBSCRIBED)):
            recipients.set_state(session, recipient_id, state, reason="", now=NOON)
    return sqlite_context


async def test_tags_are_added_and_taken_away_with_a_count(people: Context) -> None:
    async with console(people) as pilot:
        shows = await begin(pilot)
        assert "[+] everyone 40" in shows
        assert "[ ] tag staff 4" in shows
        assert "✓ 38 recipients" in shows
        assert "Left out: 2" in shows
        assert "1 ✗ blocked" in shows
        assert "1 ‖ unsubscribed" in shows
        # From everyone a tag is first taken away.
        await press(pilot, "down", "down", "enter")
        shows = said(pilot)
        assert "[-] tag staff 4" in shows
        assert "✓ 34 recipients" in shows
        assert "Ada Lovelace, Grace Hopper, Jörg Müller" in shows
        assert "and 29 more" in shows
        assert "4 by !tag:staff" in shows
        assert "To all !tag:staff" in shows
        await press(pilot, "ctrl+r")
        assert to_of(pilot) == "all !tag:staff"
        assert "✓ 34 recipients, 6 left out" in shown(pilot)


async def test_without_everyone_a_tag_is_first_added(people: Context) -> None:
    async with console(people) as pilot:
        await begin(pilot)
        await press(pilot, "enter")
        assert "✗ No selector picks anyone" in said(pilot)
        await press(pilot, "down", "down", "down", "enter", "up", "enter", "enter")
        assert "To tag:vip !tag:staff" in said(pilot)
        await press(pilot, "enter", "ctrl+r")
        assert to_of(pilot) == "tag:vip"


async def test_single_chats_are_found_by_how_their_names_begin(people: Context) -> None:
    async with console(people) as pilot:
        await begin(pilot, "tag:staff")
        await press(pilot, *"olena")
        assert "tag" not in said(pilot).partition("Audience")[2].partition("✓")[0]
        await press(pilot, *["backspace"] * 5, *"grace")
        shows = said(pilot)
        assert "[ ] Grace Hopper 1002 @user" in shows
        await press(pilot, "enter", "down", "enter", "enter")
        shows = said(pilot)
        assert "[+] Grace Hopper 1002" in shows
        assert "To tag:staff chat:1002 !chat:1010" in shows
        await press(pilot, *["backspace"] * 5, *"@user7")
        assert "Олена Коваль ‖ unsubscribed" in said(pilot)
        await press(pilot, "ctrl+r")
        assert to_of(pilot) == "tag:staff chat:1002 !chat:1010"
        # What was chosen one by one is listed by name again.
        await press(pilot, "ctrl+n")
        assert "[+] Grace Hopper" in said(pilot)
        assert "[-] Grace Hopper" in said(pilot)


async def test_leaving_changes_nothing_and_enter_in_the_field_opens_it(people: Context) -> None:
    async with console(people) as pilot:
        await begin(pilot, "tag:vip nonsense reached-by:7")
        shows = said(pilot)
        assert "! without nonsense: no selector" in shows
        assert "✗ Nothing on record matches reached-by:7" in shows
        await press(pilot, "enter", "escape")
        assert to_of(pilot) == "tag:vip nonsense reached-by:7"
        pilot.app.screen.query_one("#to", Input).focus()
        await press(pilot, "enter")
        assert "Audience" in shown(pilot)


async def test_tags_with_blanks_and_hostile_names_are_taken_as_text(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, HOSTILE, count=4)
    with sqlite_context.database.write() as session:
        take_in(session, [Arrival(1001, tags=frozenset({"two [/b] words"}))], now=NOON)
    async with console(sqlite_context) as pilot:
        await begin(pilot, "chat:1002")
        await press(pilot, *"two", "enter")
        assert "[+] tag two [/b] words" in said(pilot)
        assert "✓ 2 recipients" in said(pilot)
        await press(pilot, *["backspace"] * 3, "u", "s", "e", "r")
        assert "\x1b" not in shown(pilot)
        assert "\u202e" not in shown(pilot)
        await press(pilot, "ctrl+r")
        assert to_of(pilot) == 'chat:1002 tag:"two [/b] words"'
        assert "✓ 2 recipients" in shown(pilot)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
async def test_list_count_and_result_are_on_the_screen(
    people: Context, size: tuple[int, int]
) -> None:
    async with console(people, size=size) as pilot:
        shows = await begin(pilot, "all !tag:staff")
        for words in ("[+] everyone", "[-] tag staff", "✓ 34 recipients", "Left out: 6"):
            assert words in shows
        assert "To all !tag:staff" in shows
