"""Draws the pictures of the console from the demo's data: ``python screenshots/draw.py``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hsl_tui.clock import SystemClock
from hsl_tui.console.app import HslTuiApp
from hsl_tui.models.enums import BroadcastState
from hsl_tui.services import broadcasts, demo
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import schema
from hsl_tui.store.database import Database
from hsl_tui.telegram.simulator import SimulatorConfig, SimulatorThread
from hsl_tui.worker import Worker

FOLDER: Final = Path(__file__).resolve().parent
SIZE: Final = (120, 36)
RECIPIENTS: Final = 2000
PART: Final = 0.4
"""How much of the present broadcast is settled when the pictures are drawn."""

MESSAGE: Final = (
    "<b>The library stays open tonight</b>\n\n"
    "Hello {{ first_name }}, the reading rooms are open <u>until midnight</u>.\n\n"
    "<blockquote>Bring your card: the doors are locked after ten.</blockquote>\n"
    'All opening hours: <a href="https://library.example/hours">library.example/hours</a>'
)

PICTURES: Final[dict[str, Sequence[str]]] = {
    "broadcasts": ["f2"],
    "deliveries": ["enter", "f", "f"],
    "compose": ["f3"],
    "review": ["ctrl+r"],
    "recipients": ["escape", "f4"],
    "audit": ["f5"],
    "help": ["f2", "f1"],
}
"""By file name: the keys that lead there from the picture before."""


def main() -> None:
    """Draw all pictures."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder, at_work(folder) as (context, worker):
        asyncio.run(draw(context, worker))


@contextlib.contextmanager
def at_work(folder: str) -> Iterator[tuple[Context, Worker]]:
    """The demo's past and present, with a worker that is sending."""
    config = SimulatorConfig(rate=0, latency=0.0, faults=demo.FAULTS)
    # The head of the pictures shows the database as it is named here.
    with contextlib.chdir(folder), SimulatorThread(config) as telegram:
        settings = Settings(
            bot_token=SecretStr("4242424242:invented-for-the-pictures"),
            api_url=telegram.url,
            timezone="Europe/Berlin",
            messages_per_second=0,
        )
        database = Database("sqlite:///hsl-tui.sqlite3")
        schema.upgrade(database)
        context = Context(database, SystemClock(), "maria from 198.51.100.7", settings)
        demo.populate(context, RECIPIENTS)
        past = demo.a_day_before(context)
        history = demo.begin_history(past)
        send_until(past, lambda: demo.steer_history(past, history))
        demo.begin_present(context)
        send_until(context, lambda: is_part_sent(context))
        slow = replace(context, settings=settings.model_copy(update={"messages_per_second": 30}))
        worker = Worker(slow)
        worker.start()
        try:
            yield slow, worker
        finally:
            worker.stop()
            worker.join()
            database.dispose()


def send_until(context: Context, is_enough: Callable[[], bool]) -> None:
    """Let a worker send as fast as it can until that is enough."""
    worker = Worker(context)
    worker.start()
    try:
        while not is_enough():
            time.sleep(0.01)
    finally:
        worker.stop()
        worker.join()


def is_part_sent(context: Context) -> bool:
    """Whether the broadcast that is under way is as far as the pictures show it."""
    under_way = broadcasts.latest(context, state=BroadcastState.SENDING)
    return all(one.settled >= PART * one.total_recipients for one in under_way)


async def draw(context: Context, worker: Worker) -> None:
    """Lead the console from picture to picture."""
    app = HslTuiApp(context, worker)
    async with app.run_test(size=SIZE) as pilot:
        for name, keys in PICTURES.items():
            for key in keys:
                await pilot.press(key)
                await rest(pilot)
            if name == "compose":
                app.screen.query_one(TextArea).text = MESSAGE
                app.screen.query_one("#to", Input).value = "all !tag:staff"
                await rest(pilot)
            picture = FOLDER / f"{name}.svg"
            picture.write_text(app.export_screenshot(title="hsl-tui"), encoding="utf-8")
            print(picture)


async def rest(pilot: Pilot[Any]) -> None:
    """Wait until what was asked for is shown."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


if __name__ == "__main__":
    main()
