"""Tags around a part of a text, and the colours in which it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.console.formatting import FORMATS, Change, Format, is_around, link_tag, toggle
from hsl_tui.console.highlighting import by_line, pieces
from hsl_tui.errors import InvalidInputError

BY_NAME = {one.name: one for one in FORMATS}


def marked(text: str) -> tuple[str, int, int]:
    """A text, and where its brackets stand, which are no part of it."""
    start, end = text.index("["), text.index("]") - 1
    return text.replace("[", "", 1).replace("]", "", 1), start, end


def applied(text: str, change: Change) -> str:
    """What a change makes of a text, with brackets around what is selected."""
    made = text[: change.start] + change.instead + text[change.end :]
    first, last = change.select
    return f"{made[:first]}[{made[first:last]}]{made[last:]}"


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("bold", "a [word] here", "a <b>[word]</b> here"),
        ("bold", "a[ word ]here", "a <b>[word]</b> here"),
        ("italic", "[two\nlines]", "<i>[two\nlines]</i>"),
        ("underline", "[<b>x</b> y]", "<u>[<b>x</b> y]</u>"),
        ("strike", "[{{ name }}]", "<s>[{{ name }}]</s>"),
        ("code", "[x &lt; y]", "<code>[x &lt; y]</code>"),
        ("quote", "[x]", "<blockquote>[x]</blockquote>"),
        ("long-quote", "[x]", "<blockquote expandable>[x]</blockquote>"),
        ("spoiler", "[x]", "<tg-spoiler>[x]</tg-spoiler>"),
        ("pre", "[x]", "<pre>[x]</pre>"),
        # Once more takes them away.
        ("bold", "a <b>[word]</b> here", "a [word] here"),
        ("bold", "a [<b>word</b>] here", "a [word] here"),
        ("bold", "a [<STRONG>word</STRONG>] here", "a [word] here"),
        ("quote", "<blockquote expandable>[x]</blockquote>", "[x]"),
        ("link", 'a <a href="https://example.org">[x]</a>', "a [x]"),
        ("bold", "[<b>x</b> <b>y</b>]", "<b>[<b>x</b> <b>y</b>]</b>"),
        # Without a selection.
        ("bold", "a [] here", "a <b>[]</b> here"),
        ("bold", "a <b>[]</b> here", "a [] here"),
        ("bold", "a <b>word[]</b> here", "a <b>word</b>[] here"),
        ("italic", "a <b>word[]</b> here", "a <b>word<i>[]</i></b> here"),
        ("bold", "[]", "<b>[]</b>"),
        ("bold", "[  ]", "<b>[  ]</b>"),
    ],
)
def test_tags_are_put_around_a_selection_and_taken_away(name: str, before: str, after: str) -> None:
    text, start, end = marked(before)
    assert applied(text, toggle(text, start, end, BY_NAME[name])) == after


@pytest.mark.parametrize(
    "before",
    [
        "[a <b>word] here</b>",
        "<b>a [word</b> here]",
        "a <[]b>word</b>",
        "{{ first[_name }} x]",
        "x &l[]t; y",
        "[</b>]",
    ],
)
def test_nothing_is_cut_through(before: str) -> None:
    with pytest.raises(InvalidInputError, match="cuts through"):
        toggle(*marked(before), BY_NAME["italic"])


@pytest.mark.parametrize(
    ("address", "tag"),
    [
        ("https://example.org/a?b=1&c=2", '<a href="https://example.org/a?b=1&amp;c=2">'),
        (" tg://user?id=1 ", '<a href="tg://user?id=1">'),
        ("https://example.org/{{ id }}", '<a href="https://example.org/{{ id }}">'),
        ("http://{{ host or 'x' }}/", "<a href=\"http://{{ host or 'x' }}/\">"),
    ],
)
def test_an_address_becomes_the_tag_in_front(address: str, tag: str) -> None:
    assert link_tag(address) == tag


@pytest.mark.parametrize(
    "address",
    ["", "example.org", "https://", "javascript:alert(1)", "https://a b.org", "{{ url }}"],
)
def test_what_telegram_makes_no_link_of_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError, match="no link that Telegram takes"):
        link_tag(address)


def coloured(text: str) -> list[tuple[str, str]]:
    return [(text[one.start : one.end], one.kind) for one in pieces(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain > text", []),
        ("<b>x</b>", [("<b>", "tag"), ("</b>", "tag")]),
        ('<a href="x">y</a>', [('<a href="x">', "tag"), ("</a>", "tag")]),
        ("<b>x", [("<b>", "wrong")]),
        ("x</b>", [("</b>", "wrong")]),
        ("<h1>x</h1>", [("<h1>", "wrong"), ("</h1>", "wrong")]),
        ("<b><i>x</b></i>", [("<b>", "wrong"), ("<i>", "tag"), ("</b>", "wrong"), ("</i>", "tag")]),
        ("1 < 2", [("<", "wrong")]),
        ("<b", [("<", "wrong")]),
        ("&lt; &#8364; &#x20AC;", [(one, "reference") for one in ("&lt;", "&#8364;", "&#x20AC;")]),
        ("&nbsp;", [("&nbsp;", "wrong")]),
        ("A & B", []),
        ("{{ name }}", [("{{ name }}", "variable")]),
        ("{{ name", [("{{", "wrong")]),
        ("{% if a < b %}<b>x{% endif %}", [("<b>", "tag")]),
    ],
)
def test_tags_references_and_variables_are_told_apart(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert [one for one in coloured(text) if "%" not in one[0]] == expected


def test_what_goes_over_lines_is_coloured_on_each() -> None:
    text = 'Hello\n\n<a\nhref="x">y</a>'
    found = by_line(text, pieces(text))
    assert {line: [(one.start, one.end) for one in there] for line, there in found.items()} == {
        2: [(0, 2)],
        3: [(0, 9), (10, 14)],
    }


_TEXTS = st.one_of(
    st.text(),
    st.lists(st.sampled_from(["<b>", "</b>", "<", "{{", "}}", "{%", "%}", "&lt;", "\n", "x"])).map(
        "".join
    ),
)


@given(_TEXTS)
def test_any_text_can_be_coloured(text: str) -> None:
    lines = text.split("\n")
    found = pieces(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)
    for line, there in by_line(text, found).items():
        assert all(0 <= one.start < one.end <= len(lines[line]) for one in there)


@given(_TEXTS, st.data(), st.sampled_from(FORMATS))
def test_what_was_put_around_is_taken_away_by_the_same_key(
    text: str, data: st.DataObject, of: Format
) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    try:
        if is_around(text, start, end, of):
            return
        change = toggle(text, start, end, of)
    except InvalidInputError:
        return
    made = text[: change.start] + change.instead + text[change.end :]
    back = toggle(made, *change.select, of)
    assert made[: back.start] + back.instead + made[back.end :] == text


def test_a_long_text_is_coloured_in_no_time() -> None:
    for part in ("{{", "{%", "<", "<b ", "&", "<b>", "{{ x }}", "{%{{"):
        text = part * (100_000 // len(part))
        by_line(text, pieces(text))
