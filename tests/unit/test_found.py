"""What Telegram makes of a text on its own."""

from __future__ import annotations

import pytest

from hsl_tui.telegram.found import found_in, previewed_link
from hsl_tui.telegram.markup import Entity, parse_html


def test_addresses_mentions_and_tags_are_found_but_not_in_code_or_links() -> None:
    source = "🚆 example.org #news /start a@example.org @telegram <code>example.org #x</code>"
    assert found_in(parse_html(source)) == (
        Entity("url", 3, 11),
        Entity("hashtag", 15, 5),
        Entity("bot_command", 21, 6),
        Entity("email", 28, 13),
        Entity("mention", 42, 9),
    )
    assert found_in(parse_html('<a href="https://a.example">b.example</a>')) == ()


@pytest.mark.parametrize(
    ("source", "link"),
    [
        ("no link", None),
        ("example.org alone is a bare domain", None),
        ("example.org/page", "example.org/page"),
        ("<b>https://example.org</b> and https://example.com", "https://example.org"),
        ('🚆 <a href="https://a.example/x">here</a> https://b.example', "https://a.example/x"),
        ('https://b.example <a href="https://a.example/x">here</a>', "https://b.example"),
        ('<a href="tg://user?id=5">Ada</a> tg://resolve?domain=x', None),
        ("<code>https://example.org</code>", None),
    ],
)
def test_the_first_link_is_previewed(source: str, link: str | None) -> None:
    assert previewed_link(parse_html(source)) == link
