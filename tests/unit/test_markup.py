from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.errors import TextRefusedError
from hsl_tui.telegram.markup import (
    CAPTION_LIMIT,
    TEXT_LIMIT,
    Entity,
    ParsedText,
    check_text,
    parse_html,
)


@pytest.mark.parametrize(
    ("source", "entity"),
    [
        ("<b>x</b>", Entity("bold", 0, 1)),
        ("<em>x</em>", Entity("italic", 0, 1)),
        ("<u>x</u>", Entity("underline", 0, 1)),
        ("<del>x</del>", Entity("strikethrough", 0, 1)),
        ("<tg-spoiler>x</tg-spoiler>", Entity("spoiler", 0, 1)),
        ('<span class="tg-spoiler">x</span>', Entity("spoiler", 0, 1)),
        ("<code>x</code>", Entity("code", 0, 1)),
        ("<pre>x</pre>", Entity("pre", 0, 1)),
        (
            '<pre><code class="language-python">x</code></pre>',
            Entity("pre", 0, 1, language="python"),
        ),
        (
            '<a href="https://example.org/?a=1&amp;b=2">x</a>',
            Entity("text_link", 0, 1, url="https://example.org/?a=1&b=2"),
        ),
        ('<a href="tg://user?id=5">x</a>', Entity("text_mention", 0, 1, user_id=5)),
        (
            '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
            Entity("custom_emoji", 0, 2, custom_emoji_id="5368324170671202286"),
        ),
        ("<blockquote>x</blockquote>", Entity("blockquote", 0, 1)),
        ("<blockquote expandable>x</blockquote>", Entity("expandable_blockquote", 0, 1)),
        (
            '<tg-time unix="1700000000">x</tg-time>',
            Entity("date_time", 0, 1, unix_time=1700000000, date_time_format=""),
        ),
        *(
            (
                f'<tg-time unix="1" format="{letters}">x</tg-time>',
                Entity("date_time", 0, 1, unix_time=1, date_time_format=letters),
            )
            for letters in ("r", "wDT", "dt", "t", "D")
        ),
    ],
)
def test_every_tag_becomes_the_entity_of_the_bot_api(source: str, entity: Entity) -> None:
    assert parse_html(source).entities == (entity,)


def test_offsets_and_lengths_count_utf_16_units() -> None:
    parsed = parse_html("👍é<b>👍</b>")

    assert parsed == ParsedText("👍é👍", (Entity("bold", 3, 2),), 5)


def test_an_entity_in_json_has_only_the_fields_of_its_type() -> None:
    assert Entity("bold", 1, 2).to_json() == {"type": "bold", "offset": 1, "length": 2}
    assert Entity("text_mention", 0, 1, user_id=5).to_json()["user"]["id"] == 5
    assert Entity("text_link", 0, 1, url="https://example.org/").to_json() == {
        "type": "text_link",
        "offset": 0,
        "length": 1,
        "url": "https://example.org/",
    }


@pytest.mark.parametrize(
    ("source", "sentence", "place"),
    [
        ("é\nab<br>", 'Unsupported start tag "br" at byte offset 5', (2, 3)),
        ("👍<br>", 'Unsupported start tag "br" at byte offset 4', (1, 2)),
        ("&lt;<br>", 'Unsupported start tag "br" at byte offset 4', (1, 5)),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2', (1, 3)),
        ("<b>x</i>", "Unmatched end tag at byte offset 4", (1, 5)),
        ("x</b>", "Unexpected end tag at byte offset 1", (1, 2)),
        ("x<b", "Unclosed start tag at byte offset 1", (1, 2)),
        ("a\n<b>x", 'Can\'t find end tag corresponding to start tag "b"', (2, 1)),
        ("<u>a</u> <U>x <u>y</u>", 'Can\'t find end tag corresponding to start tag "u"', (1, 10)),
        ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified", (1, 1)),
        (
            "<tg-emoji emoji-id='1'>👍</tg-emoji>\n<b>a <tg-emoji>x</tg-emoji></b> <tg-emoji>y</>",
            "Invalid custom emoji identifier specified",
            (2, 6),
        ),
        (
            "a\n<i><tg-time unix='1' format='?'>x</tg-time></i>",
            "Invalid date format used",
            (2, 4),
        ),
        ("&#65;&#xDFDF; x", "Text contains invalid Unicode characters", (1, 6)),
    ],
)
def test_broken_html_gives_telegrams_sentence_and_the_place(
    source: str, sentence: str, place: tuple[int, int]
) -> None:
    with pytest.raises(TextRefusedError) as caught:
        parse_html(source)

    assert str(caught.value).removeprefix("Can't parse entities: ").startswith(sentence)
    assert (caught.value.line, caught.value.column) == place


@pytest.mark.parametrize("source", ["ab\n\ud800", "\ud83d\udc4d", "&#xd800;"])
def test_lone_surrogates_are_refused(source: str) -> None:
    with pytest.raises(TextRefusedError):
        check_text(source)


@pytest.mark.parametrize("source", ["", " \n ", "<b></b>", "<b> \n</b>", "\u200b"])
def test_text_in_which_nothing_can_be_seen_is_empty(source: str) -> None:
    with pytest.raises(TextRefusedError, match="message text is empty"):
        check_text(source)

    assert check_text(source, caption=True).text == ""


@pytest.mark.parametrize(("caption", "limit"), [(False, TEXT_LIMIT), (True, CAPTION_LIMIT)])
def test_the_limit_is_in_utf_16_units_after_parsing_and_trimming(
    *, caption: bool, limit: int
) -> None:
    longest = "  <b>" + "👍" * (limit // 2) + "</b> \n"

    assert check_text(longest, caption=caption).length == limit
    with pytest.raises(TextRefusedError, match=f"is too long: {limit + 1} of {limit} characters"):
        check_text("x" + longest.lstrip(), caption=caption)


def test_trimming_moves_the_entities_along() -> None:
    assert check_text(" \n 👍<b>x \n</b>  ") == ParsedText("👍x", (Entity("bold", 2, 1),), 3)
    assert check_text("\x01a\r\u202e<i>\tb</i>") == ParsedText("a b", (Entity("italic", 1, 2),), 3)
    assert check_text("a<b>\u202e</b> <i> </i>") == ParsedText("a", (), 1)


def test_indentation_inside_the_first_entity_stays() -> None:
    assert check_text("\n<pre>  x</pre>") == ParsedText("  x", (Entity("pre", 0, 3),), 3)


PIECES = ["<b>", "</b>", "<i>", "</i>", '<a href="x.org">', "</a>", "<", "&lt;", "&", "é", "👍"]
PIECES += [
    " ",
    "\n",
    "\r",
    "\t",
    "\x00",
    "\u202e",
    "\ud800",
    "a",
    "<tg-time unix='1'>",
    "</tg-time>",
]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_any_text_is_read_or_refused_and_entities_lie_within_it(source: str) -> None:
    try:
        parsed = check_text(source)
    except TextRefusedError:
        return
    assert parsed.length == len(parsed.text.encode("utf-16-le")) // 2
    for entity in parsed.entities:
        assert 0 <= entity.offset < entity.offset + entity.length <= parsed.length


def test_importing_the_module_does_not_load_the_parser() -> None:
    script = "import sys, hsl_tui.telegram.markup; sys.exit('tdjson' in sys.modules)"

    done = subprocess.run([sys.executable, "-c", script], check=False)

    assert done.returncode == 0
