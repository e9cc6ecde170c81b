"""Draws the pictures of the console from the demo's data: ``python screenshots/draw.py``."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hsl_tui.cli.demo_past import make_past
from hsl_tui.console.app import HslTuiApp
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import schema
from hsl_tui.store.database import Database
from hsl_tui.worker import Worker, WorkerStatus

FOLDER: Final = Path(__file__).resolve().parent
SIZE: Final = (120, 36)
RECIPIENTS: Final = 12_000
PRESENT: Final = datetime(2026, 6, 12, 16, 20, tzinfo=UTC)
"""When all pictures are taken: drawing them anew must change no more than what has changed."""
ADDRESSES: Final = re.compile(r" *@font-face \{[^}]*\}\n")
"""Where fonts would be loaded from: a picture asks no other machine for anything."""

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
    "help": ["f2", "f2", "f1"],
}
"""By file name: the keys that lead there from the picture before."""


@dataclass(slots=True)
class PictureClock:
    """A clock that stands still."""

    current: datetime = PRESENT

    def now(self) -> datetime:
        return self.current

    def monotonic(self) -> float:
        return self.current.timestamp()


class BusyWorker(Worker):
    """A worker that sends nothing and says that it does."""

    @property
    def status(self) -> WorkerStatus:
        return WorkerStatus(alive=True, in_flight=3)


def main() -> None:
    """Draw all pictures."""
    logging.disable(logging.WARNING)
    for name, picture in draw_all().items():
        path = FOLDER / f"{name}.svg"
        path.write_text(picture, encoding="utf-8")
        print(path)


def draw_all() -> dict[str, str]:
    """Every picture, by its name."""
    with tempfile.TemporaryDirectory() as folder, at_work(folder) as context:
        return asyncio.run(draw(context))


@contextlib.contextmanager
def at_work(folder: str) -> Iterator[Context]:
    """The demo's past and present, with a broadcast under way."""
    clock = PictureClock()
    # The head of the pictures shows the database as it is named here.
    with contextlib.chdir(folder):
        settings = Settings(
            bot_token=SecretStr("4242424242:invented-for-the-pictures"), timezone="Europe/Berlin"
        )
        database = Database("sqlite:///hsl-tui.sqlite3")
        schema.upgrade(database)
        context = Context(database, clock, "maria from 198.51.100.7", settings)
        numbers = itertools.count(1)
        make_past(context, RECIPIENTS, lambda chats: [next(numbers) for _ in chats])
        try:
            yield context
        finally:
            database.dispose()


async def draw(context: Context) -> dict[str, str]:
    """Lead the console from picture to picture."""
    pictures = {}
    app = HslTuiApp(context, BusyWorker(context), reread_every=None)
    async with app.run_test(size=SIZE) as pilot:
        for name, keys in PICTURES.items():
            for key in keys:
                await pilot.press(key)
                await rest(pilot)
            if name == "compose":
                app.screen.query_one(TextArea).text = MESSAGE
                app.screen.query_one("#to", Input).value = "all !tag:staff"
                await rest(pilot)
            pictures[name] = ADDRESSES.sub("", app.export_screenshot(title="hsl-tui"))
    return pictures


async def rest(pilot: Pilot[Any]) -> None:
    """Wait until what was asked for is shown."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


if __name__ == "__main__":
    main()
