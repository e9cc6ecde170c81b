"""What opens over the screens looks like, on a small and on a large terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsl_tui.services import segments
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


def test_recipients_by_selectors(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f4", "f", *"tag:vip+lang:de !chat:1001", "enter"))


def test_selectors_refused(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f4", "f", *"tag:vip !tgg:staff", "enter"))


def with_segments(context: Context) -> Context:
    segments.save(context, "german guests", ["lang:de+!tag:staff"])
    segments.save(context, "VIPs elsewhere", ["tag:vip", '!saved:"german guests"'])
    return context


def test_segments(looks: Looks, full: Context) -> None:
    assert looks(with_segments(full), keys("f4", "e"))


def test_saving_a_segment(looks: Looks, full: Context) -> None:
    setting = keys("f4", "f", *"tag:vip", "enter", "E", *"best")
    assert looks(with_segments(full), setting)


def test_audience_of_segments(looks: Looks, full: Context) -> None:
    to = 'tag:news !saved:"german guests" !tag:vip+lang:en'
    assert looks(with_segments(full), written(MESSAGE, "ctrl+n", to=to))


def test_moved_lately(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f4", "m"))


def test_forgetting(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f4", "x", *"1002"))


def test_import(looks: Looks, full: Context) -> None:
    Path("people.csv").write_text(
        "chat_id,first_name,city\n1,Ada,London\n2,Grace,\nthree,Nobody,\n", encoding="utf-8"
    )
    assert looks(full, keys("f4", "i", *"people.csv"))


def test_import_on_trial(looks: Looks, full: Context) -> None:
    Path("people.csv").write_text(
        "chat_id,first_name,city,pets\n1,Ada,London,\n1,Ada,York,2\nthree,Nobody,,\n",
        encoding="utf-8",
    )
    assert looks(full, keys("f4", "i", *"people.csv", "ctrl+t"))


def test_columns_of_an_import(looks: Looks, full: Context) -> None:
    Path("people.csv").write_text("id,Vorname,town\n1,Ada,London\n2,Grace,\n", encoding="utf-8")
    assert looks(full, keys("f4", "i", *"people.csv", "ctrl+n", "ctrl+u", *"chat_id", "down"))


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
