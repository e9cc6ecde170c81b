"""Draws the pictures of the console from the demo's data: ``python screenshots/draw.py``."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hsl_tui.console.app import HslTuiApp
from hsl_tui.models.enums import DeliveryStatus, ErrorKind
from hsl_tui.models.views import Claim
from hsl_tui.services import demo
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import recording, schema, workers
from hsl_tui.store.database import Database
from hsl_tui.store.reasons import Reason
from hsl_tui.worker import Worker, WorkerStatus
from hsl_tui.worker.claims import Turn, claim_fairly
from hsl_tui.worker.rounds import note_finish

FOLDER: Final = Path(__file__).resolve().parent
SIZE: Final = (120, 36)
RECIPIENTS: Final = 2000
PRESENT: Final = datetime(2026, 6, 12, 16, 20, tzinfo=UTC)
"""When all pictures are taken: drawing them anew must change no more than what has changed."""
PER_MINUTE: Final = 300
"""Deliveries that are settled before a picture's clock goes on."""
MINUTES: Final = 3
"""For how long the present broadcast has been under way."""
ACTOR: Final = "worker on post, pid 711"
REASONS: Final = {
    "blocked": Reason(ErrorKind.BLOCKED, 403, "Forbidden: bot was blocked by the user"),
    "chat_not_found": Reason(ErrorKind.CHAT_NOT_FOUND, 400, "Bad Request: chat not found"),
    "deactivated": Reason(ErrorKind.DEACTIVATED, 403, "Forbidden: user is deactivated"),
}
"""What the demo's faults are recorded as."""
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
    with tempfile.TemporaryDirectory() as folder, at_work(folder) as context:
        asyncio.run(draw(context))


@contextlib.contextmanager
def at_work(folder: str) -> Iterator[Context]:
    """The demo's past and present, with a broadcast under way."""
    clock = PictureClock(PRESENT - timedelta(days=1, hours=2))
    # The head of the pictures shows the database as it is named here.
    with contextlib.chdir(folder):
        settings = Settings(
            bot_token=SecretStr("4242424242:invented-for-the-pictures"), timezone="Europe/Berlin"
        )
        database = Database("sqlite:///hsl-tui.sqlite3")
        schema.upgrade(database)
        context = Context(database, clock, "maria from 198.51.100.7", settings)
        demo.populate(context, RECIPIENTS)
        history = demo.begin_history(context)
        while not demo.steer_history(context, history):
            settle(context, limit=60)
        clock.current = PRESENT - timedelta(minutes=MINUTES)
        demo.begin_present(context)
        for _ in range(MINUTES):
            settle(context, limit=PER_MINUTE)
            clock.current += timedelta(minutes=1)
        try:
            yield context
        finally:
            database.dispose()


def settle(context: Context, limit: int) -> None:
    """Settle so many deliveries as a worker does, without a call."""
    now = context.clock.now()
    with context.database.write() as session:
        worker_id = workers.enter(
            session, host="post", pid=711, process_started="1", bot_id=4242424242, now=now
        )
        claims = claim_fairly(
            session,
            Turn(),
            worker_id=worker_id,
            actor=ACTOR,
            limit=limit,
            sweep_limit=10,
            without=(),
            now=now,
        )
        results = [result(claim, now) for claim in claims]
        for broadcast in recording.record(session, results, now=now).finished:
            note_finish(session, broadcast, actor=ACTOR, now=now)
        workers.leave(session, worker_id, now=now)


def result(claim: Claim, now: datetime) -> recording.Result:
    """What the demo's simulated Telegram would have answered."""
    for rule in demo.FAULTS:
        if rule.match.covers_chat(claim.person.chat_id):
            return recording.Result(
                claim.broadcast_id,
                claim.seq,
                claim.token,
                DeliveryStatus.FAILED,
                at=now,
                reason=REASONS[str(rule.action)],
            )
    return recording.Result(
        claim.broadcast_id,
        claim.seq,
        claim.token,
        DeliveryStatus.SENT,
        at=now,
        message_id=1000 * claim.broadcast_id + claim.seq,
    )


async def draw(context: Context) -> None:
    """Lead the console from picture to picture."""
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
            picture = FOLDER / f"{name}.svg"
            drawn = ADDRESSES.sub("", app.export_screenshot(title="hsl-tui"))
            picture.write_text(drawn, encoding="utf-8")
            print(picture)


async def rest(pilot: Pilot[Any]) -> None:
    """Wait until what was asked for is shown."""
    await pilot.pause()
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


if __name__ == "__main__":
    main()
