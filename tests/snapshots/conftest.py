"""Consoles with something on record, and whether they look as they did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hsl_tui.console.app import HslTuiApp
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import schema
from hsl_tui.store.database import Database
from hsl_tui.worker import Worker
from tests.conftest import TOKEN, FrozenClock
from tests.console.scene import fill, settle
from tests.snapshots.settings import SIZES, Setting

WHY_OFF = "BOT_TOKEN is not set: nothing is sent."


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
def looks(snap_compare: Any, size: tuple[int, int]) -> Callable[..., bool]:
    """Whether the console, brought to some point, looks as it did."""

    def compare(context: Context, setting: Setting, worker: Worker | None = None) -> bool:
        async def bring(pilot: Pilot[Any]) -> None:
            await settle(pilot)
            await setting(pilot)
            for field in pilot.app.screen.query("Input, TextArea"):
                if isinstance(field, Input | TextArea):
                    field.cursor_blink = False
            await settle(pilot)

        app = HslTuiApp(context, worker, why_off=WHY_OFF, reread_every=None)
        same: bool = snap_compare(app, terminal_size=size, run_before=bring)
        return same

    return compare
