"""How a message is drawn as its reader will see it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from hsl_tui.console.preview.bubble import WIDEST, Bubble
from hsl_tui.console.preview.message import Message
from hsl_tui.models.content import Button
from hsl_tui.models.enums import ButtonStyle, MediaKind
from hsl_tui.safety import safe_text
from hsl_tui.services.previewing import MediaItem
from hsl_tui.telegram.markup import Entity, parse_html

AT = datetime(2030, 6, 1, 9, 30, tzinfo=UTC)


def read(source: str, **more: object) -> Message:
    """A message of Telegram HTML."""
    parsed = parse_html(source)
    return Message(parsed.text, parsed.entities, **more)  # type: ignore[arg-type] # its own fields


def drawn(message: Message, width: int = WIDEST, *, revealed: bool = False) -> Content:
    return Bubble(message, revealed=revealed).content(width)


def inside(message: Message, width: int = WIDEST, *, revealed: bool = False) -> list[str]:
    """What stands in the frame, line by line."""
    lines = drawn(message, width, revealed=revealed).plain.splitlines()
    return [line[2:-2].rstrip() for line in lines if line.startswith("│")]


def styled(content: Content, style: str) -> list[str]:
    """What carries a style, piece by piece and in order."""
    return [
        content.plain[span.start : span.end]
        for span in sorted(content.spans)
        if style in str(span.style).split()
    ]


def test_nested_formatting_lies_over_what_it_covers() -> None:
    content = drawn(read("a <b>bold <i>both</i></b> <i>italic</i> <s>gone</s>"))
    assert inside(read("a <b>bold <i>both</i></b>")) == ["a bold both"]
    assert styled(content, "bold") == ["bold both"]
    assert styled(content, "italic") == ["both", "italic"]
    assert styled(content, "strike") == ["gone"]


def test_overlapping_formatting_keeps_its_bounds() -> None:
    message = Message("abcdef", [Entity("bold", 0, 4), Entity("italic", 2, 4)])
    content = drawn(message)
    assert styled(content, "bold") == ["abcd"]
    assert styled(content, "italic") == ["cdef"]


def test_offsets_count_what_lies_beyond_the_first_plane_twice() -> None:
    content = drawn(read("🚆🚆 <b>on 🚆 time</b> <i>now</i>"))
    assert styled(content, "bold") == ["on 🚆 time"]
    assert styled(content, "italic") == ["now"]


def test_an_entity_that_ends_beyond_the_text_does_no_harm() -> None:
    assert inside(Message("ab", [Entity("bold", 1, 9), Entity("code", 7, 2)])) == ["ab"]


def test_text_that_reads_leftwards_stands_at_the_right() -> None:
    lines = drawn(read("left\nמחר <b>בעיר</b>\nמחר")).plain.splitlines()
    assert lines[1].startswith("│ left ")
    assert lines[2].endswith(" מחר בעיר │")
    assert lines[3].endswith("  מחר │")
    assert styled(drawn(read("מחר <b>בעיר</b>")), "bold") == ["בעיר"]


def test_a_spoiler_is_hidden_at_its_own_width_until_it_is_asked_for() -> None:
    message = read("It is <tg-spoiler>a 🐟 from <b>北京</b></tg-spoiler>!")
    assert inside(message) == ["It is ▒ ▒▒ ▒▒▒▒ ▒▒▒▒!"]
    assert inside(message, revealed=True) == ["It is a 🐟 from 北京!"]
    assert Bubble(message).hides
    assert not Bubble(read("nothing <b>here</b>")).hides


def test_spoilers_wrap_as_what_they_hide() -> None:
    message = read(f"<tg-spoiler>{'several words 北京 ' * 9}</tg-spoiler>")
    hidden, shown = inside(message), inside(message, revealed=True)
    assert [cell_len(line) for line in hidden] == [cell_len(line) for line in shown]


def test_quotes_stand_beside_a_bar_and_take_the_line_breaks_around_them() -> None:
    text = "before\n<blockquote>one\n<b>two</b></blockquote>\nafter"
    assert inside(read(text)) == ["before", "▎ one", "▎ two", "after"]
    assert inside(read(text.replace("\n<blockquote>", "<blockquote>"))) == inside(read(text))
    assert inside(read("<blockquote>a</blockquote>\n\n<blockquote>b</blockquote>")) == [
        "▎ a",
        "",
        "▎ b",
    ]


def test_quotes_that_expand_show_three_lines_at_first() -> None:
    message = read("<blockquote expandable>1\n2\n3\n4\n5</blockquote>")
    assert inside(message) == ["▎ 1", "▎ 2", "▎ 3 …"]
    assert inside(message, revealed=True) == ["▎ 1", "▎ 2", "▎ 3", "▎ 4", "▎ 5"]
    assert inside(read("<blockquote expandable>1\n2\n3</blockquote>")) == ["▎ 1", "▎ 2", "▎ 3"]


def test_code_names_its_language_and_wears_its_colours() -> None:
    source = '<pre><code class="language-python">def f():\n    return 1</code></pre>'
    assert inside(read(source)) == ["┆ python", "┆ def f():", "┆     return 1"]
    assert styled(drawn(read(source)), "$text-warning") == ["┆ ", "┆ ", "f", "┆ ", "1"]
    assert inside(read('<pre><code class="language-[/b]">x</code></pre>')) == ["┆ [/b]", "┆ x"]
    assert inside(read("<pre>plain</pre>")) == ["┆ plain"]


def test_code_in_a_quote_keeps_both_bars() -> None:
    source = "<blockquote>see\n<pre>code</pre></blockquote>"
    assert inside(read(source)) == ["▎ see", "▎ ┆ code"]


def test_links_are_numbered_and_lead_where_the_lines_below_say() -> None:
    source = (
        '<a href="https://example.org/a">here</a> or <a href="https://example.org/b">there</a>,'
        ' again <a href="https://example.org/a">here</a>, <a href="tg://user?id=77">Ada</a>'
    )
    text = drawn(read(source)).plain
    assert "here¹ or there², again here¹, Ada³" in text
    assert text.splitlines()[-3:] == [
        "¹ https://example.org/a",
        "² https://example.org/b",
        "³ user 77",
    ]


def test_a_link_that_says_where_it_leads_needs_no_line() -> None:
    message = read('<a href="https://example.org/">https://example.org</a>')
    assert drawn(message).plain.count("example.org") == 1


def test_long_addresses_are_told_in_full() -> None:
    address = "https://example.org/" + "a" * 90
    text = drawn(read(f'<a href="{address}">x</a>')).plain
    assert address in "".join(line.strip("¹ ") for line in text.splitlines()[3:])


@pytest.mark.parametrize(
    ("letters", "said"),
    [
        ("wDt", "Sunday, 08:40, June 2, 2030"),
        ("dT", "08:40:00, 02.06.30"),
        ("r", "in 23 hours"),
        ("", "tomorrow"),
    ],
)
def test_dates_are_written_as_telegram_writes_them(letters: str, said: str) -> None:
    source = f'<tg-time unix="1906620000" format="{letters}">tomorrow</tg-time>'
    assert inside(read(source, at=AT))[0].startswith(said)


def test_the_time_shares_the_last_line_where_there_is_room() -> None:
    assert inside(read("Hello", at=AT)) == ["Hello" + " " * 32 + "09:30"]
    assert len(inside(read("x" * 38, at=AT))) == 2
    assert len(inside(read("<blockquote>q</blockquote>", at=AT))) == 2


def test_media_stands_above_its_caption() -> None:
    photo = MediaItem(MediaKind.PHOTO, "timetable.jpg", 245_000)
    lines = drawn(read("A caption", media=[photo])).plain.splitlines()
    assert lines[1].split() == ["│", "📷", "timetable.jpg", "Photo", "·", "239", "kB", "│"]
    assert lines[2].startswith("├───")
    above = drawn(read("A caption", media=[photo], caption_above=True)).plain.splitlines()
    assert "A caption" in above[1]
    assert "timetable.jpg" in above[3]


def test_an_album_is_rows_of_items() -> None:
    items = [MediaItem(MediaKind.PHOTO, f"{at}.jpg") for at in range(3)]
    lines = drawn(read("", media=items)).plain.splitlines()
    assert len(lines) == 3
    assert all(f"{at}.jpg" in lines[1] for at in range(3))
    covered = [*items, MediaItem(MediaKind.VIDEO, "secret.mp4", spoiler=True)]
    assert "▒▒ secret.mp4" in drawn(read("", media=covered)).plain
    assert "🎬 secret.mp4" in drawn(read("", media=covered), revealed=True).plain


def test_a_name_that_does_not_fit_is_told_in_full_below() -> None:
    address = "https://example.org/files/timetable-of-the-year-2030.pdf"
    lines = drawn(read("", media=[MediaItem(MediaKind.DOCUMENT, address)])).plain.splitlines()
    assert "…¹  Document" in lines[1]
    assert address in "".join(line.strip("¹ ") for line in lines[3:])


def test_the_link_that_is_previewed_is_named() -> None:
    lines = inside(read("Hello", link="https://example.org/page"))
    assert lines == ["Hello", "▎ 🔗 example.org", "▎ link preview"]
    above = read("Hello", link="https://example.org/page", link_above=True)
    assert inside(above)[-1] == "Hello"


def test_buttons_stand_in_rows_of_equal_width() -> None:
    def button(text: str, style: ButtonStyle | None = None) -> Button:
        return Button(text=text, url=f"https://example.org/{text}", style=style)

    rows = [
        [button("Yes", ButtonStyle.SUCCESS), button("No", ButtonStyle.DANGER)],
        [button("Perhaps", ButtonStyle.PRIMARY)],
        [button("Later")],
    ]
    text = drawn(read("Well?", buttons=rows)).plain
    assert [len(cell) for cell in text.splitlines()[3].split("│")] == [0, 22, 21, 0]
    for label in ("✓ Yes ↗¹", "! No ↗²", "◆ Perhaps ↗³", "  Later ↗⁴"):
        assert label in text
    assert text.endswith("⁴ https://example.org/Later")


def test_nothing_that_acts_on_a_terminal_is_drawn() -> None:
    evil = "\x1b[31m\u202e[/b]\x07"
    button = Button(text=evil, url=f"https://example.org/{evil}")
    message = Message(
        evil,
        [Entity("text_link", 0, 5, url=f"https://{evil}"), Entity("pre", 5, 2, language=evil)],
        media=[MediaItem(MediaKind.DOCUMENT, evil)],
        buttons=[[button]],
        link=f"https://{evil}/",
    )
    text = drawn(message).plain
    assert safe_text(text, newlines=True) == text
    assert r"\x1b[31m" in text


_KINDS = ["bold", "italic", "underline", "strikethrough", "spoiler", "code", "text_link"]
_KINDS += ["text_mention", "custom_emoji", "date_time", "hashtag", "anything"]
_KINDS += ["pre", "blockquote", "expandable_blockquote"]
_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("a \n🐟北שּׁ\x1b\u202e")), max_size=60)
_ENTITY = st.builds(
    Entity,
    st.sampled_from(_KINDS),
    st.integers(0, 70),
    st.integers(0, 70),
    url=st.none() | _TEXT,
    language=st.none() | st.sampled_from(["python", "html", "json", "bash", "sql"]) | _TEXT,
    unix_time=st.none() | st.integers(-(2**63), 2**63),
    date_time_format=st.none() | st.sampled_from(["", "r", "wDT", "dt"]),
)
_MEDIA = st.builds(
    MediaItem,
    st.sampled_from(MediaKind),
    _TEXT,
    st.none() | st.integers(0, 10**9),
    st.booleans(),
)
_BUTTON = st.builds(Button, text=_TEXT, url=_TEXT, style=st.none() | st.sampled_from(ButtonStyle))
_MESSAGE = st.builds(
    Message,
    _TEXT,
    st.lists(_ENTITY, max_size=6),
    media=st.lists(_MEDIA, max_size=10),
    buttons=st.lists(st.lists(_BUTTON, min_size=1, max_size=12), max_size=3),
    caption_above=st.booleans(),
    link=st.none() | _TEXT,
    link_above=st.booleans(),
    at=st.just(AT),
)


@settings(max_examples=150, deadline=None)
@given(message=_MESSAGE, width=st.integers(1, 60), revealed=st.booleans())
def test_whatever_a_message_holds_it_is_drawn_safely(
    *, message: Message, width: int, revealed: bool
) -> None:
    content = drawn(message, width, revealed=revealed)
    lines = content.plain.split("\n")
    assert safe_text(content.plain, newlines=True) == content.plain
    edge = cell_len(lines[0])
    assert all(cell_len(line) == edge for line in lines if line.startswith(("│", "├", "╰")))
    assert all(cell_len(line) <= edge for line in lines)
    assert all(0 <= span.start <= span.end <= len(content.plain) for span in content.spans)
