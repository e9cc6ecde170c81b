"""The main screens in each theme, without colours, busy, and on very small and large terminals."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from textual.pilot import Pilot

from hsl_tui.console.app import HslTuiApp
from hsl_tui.services.context import Context
from hsl_tui.worker import Worker, WorkerStatus
from tests.console.scene import settle
from tests.snapshots.settings import MESSAGE, Looks, keys, written

SCREENS = pytest.mark.parametrize("key", ["f2", "f4", "f5"])


class BusyWorker(Worker):
    """A worker that sends nothing and says that it does."""

    @property
    def status(self) -> WorkerStatus:
        return WorkerStatus(alive=True, bot="timetable_bot", in_flight=3)


def in_theme(context: Context, theme: str) -> Context:
    settings = context.settings.model_copy(update={"theme": theme})
    return dataclasses.replace(context, settings=settings)


@pytest.mark.parametrize("theme", ["light", "contrast"])
@SCREENS
def test_screens_in_each_theme(looks: Looks, full: Context, theme: str, key: str) -> None:
    assert looks(in_theme(full, theme), keys(key))


@pytest.mark.parametrize("theme", ["light", "contrast"])
def test_compose_in_each_theme(looks: Looks, full: Context, theme: str) -> None:
    assert looks(in_theme(full, theme), written(MESSAGE))


def test_busy(looks: Looks, full: Context) -> None:
    assert looks(full, keys(), BusyWorker(full))


def test_without_colours(looks: Looks, full: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert looks(full, keys())


@SCREENS
@pytest.mark.parametrize("extreme", [(60, 20), (200, 60)], ids=["60x20", "200x60"])
def test_extreme_sizes(
    snap_compare: Any, full: Context, key: str, extreme: tuple[int, int]
) -> None:
    async def bring(pilot: Pilot[Any]) -> None:
        await settle(pilot)
        await keys(key)(pilot)

    app = HslTuiApp(full, why_off="This process sends nothing.", reread_every=None)
    assert snap_compare(app, terminal_size=extreme, run_before=bring)
