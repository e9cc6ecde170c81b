"""What each screen looks like: empty, full and in trouble, on a small and on a large terminal."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hsl_tui.console.app import HslTuiApp
from hsl_tui.services import templates
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import schema
from hsl_tui.store.database import Database
from tests.conftest import TOKEN, FrozenClock
from tests.console.scene import fill, press, settle

Setting = Callable[[Pilot[Any]], Awaitable[None]]
Matches = Callable[[Setting], bool]

SIZES = {"small": (80, 24), "large": (120, 36)}
WHY_OFF = "BOT_TOKEN is not set: nothing is sent."
MESSAGE = (
    "<b>The new timetable is here.</b>\n\nHello {{ first_name or 'passenger' }}, trains leave"
    " <u>ten minutes earlier</u> from Monday on.\n\n<blockquote>Tickets stay valid.</blockquote>\n"
    'All times: <a href="https://example.org/timetable">example.org</a>'
)


@pytest.fixture
def empty(clock: FrozenClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A database without rows, whose label is the same on every machine."""
    monkeypatch.chdir(tmp_path)
    # Pictures are of the default colours, whatever the terminal of whoever runs the tests.
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLORTERM", "truecolor")
    database = Database("sqlite:///hsl-tui.sqlite3")
    schema.upgrade(database)
    settings = Settings(bot_token=SecretStr(TOKEN), timezone="Europe/Berlin")
    yield Context(database, clock, "maria from 198.51.100.7", settings)
    database.dispose()


@pytest.fixture
def full(empty: Context) -> Context:
    """The same with something in every state."""
    fill(empty)
    return empty


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return SIZES[request.param]


@pytest.fixture
def looks(snap_compare: Any, size: tuple[int, int]) -> Callable[[Context, Setting], bool]:
    """Whether the console, brought to some point, looks as it did."""

    def compare(context: Context, setting: Setting) -> bool:
        async def bring(pilot: Pilot[Any]) -> None:
            await settle(pilot)
            await setting(pilot)
            for field in pilot.app.screen.query("Input, TextArea"):
                if isinstance(field, Input | TextArea):
                    field.cursor_blink = False
            await settle(pilot)

        app = HslTuiApp(context, why_off=WHY_OFF, reread_every=None)
        same: bool = snap_compare(app, terminal_size=size, run_before=bring)
        return same

    return compare


Looks = Callable[[Context, Setting], bool]


def keys(*names: str) -> Setting:
    async def setting(pilot: Pilot[Any]) -> None:
        await press(pilot, *names)

    return setting


def written(text: str, *names: str, to: str = "all !tag:staff", when: str = "") -> Setting:
    async def setting(pilot: Pilot[Any]) -> None:
        await press(pilot, "f3")
        screen = pilot.app.screen
        screen.query_one(TextArea).text = text
        screen.query_one("#to", Input).value = to
        screen.query_one("#when", Input).value = when
        await settle(pilot)
        await press(pilot, *names)

    return setting


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
