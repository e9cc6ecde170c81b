"""Text and entities of Telegram's HTML, by the kinds of cases that TDLib's own tests hold."""

from __future__ import annotations

from typing import Final

import pytest

from hsl_tui.errors import TextRefusedError
from hsl_tui.telegram.markup import Entity, parse_html

TAGS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
HOME: Final = "http://example.org/"

READ: Final[list[tuple[str, str, list[Entity]]]] = [
    # --- characters -----------------------------------------------------------------------------
    ("", "", []),
    ("👩‍🚀 é שלום", "👩‍🚀 é שלום", []),
    ("&lt;&gt;&amp;&quot;", '<>&"', []),
    ("&ge;&laquo;&Or;&nbsp;&apos;", "&ge;&laquo;&Or;&nbsp;&apos;", []),
    ("&#60;&#x3C;&#128077;&#x1F44D;", "<<👍👍", []),
    ("&#12345678; &#; &#x; &", "&#12345678; &#; &#x; &", []),
    ("&lt&gt x", "<> x", []),
    ("&amp;lt;", "&lt;", []),
    ("a > b", "a > b", []),
    ("\t\r\n", "\t\r\n", []),
    # --- how tags are written -------------------------------------------------------------------
    ("x<B>y</b>", "xy", [Entity("bold", 1, 1)]),
    ("<b >x</b  >", "x", [Entity("bold", 0, 1)]),
    ("<i>x</>", "x", [Entity("italic", 0, 1)]),
    ("<i>x</   >", "x", [Entity("italic", 0, 1)]),
    ("<i a=b-1.c>x</i>", "x", [Entity("italic", 0, 1)]),
    ("<i a  =  'b' c = \"d&lt;&gt;\" e>x</i>", "x", [Entity("italic", 0, 1)]),
    ("<b></b>", "", []),
    ("<b>\n</b>", "\n", [Entity("bold", 0, 1)]),
    ("👍<b>👍</b>é<i>👍</i>", "👍👍é👍", [Entity("bold", 2, 2), Entity("italic", 5, 2)]),
    ("<b>👍 &lt</b>", "👍 <", [Entity("bold", 0, 4)]),
    # --- beside and in one another --------------------------------------------------------------
    ("<b>x</b><i>y</i>", "xy", [Entity("bold", 0, 1), Entity("italic", 1, 1)]),
    ("<b>x<i>y</i></b>", "xy", [Entity("bold", 0, 2), Entity("italic", 1, 1)]),
    (
        "<i><b>x</b> <u>y</u></i>",
        "x y",
        [Entity("italic", 0, 3), Entity("bold", 0, 1), Entity("underline", 2, 1)],
    ),
    (
        "<tg-spoiler>a<b>b<i>c</i></b></tg-spoiler>",
        "abc",
        [Entity("spoiler", 0, 3), Entity("bold", 1, 2), Entity("italic", 2, 1)],
    ),
    # --- links ----------------------------------------------------------------------------------
    ("<a href=example.org>x</a>", "x", [Entity("text_link", 0, 1, url=HOME)]),
    ("<a  href =  'example.org'  >x</a>", "x", [Entity("text_link", 0, 1, url=HOME)]),
    (
        '<a href="example.org/?a=1&amp;b=&lt;#c">x</a>',
        "x",
        [Entity("text_link", 0, 1, url=f"{HOME}?a=1&b=<#c")],
    ),
    (
        '<a href="HTTPS://Example.ORG/Ü?q=é">x</a>',
        "x",
        [Entity("text_link", 0, 1, url="https://example.org/Ü?q=é")],
    ),
    ("<a>example.org</a>", "example.org", [Entity("text_link", 0, 11, url=HOME)]),
    ("<a>example.org </a>", "example.org ", []),
    ("<a> </a>", " ", []),
    ("<a href='javascript:alert(1)'>x</a>", "x", []),
    ("<a href='tg://user?id=42'>x</a>", "x", [Entity("text_mention", 0, 1, user_id=42)]),
    (
        "<a href='tg://resolve?domain=x'>x</a>",
        "x",
        [Entity("text_link", 0, 1, url="tg://resolve?domain=x")],
    ),
    # --- code -----------------------------------------------------------------------------------
    (
        "<pre><code>x</code></pre>",
        "x",
        [Entity("pre", 0, 1), Entity("code", 0, 1)],
    ),
    (
        "<pre><code class='language-c'>x</code></pre>",
        "x",
        [Entity("pre", 0, 1, language="c")],
    ),
    (
        "<code class='language-c'><pre>x</pre></code>",
        "x",
        [Entity("pre", 0, 1, language="c")],
    ),
    (
        "<pre><code class='language-'>x</code></pre>",
        "x",
        [Entity("pre", 0, 1), Entity("code", 0, 1)],
    ),
    (
        "<pre><code class='language-c'>x</code> </pre>",
        "x ",
        [Entity("pre", 0, 2), Entity("code", 0, 1)],
    ),
    ("<code class='language-c'>x</code>", "x", [Entity("code", 0, 1)]),
    # --- the newer ones -------------------------------------------------------------------------
    ("<span class = 'tg-spoiler'>x</span>", "x", [Entity("spoiler", 0, 1)]),
    ("<blockquote cite='' x>y</blockquote>", "y", [Entity("blockquote", 0, 1)]),
    ("<blockquote  expandable x>y</>", "y", [Entity("expandable_blockquote", 0, 1)]),
    ("<blockquote expandable=no>y</>", "y", [Entity("expandable_blockquote", 0, 1)]),
    (
        "<blockquote>a<pre>b</pre></blockquote>",
        "ab",
        [Entity("blockquote", 0, 2), Entity("pre", 1, 1)],
    ),
    (
        "<b><tg-emoji emoji-id='77'>👍</tg-emoji>!</b>",
        "👍!",
        [Entity("bold", 0, 3), Entity("custom_emoji", 0, 2, custom_emoji_id="77")],
    ),
    (
        "<i>on <tg-time unix='1700000000' format='wDT'>Tuesday</tg-time></i>",
        "on Tuesday",
        [
            Entity("italic", 0, 10),
            Entity("date_time", 3, 7, unix_time=1700000000, date_time_format="wDT"),
        ],
    ),
    ("<tg-time unix='never'>x</tg-time>", "x", []),
]

