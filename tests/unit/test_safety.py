from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hsl_tui.safety import safe_text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[2J", "\\x1b[2J"),
        ("a\nb\tc\x00", "a\\nb\\tc\\x00"),
        ("\x7f\x85\x9b31m", "\\x7f\\x85\\x9b31m"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\u2066a\u2069\u200f", "\\u2066a\\u2069\\u200f"),
        ("a\u200bb\ufeff\u2028", "a\\u200bb\\ufeff\\u2028"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_acts_is_written_out(text: str, shown: str) -> None:
    assert safe_text(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, Привет, שלום, नमस्ते",
        "\N{WOMAN}\N{ZERO WIDTH JOINER}\N{ROCKET}",
        "\N{HEAVY BLACK HEART}\N{VARIATION SELECTOR-16}",
        "می\N{ZERO WIDTH NON-JOINER}خواهم",
        "[bold]not markup[/bold]",
    ],
)
def test_what_people_write_with_stays(text: str) -> None:
    assert safe_text(text) == text


def test_newlines_stay_where_they_are_wanted() -> None:
    assert safe_text("a\nb\r\x1b", newlines=True) == "a\nb\\r\\x1b"


@given(st.text(st.characters(codec=None)))
def test_whatever_the_text_it_is_one_line_that_can_be_written(text: str) -> None:
    shown = safe_text(text)

    assert len(shown.splitlines()) <= 1
    shown.encode()
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
