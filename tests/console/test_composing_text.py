"""The editor: formats around what is selected, colours, and problems that lead to their place."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input
from textual.widgets.text_area import Selection

from hsl_tui.console.widgets.message_editor import MessageEditor
from hsl_tui.services.context import Context
from tests.console.scene import console, deliver, notices, press, queue, settle, shown, take_people


def editor(pilot: Pilot[None]) -> MessageEditor:
    return pilot.app.screen.query_one(MessageEditor)


async def write(pilot: Pilot[None], text: str, *selected: tuple[int, int]) -> None:
    editor(pilot).text = text
    if selected:
        editor(pilot).selection = Selection(*selected)
    await settle(pilot)


def colours(pilot: Pilot[None], row: int) -> dict[str, str]:
    """What of a line of the text is drawn in which colour."""
    line = editor(pilot).get_line(row)
    return {line.plain[one.start : one.end]: str(one.style) for one in line.spans}


async def test_keys_put_tags_around_a_selection_and_take_them_away(
    sqlite_context: Context,
) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "Hello\nyou there", (1, 0), (1, 3))
        await press(pilot, "ctrl+b")
        assert editor(pilot).text == "Hello\n<b>you</b> there"
        assert editor(pilot).selected_text == "you"
        await press(pilot, "ctrl+g", "i")
        assert editor(pilot).text == "Hello\n<b><i>you</i></b> there"
        await press(pilot, "alt+i", "ctrl+b")
        assert editor(pilot).text == "Hello\nyou there"
        # One key, one step back.
        await press(pilot, "ctrl+z")
        assert editor(pilot).text == "Hello\n<b>you</b> there"
        await press(pilot, "ctrl+g", "escape")
        assert editor(pilot).text == "Hello\n<b>you</b> there"


async def test_every_format_is_in_the_menu_and_the_arrows_lead_to_it(
    sqlite_context: Context,
) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        for key, tag in zip(
            "usqceop",
            ("u", "s", "blockquote", "code", "blockquote expandable", "tg-spoiler", "pre"),
            strict=True,
        ):
            await write(pilot, "x", (0, 0), (0, 1))
            await press(pilot, "ctrl+g")
            assert "Quote that unfolds" in shown(pilot)
            await press(pilot, key)
            assert editor(pilot).text == f"<{tag}>x</{tag.split()[0]}>"
        await write(pilot, "x", (0, 0), (0, 1))
        await press(pilot, "ctrl+g", "down", "down", "enter")
        assert editor(pilot).text == "<u>x</u>"


async def test_without_a_selection_one_goes_on_writing_between_the_tags(
    sqlite_context: Context,
) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2", *"a ", "ctrl+b", *"bc", "ctrl+b", *" d")
        assert editor(pilot).text == "a <b>bc</b> d"
        await press(pilot, "ctrl+b", "ctrl+b")
        assert editor(pilot).text == "a <b>bc</b> d"


async def test_a_selection_that_cuts_through_a_tag_is_left_as_it_is(
    sqlite_context: Context,
) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "<b>one</b> two", (0, 3), (0, 14))
        await press(pilot, "alt+u")
        assert editor(pilot).text == "<b>one</b> two"
        assert "cuts through a tag" in notices(pilot)[0]


async def test_a_link_asks_where_it_leads(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "Read more", (0, 0), (0, 9))
        await press(pilot, "ctrl+g", "l", "enter")
        assert "That is no link that Telegram takes" in shown(pilot)
        assert editor_below(pilot) == "Read more"
        await press(pilot, *"example.org/?a=1&b=2", "enter")
        assert editor(pilot).text == '<a href="https://example.org/?a=1&amp;b=2">Read more</a>'
        await press(pilot, "alt+l")
        assert editor(pilot).text == "Read more"
        await press(pilot, "alt+l", "escape")
        assert editor(pilot).text == "Read more"
        await write(pilot, "https://example.org/x", (0, 0), (0, 21))
        await press(pilot, "alt+l")
        assert pilot.app.screen.query_one(Input).value == "https://example.org/x"


def editor_below(pilot: Pilot[None]) -> str:
    return pilot.app.screen_stack[0].query_one(MessageEditor).text


async def test_tags_are_coloured_and_what_is_wrong_is_underlined(sqlite_context: Context) -> None:
    async with console(sqlite_context) as pilot:
        await press(pilot, "2")
        await write(pilot, "<b>x</b> &lt; {{ first_name }}\n<h1>\n<i>open")
        first = colours(pilot, 0)
        assert set(first) == {"<b>", "</b>", "&lt;", "{{ first_name }}"}
        assert first["<b>"] == first["</b>"] != first["&lt;"]
        assert "underline" in colours(pilot, 1)["<h1>"]
        assert "underline" in colours(pilot, 2)["<i>"]
        editor(pilot).move_cursor(editor(pilot).document.end)
        await press(pilot, *"</i>")
        assert "underline" not in colours(pilot, 2)["<i>"]


async def test_the_key_for_problems_leads_from_one_to_the_next(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1)
    async with console(sqlite_context, size=(120, 36)) as pilot:
        await press(pilot, "2")
        await write(pilot, 'Hello &nbsp;\n\n  <a href="x">y</a> &copy;\n&para; &sect;')
        assert "! line 1, column 7: &nbsp; is shown just as it is written" in shown(pilot)
        assert "F7: 5 problems" in shown(pilot)
        await press(pilot, "tab", "f7")
        assert editor(pilot).has_focus
        assert editor(pilot).cursor_location == (0, 6)
        places = []
        for _ in range(5):
            await press(pilot, "f7")
            places.append(editor(pilot).cursor_location)
        assert places == [(2, 2), (2, 20), (3, 0), (3, 7), (0, 6)]
        assert "▸ line 1, column 7: " in shown(pilot)
        await write(pilot, "fine\nHello <b>you")
        await press(pilot, "f7")
        assert "▸ line 2, column 7: " in shown(pilot)
        assert editor(pilot).cursor_location == (1, 6)
        await write(pilot, "fine")
        await press(pilot, "f7")
        assert notices(pilot) == ["Nothing is wrong with the text."]
        assert editor(pilot).selected_text == ""


async def test_the_problem_one_is_led_to_is_read_on_a_small_screen(
    sqlite_context: Context,
) -> None:
    take_people(sqlite_context, count=1)
    async with console(sqlite_context, size=(60, 20)) as pilot:
        await press(pilot, "2")
        await write(pilot, "Hello\n&nbsp;\n\n&copy;")
        await press(pilot, "f7", "f7")
        assert "▸ line 4, column 1: &copy; is shown" in shown(pilot)


async def test_the_same_keys_serve_where_what_was_sent_is_edited(sqlite_context: Context) -> None:
    take_people(sqlite_context, count=1)
    deliver(sqlite_context, queue(sqlite_context, "Hello you").id, sent=1)
    async with console(sqlite_context) as pilot:
        await press(pilot, "e")
        editor(pilot).select_all()
        await press(pilot, "ctrl+b")
        assert editor(pilot).text == "<b>Hello you</b>"
        await write(pilot, "Hello <b>you")
        await press(pilot, "f7")
        assert editor(pilot).cursor_location == (0, 6)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (200, 60)])
async def test_all_of_the_form_can_be_seen(sqlite_context: Context, size: tuple[int, int]) -> None:
    take_people(sqlite_context, count=1)
    async with console(sqlite_context, size=size) as pilot:
        await press(pilot, "2")
        await write(pilot, "Hello {{ first_name }}")
        pilot.app.screen.query_one("#when", Input).value = "tomorrow 9:00"
        await settle(pilot)
        for word in ("Hello {{", "✓ 9 of 4,096", "Hello Ada", "resend", "link preview", "Review"):
            assert word in shown(pilot)
