"""What opens over the screens looks like, on a small and on a large terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsl_tui.services.context import Context
from tests.snapshots.settings import MESSAGE, Looks, keys, written


@pytest.mark.parametrize("act", ["p", "w"])
def test_of_broadcasts(looks: Looks, full: Context, act: str) -> None:
    assert looks(full, keys(act))


def test_delivery_card(looks: Looks, full: Context) -> None:
    assert looks(full, keys("end", "enter", "f", "f", "enter"))


def test_reasons(looks: Looks, full: Context) -> None:
    assert looks(full, keys("end", "enter", "w"))


def test_going_to_a_delivery(looks: Looks, full: Context) -> None:
    assert looks(full, keys("end", "enter", "colon", *"50%"))


def test_marked_deliveries(looks: Looks, full: Context) -> None:
    assert looks(full, keys("end", "enter", "space", "down", "space"))


def test_recipient_card(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f4", "enter"))


def test_tags(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f4", "t"))


def test_tagging_all_that_match(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f4", "slash", *"a", "enter", "a", "plus", *"friends", "enter"))


def test_import(looks: Looks, full: Context) -> None:
    Path("people.csv").write_text(
        "chat_id,first_name,city\n1,Ada,London\n2,Grace,\nthree,Nobody,\n", encoding="utf-8"
    )
    assert looks(full, keys("f4", "i", *"people.csv"))


def test_audit_entry(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f5", "enter"))


def test_audit_filtered(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f5", "slash", *"broadcast.q"))


def test_audience(looks: Looks, full: Context) -> None:
    assert looks(full, written(MESSAGE, "ctrl+n"))


def test_format_menu(looks: Looks, full: Context) -> None:
    assert looks(full, written(MESSAGE, "ctrl+g"))


def test_link_address(looks: Looks, full: Context) -> None:
    assert looks(full, written(MESSAGE, "ctrl+g", "l"))


def test_test_send(looks: Looks, full: Context) -> None:
    assert looks(full, written(MESSAGE, "f12"))


def test_palette_finds_broadcasts(looks: Looks, full: Context) -> None:
    assert looks(full, keys("ctrl+p", *"tra"))