REFUSED: Final[list[tuple[str, str, int]]] = [
    ("👍&lt;<b", "Unclosed start tag", 6),
    ("x<b a", "Unclosed start tag", 2),
    ("x<b a = ", 'Unclosed start tag "b"', 2),
    ("x<b a='b>y</b>", "Unclosed start tag", 2),
    ("x<b  =a>", 'Empty attribute name in the tag "b"', 2),
    ("x<b a=b-c", "Unclosed start tag", 2),
    ("x<b a=b-c,", "Unexpected end of name token", 7),
    ("x<abc d>", 'Unsupported start tag "abc"', 2),
    ("x<br>", 'Unsupported start tag "br"', 2),
    ("x<!-- y -->", 'Unsupported start tag "!--"', 2),
    ("x <", "Unclosed start tag", 3),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler"', 1),
    ("<span class='x'>y</span>", 'Tag "span" must have class "tg-spoiler"', 1),
    ("x</", "Unexpected end tag", 2),
    ("<b>x</b></b>", "Unexpected end tag", 9),
    ("<b>x</b", "Unclosed end tag", 5),
    ("<i>x</em >", "Unmatched end tag", 5),
    ("<b>x<i>y</b></i>", "Unmatched end tag", 9),
    ("x<i>", 'Can\'t find end tag corresponding to start tag "i"', 2),
    ("&#57311;", "Text contains invalid Unicode characters", 1),
    ("x&#xDFDF", "Text contains invalid Unicode characters", 2),
    ("<tg-emoji emoji-id='x'>👍</tg-emoji>", "Invalid custom emoji identifier specified", 1),
    ("<tg-time unix='1' format='?'>x</tg-time>", "Invalid date format used", 1),
]


@pytest.mark.parametrize(("source", "text", "entities"), READ)
def test_text_and_entities_are_those_of_telegram(
    source: str, text: str, entities: list[Entity]
) -> None:
    parsed = parse_html(source)

    assert parsed.text == text
    assert sorted(parsed.entities, key=str) == sorted(entities, key=str)


@pytest.mark.parametrize(("tag", "kind"), TAGS.items())
def test_every_tag_formats_what_is_in_it_and_nothing_else(tag: str, kind: str) -> None:
    parsed = parse_html(f"👍 <{tag}>é 👍</{tag}> z")

    assert parsed.text == "👍 é 👍 z"
    assert parsed.entities == (Entity(kind, 3, 4),)


@pytest.mark.parametrize(("source", "sentence", "column"), REFUSED)
def test_what_telegram_refuses_is_told_in_its_words_and_at_its_place(
    source: str, sentence: str, column: int
) -> None:
    with pytest.raises(TextRefusedError) as caught:
        parse_html(f"first\n{source}")

    assert str(caught.value).removeprefix("Can't parse entities: ").startswith(sentence)
    assert (caught.value.line, caught.value.column) == (2, column)
