"""What Telegram takes and shows otherwise: told, at its place in what was typed."""

from __future__ import annotations

import pytest

from hsl_tui.models.views import Person
from hsl_tui.telegram.markup import parse_html
from hsl_tui.telegram.tracing import trace
from hsl_tui.telegram.warnings import TextWarning, WarningKind, find_warnings

ANN = Person(1, first_name="Ann <3", last_name=None, attributes={"url": "", "city": "x.org"})


def warnings_of(text: str, person: Person = ANN) -> tuple[TextWarning, ...]:
    return find_warnings(trace(text, person))


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("<a>x</a>", "dead_link", "no address"),
        ("<a href=''>x</a>", "dead_link", "no address"),
        ("<a href='javascript:alert(1)'>x</a>", "dead_link", "javascript:alert(1)"),
        ("<a href='&#106;avascript:x'>x</a>", "dead_link", "javascript:x"),
        ("<a href='ftp://x.org/y'>x</a>", "dead_link", "ftp://x.org/y"),
        ("<a href='file:///etc/passwd'>x</a>", "dead_link", "file:///etc/passwd"),
        ("<a href='tel:+123'>x</a>", "dead_link", "tel:+123"),
        ("<a href='nowhere'>x</a>", "dead_link", "nowhere"),
        ("<a href='mailto:a@b.org'>x</a>", "dead_link", "http://mailto:a@b.org/"),
        ("<a href='https://evil.example'>bank.example</a>", "misleading_link", "bank.example"),
        ("<a href='https://bank.org@evil.org/'>https://bank.org</a>", "misleading_link", "evil"),
        ("<a href='evil.org'><b>Go to</b> Bank.ORG/x now</a>", "misleading_link", "Bank.ORG/x"),
        ("<a href='https://bank.org.evil.org'>bank.org</a>", "misleading_link", "evil.org"),
        ("<a href='tg://resolve?domain=x'>bank.org</a>", "misleading_link", "tg://"),
        ("<a href='evil.org'>bank.org/{{ first_name }}</a>", "misleading_link", "bank.org"),
        ("<a href='evil.org/{{ city }}'>bank.org</a>", "misleading_link", "bank.org"),
        ("<a href='https://x.org' title='y'>x</a>", "ignored_attribute", "title"),
        ("<b class='x'>x</b>", "ignored_attribute", "class"),
        ("<code class='language-python'>x</code>", "ignored_attribute", "language"),
        ("<pre language='c'>x</pre>", "ignored_attribute", "language"),
        ("<b></b>x", "ignored_tag", "nothing between"),
        ("<tg-time>x</tg-time>", "ignored_tag", "unix time"),
        ("<tg-time unix='soon'>x</tg-time>", "ignored_tag", "unix time"),
        ("<b><code>x</code></b>", "ignored_tag", "<b>"),
        ("<a href='https://x.org'><code>x</code></a>", "ignored_tag", "<a>"),
        ("&nbsp;", "literal_reference", "&#160;"),
        ("&copy;", "literal_reference", "&#169;"),
        ("&LT;", "literal_reference", "write &lt;"),
        ("&nonsense;", "literal_reference", "&amp;nonsense;"),
        ("&#0;x", "literal_reference", "&#0;"),
    ],
)
def test_what_comes_out_otherwise_is_told(text: str, kind: str, says: str) -> None:
    (warning,) = warnings_of(f"a\n👍 {text}")

    assert warning.kind == kind
    assert says in warning.message
    assert (warning.line, warning.column) == (2, 3)
    assert "\n" not in warning.message


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("<code>a <b>x</b></code>", (1, 9)),
        ("<b>a <b>x</b></b>", (1, 6)),
        ("<blockquote>a\n<blockquote>x</blockquote></blockquote>", (2, 1)),
        ("<pre> <code class='language-c'>x</code></pre>", (1, 7)),
    ],
)
def test_the_tag_that_is_ignored_is_named_and_no_other(text: str, place: tuple[int, int]) -> None:
    (warning,) = warnings_of(text)

    assert warning.kind is WarningKind.IGNORED_TAG
    assert (warning.line, warning.column) == place


@pytest.mark.parametrize(
    "text",
    [
        "plain & simple < nothing".replace("<", "&lt;"),
        "<b>a<i>b</i></b> <u>c</u> <s>d</s> <tg-spoiler>e</tg-spoiler> <B>f</B>",
        "<b>x</b><b>y</b>",
        "<b>a<code>b</code>c</b>",
        '<pre><code class="language-python">x</code></pre>',
        "<blockquote expandable>a</blockquote> <blockquote><b>b</b></blockquote>",
        '<span class="tg-spoiler">x</span>',
        '<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>',
        '<tg-time unix="1700000000" format="wDT">x</tg-time>',
        "<a href='https://x.org'>x</a> <a href='x.org'>y</a> <a href='tg://user?id=5'>z</a>",
        "<a>https://x.org/y</a>",
        "<a href='https://www.x.org/y?z'>x.org</a>",
        "<a href='https://shop.x.org'>X.org</a>",
        "<a href='https://xn--mnchen-3ya.de/'>münchen.de</a>",
        "<a href='tg://resolve?domain=y'>t.me/y</a>",
        "<a href='localhost.example:8080/x'>x</a>",
        "<a href='https://y.org'>here.</a> <a href='https://y.org'>1.2</a>",
        "<a href='https://y.org'>{{ city }}</a>",
        "&lt; &gt; &amp; &quot; &#169; &#xA9; AT&T &",
        "<b>x</>",
    ],
)
def test_what_is_shown_as_it_was_meant_is_no_reason_to_warn(text: str) -> None:
    assert warnings_of(text) == ()


def test_formatting_beyond_what_telegram_shows_is_counted_and_placed() -> None:
    assert warnings_of("<b>x</b> " * 100) == ()
    (warning,) = warnings_of("<b>x</b>\n" * 101)

    assert warning.kind is WarningKind.TOO_MANY_ENTITIES
    assert "101" in warning.message
    assert (warning.line, warning.column) == (101, 1)


def test_places_are_those_of_what_was_typed_however_long_the_names_are() -> None:
    dear = "Dear {{ first_name }}, {% if last_name -%} x {% else %}<b></b>{% endif %}"

    found = warnings_of(f"{dear}\r\n&nbsp;{{{{ city }}}}")

    assert [(one.line, one.column) for one in found] == [(1, 56), (2, 1)]


@pytest.mark.parametrize(
    "text",
    [
        "<b>{{ last_name }}</b>x",
        "<a href='{{ url }}'>x</a>",
        "<i>{% if last_name %}Mr {{ last_name }}{% endif %}</i>x",
    ],
)
def test_what_only_this_reader_lacks_is_no_fault_of_the_text(text: str) -> None:
    assert warnings_of(text) == ()


def test_a_name_is_no_reason_to_warn() -> None:
    hostile = Person(1, first_name="<a href='javascript:x'>&nbsp;</a><b></b>")

    assert warnings_of("<b>{{ first_name }}</b> {{ first_name|upper }}", hostile) == ()


@pytest.mark.parametrize("text", ["<b>x", "<b>x<b>y</></b></b>", "<br>"])
def test_what_telegram_refuses_has_no_warnings(text: str) -> None:
    assert warnings_of(text) == ()


def test_tags_that_close_without_a_name_do_no_harm() -> None:
    text = "<b>x<b>y</></b> <i><a href='javascript:x'>z</></i>"

    assert parse_html(text).text == "xy z"
    assert all(one.line == 1 for one in warnings_of(text))
