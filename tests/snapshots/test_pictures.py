"""The pictures that the README shows are of the console as it is."""

from __future__ import annotations

import pytest

from screenshots.draw import FOLDER, PICTURES, draw_all


def test_the_pictures_are_of_the_console_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    stale = [
        name
        for name, picture in draw_all().items()
        if picture != (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    ]
    assert not stale, "run `make screenshots`, look at what changed, and commit it"


def test_no_picture_is_left_of_what_is_drawn_no_more() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(PICTURES)
