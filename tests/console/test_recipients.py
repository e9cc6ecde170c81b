"""Searching recipients."""

from __future__ import annotations

from hsl_tui.models.enums import RecipientState
from hsl_tui.services.context import Context
from hsl_tui.store import recipients
from hsl_tui.store.intake import Arrival, take_in
from tests.console.scene import console, press, shown, take_people


async def test_an_empty_list_says_where_recipients_come_from(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "3")
        assert "hsl-tui recipients import FILE.csv" in shown(pilot)


async def test_search_by_beginning_tag_and_state(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    with sqlite_context.database.write() as session:
        recipients.set_state(
            session,
            2,
            RecipientState.BLOCKED,
            reason="bot was blocked by the user",
            now=sqlite_context.clock.now(),
        )
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "slash", *"hopp", "enter")
        assert shown(pilot).count("Grace Hopper") == 5 + 1
        assert "Ada" not in shown(pilot)
        await press(pilot, "t", *"vip", "enter")
        assert shown(pilot).count("Grace Hopper") == 1 + 1
        await press(pilot, "escape", "s", "s")
        assert "[blocked]" in shown(pilot)
        assert "@user2 " in shown(pilot)
        assert "since 2030-06-01" in shown(pilot)
        assert "bot was blocked by the user" in shown(pilot)
        await press(pilot, "s")
        assert "Nobody is found like that." in shown(pilot)
        await press(pilot, "escape")
        assert "Ada Lovelace" in shown(pilot)


async def test_digits_in_the_search_are_text(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", "slash", *"1004")
        assert pilot.app.current_mode == "recipients"
        assert "@user4 " in shown(pilot)
        assert "@user5 " not in shown(pilot)


async def test_pages_follow_each_other(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=250)
    async with console(sqlite_context) as pilot:
        await press(pilot, "3", *["end"] * 3)
        assert "1250" in shown(pilot)
        await press(pilot, *["pageup"] * 20)
        assert "1001" in shown(pilot)


async def test_the_chosen_one_is_told_in_full(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=40)
    async with console(sqlite_context, size=(60, 20)) as pilot:
        await press(pilot, "3", "end", "up")
        assert "Олена Коваль  ● active  @user39 · chat 1039 · en" in shown(pilot)
        assert "tags news   city Oslo" in shown(pilot)


async def test_hostile_attributes_and_tags_are_told_as_text(sqlite_context: Context) -> None:
    hostile = Arrival(
        chat_id=5, first_name="[/b]\x1b]0;x\x07", attributes={"[i]\x1b[2J": "\u202e[/]\nsecond"}
    )
    with sqlite_context.database.write() as session:
        take_in(session, [hostile], now=sqlite_context.clock.now())
    async with console(sqlite_context) as pilot:
        await press(pilot, "3")
        assert "[/b]" in shown(pilot)
        assert "[i]" in shown(pilot)
        assert "[/]\\nsecond" in shown(pilot)
        assert not any(one in shown(pilot) for one in "\x1b\u202e\x07")
