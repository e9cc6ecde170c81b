"""What each screen looks like: empty, full and in trouble, on a small and on a large terminal."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from hsl_tui.services import templates
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from tests.snapshots.settings import MESSAGE, Looks, keys, written


@pytest.mark.parametrize("key", ["f2", "f3", "f4", "f5"])
def test_empty(looks: Looks, empty: Context, key: str) -> None:
    assert looks(empty, keys(key))


@pytest.mark.parametrize("key", ["f2", "f4", "f5"])
def test_full(looks: Looks, full: Context, key: str) -> None:
    assert looks(full, keys(key))


def test_finished_broadcast(looks: Looks, full: Context) -> None:
    assert looks(full, keys("end"))


def test_compose(looks: Looks, full: Context) -> None:
    assert looks(full, written(MESSAGE, when="2030-06-02T09:00"))


def test_compose_refused(looks: Looks, full: Context) -> None:
    setting = written("Fine\nbut <b>not this", to="tag:nobody", when="2029-01-01T09:00")
    assert looks(full, setting)


def test_review(looks: Looks, full: Context) -> None:
    assert looks(full, written(MESSAGE, "ctrl+r", when="2030-06-02T09:00"))


def test_deliveries(looks: Looks, full: Context) -> None:
    assert looks(full, keys("enter"))


def test_failed_deliveries(looks: Looks, full: Context) -> None:
    assert looks(full, keys("enter", "f", "f"))


def test_help(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f1"))


def test_confirmation(looks: Looks, full: Context) -> None:
    assert looks(full, keys("x"))


def test_resolving(looks: Looks, full: Context) -> None:
    assert looks(full, keys("u"))


def test_notice_of_an_act(looks: Looks, full: Context) -> None:
    assert looks(full, keys("p", "enter"))


def test_editing_what_was_sent(looks: Looks, full: Context) -> None:
    assert looks(full, keys("end", "e"))


def test_recalling_what_was_sent(looks: Looks, full: Context) -> None:
    assert looks(full, keys("end", "d"))


def test_media_and_buttons(looks: Looks, full: Context) -> None:
    photo = "https://example.org/a.png"
    buttons = "[primary] Read more=https://example.org | Other=https://example.com"
    setting = written(MESSAGE, "ctrl+o", *photo, "tab", *buttons)
    assert looks(full, setting)


def test_template_picker(looks: Looks, full: Context) -> None:
    for name in ("welcome", "weekly"):
        templates.save(full, name, Composition(f"<b>{name}</b>, {{{{ first_name }}}}"))
    assert looks(full, written("", "ctrl+t"))


def test_saving_a_template(looks: Looks, full: Context) -> None:
    assert looks(full, written(MESSAGE, "ctrl+s", *"weekly"))


def test_nobody_found(looks: Looks, full: Context) -> None:
    assert looks(full, keys("f4", "slash", *"nobody"))


def test_palette(looks: Looks, full: Context) -> None:
    assert looks(full, keys("ctrl+p"))


def test_database_that_is_no_database(looks: Looks, empty: Context, tmp_path: Path) -> None:
    empty.database.dispose()
    (tmp_path / "hsl-tui.sqlite3").write_bytes(b"no database" * 100)
    assert looks(dataclasses.replace(empty), keys())
