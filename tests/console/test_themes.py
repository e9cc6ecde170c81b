"""Three themes, legible by measure, chosen and remembered."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from textual.color import Color

from hsl_tui.console.preferences import Preferences, default_file
from hsl_tui.console.themes import THEMES
from hsl_tui.errors import HslTuiError

_LEAST = {"dark": 4.5, "light": 4.5, "contrast": 7.0}
_TEXTS = (
    "foreground",
    "accent",
    "text-muted",
    "text-accent",
    "text-success",
    "text-warning",
    "text-error",
)
_GROUNDS = ("background", "surface", "panel", "boost", "cursor-row")
_PAIRS = (
    *itertools.product(_TEXTS, _GROUNDS),
    ("foreground", "button"),
    ("text-error", "button"),
    ("background", "accent"),
    ("background", "error"),
    ("block-cursor-foreground", "block-cursor-background"),
)


def luminance(color: Color) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    channels = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (one / 255 for one in color.rgb)
    ]
    return sum(
        weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), channels, strict=True)
    )


def contrast(one: Color, other: Color) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("name", THEMES)
def test_every_text_can_be_read_on_what_it_stands_on(name: str) -> None:
    theme = THEMES[name]
    colors = {**theme.to_color_system().generate(), **theme.variables}
    too_faint = {
        f"{text} on {ground}": round(found, 2)
        for text, ground in _PAIRS
        if (found := contrast(Color.parse(colors[text]), Color.parse(colors[ground])))
        < _LEAST[name]
    }
    assert too_faint == {}


def test_a_theme_is_remembered_in_a_private_file() -> None:
    file = default_file()
    assert Preferences(file).theme is None
    for theme in ("light", "contrast"):
        Preferences(file).remember_theme(theme)
        kept = Preferences(file)
        assert (kept.theme, kept.trouble) == (theme, None)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    "said", ["", "{", "[]", '"light"', '{"theme": 5}', '{"theme": "nord"}', "\x00\xff" * 9_000]
)
def test_a_broken_file_is_left_aside_with_a_sentence_and_mended(tmp_path: Path, said: str) -> None:
    file = tmp_path / "console.json"
    file.write_text(said, encoding="latin-1")
    kept = Preferences(file)
    assert kept.theme is None
    assert kept.trouble is not None
    assert str(file) in kept.trouble
    kept.remember_theme("light")
    assert json.loads(file.read_text()) == {"theme": "light"}
    assert Preferences(file).trouble is None


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    file = tmp_path / "console.json"
    file.mkdir()
    kept = Preferences(file)
    assert kept.trouble is not None
    with pytest.raises(HslTuiError, match="cannot be remembered"):
        kept.remember_theme("light")
    assert list(tmp_path.iterdir()) == [file]


def test_without_a_file_nothing_is_remembered() -> None:
    kept = Preferences(None)
    kept.remember_theme("light")
    assert kept.theme == "light"
    assert Preferences(None).theme is None
