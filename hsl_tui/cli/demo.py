"""`hsl-tui demo`: everything at work, on a throwaway database and a simulated Telegram."""

from __future__ import annotations

import logging
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hsl_tui.cli.documents import broadcast_document
from hsl_tui.cli.output import JsonOption, print_json, say, whole_number, working
from hsl_tui.cli.progress import OnProgress, progress_bar
from hsl_tui.cli.running import on_signals, show_console
from hsl_tui.errors import HslTuiError, InvalidInputError, RefusedError

if TYPE_CHECKING:
    from hsl_tui.models.views import BroadcastView
    from hsl_tui.services.context import Context
    from hsl_tui.settings import Settings
    from hsl_tui.telegram.simulator import SimulatorThread

_HEADLESS_RECIPIENTS: Final = 300
_CONSOLE_RECIPIENTS: Final = 12_000
"""What is under way when the console opens takes five more minutes."""
_FEWEST_IN_CONSOLE: Final = 3000
"""With fewer, what is under way would end before it can be looked at."""

_BOT_ID: Final = 4242424242

_RATE: Final = 30
# Console, worker and Telegram share one process here: what keeps one of them busy shifts the
# others' times, and a limit without any room would refuse now and then.
_LIMIT: Final = 36
_LATENCY: Final = 0.08
"""Seconds; about what Telegram takes."""


def demo(
    *,
    headless: Annotated[
        bool, typer.Option("--headless", help="Without a terminal: deliver one broadcast and end.")
    ] = False,
    recipients: Annotated[
        int | None,
        typer.Option(
            "--recipients",
            parser=whole_number,
            metavar="N",
            help=f"How many; {_CONSOLE_RECIPIENTS} by default, headless {_HEADLESS_RECIPIENTS}.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Try it: invented recipients, a simulated Telegram; nothing is sent anywhere.

    It needs no token, and touches neither your settings nor your database.
    Without a terminal it runs headless.
    """
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if headless or as_json or not on_terminal:
        _run_headless(recipients or _HEADLESS_RECIPIENTS, as_json=as_json)
    else:
        _run_console(recipients or _CONSOLE_RECIPIENTS)


# --- headless ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of the demo's broadcast, by both sides' records."""

    broadcast: BroadcastView
    seconds: float
    accepted: int
    """Messages by the simulated Telegram's own record."""

    @property
    def agrees(self) -> bool:
        return self.broadcast.successful_deliveries == self.accepted


def _run_headless(recipients: int, *, as_json: bool) -> None:
    """Deliver a broadcast, and say what became of it.

    Raises:
        RefusedError: it was interrupted, or could not be delivered as a whole.
        HslTuiError: the two records differ.
    """
    from hsl_tui.services import demo as scene

    folder = Path(tempfile.mkdtemp(prefix="hsl-tui-demo-"))
    with _simulator() as telegram, _open(folder, telegram, logs=None) as context:
        with working("Inventing recipients"):
            scene.populate(context, recipients)
        simulated = _send_to_all(context, telegram)
        if as_json:
            print_json(_document(simulated, folder))
        else:
            _tell(context, simulated, folder)
    _judge(simulated)


def _send_to_all(context: Context, telegram: SimulatorThread) -> _Outcome:
    from hsl_tui.services import broadcasts
    from hsl_tui.services import demo as scene
    from hsl_tui.worker import Worker

    broadcast_id = scene.queue_to_all(context)
    started = time.monotonic()
    with progress_bar("Delivering") as draw:
        worker = Worker(context, lambda _: _draw(context, broadcast_id, draw))
        with on_signals(worker.stop, signal.SIGTERM, signal.SIGINT):
            worker.run(once=True)
    seconds = time.monotonic() - started
    return _Outcome(
        broadcasts.show(context, broadcast_id), round(seconds, 2), telegram.stats.accepted
    )


def _draw(context: Context, broadcast_id: int, draw: OnProgress) -> None:
    from hsl_tui.services import broadcasts

    broadcast = broadcasts.show(context, broadcast_id)
    draw(broadcast.settled, broadcast.total_recipients)


def _document(outcome: _Outcome, folder: Path) -> dict[str, Any]:
    broadcast = broadcast_document(outcome.broadcast)
    return {
        "broadcast": broadcast,
        "counts": broadcast["counts"],
        "database": str(_database(folder)),
        "seconds": outcome.seconds,
        "simulator": {"accepted": outcome.accepted},
    }


def _tell(context: Context, outcome: _Outcome, folder: Path) -> None:
    from hsl_tui.services import broadcasts

    broadcast = outcome.broadcast
    counts = ", ".join(f"{count} {status}" for status, count in broadcast.counts.items() if count)
    rate = broadcast.settled / outcome.seconds if outcome.seconds else 0
    say(f"Broadcast {broadcast.id} to {broadcast.total_recipients} recipients: {counts}.")
    say(f"{outcome.seconds:.1f} s, {rate:.1f} a second.")
    for kind, description, count in broadcasts.top_reasons(context, broadcast.id):
        say(f"  {count} × {kind}: {description}")
    if outcome.agrees:
        say(f"The simulated Telegram's own record agrees: {outcome.accepted} messages accepted.")
    database = _database(folder)
    say(f"The database is kept: {database}")
    say(f"Look into it: DATABASE_URL=sqlite:///{database} hsl-tui broadcasts show {broadcast.id}")


def _judge(outcome: _Outcome) -> None:
    from hsl_tui.models.enums import BroadcastState

    broadcast = outcome.broadcast
    if not outcome.agrees:
        msg = (
            f"The records differ: {broadcast.successful_deliveries} messages are on record as sent,"
            f" and the simulated Telegram accepted {outcome.accepted}. That is a bug; report it."
        )
        raise HslTuiError(msg)
    if broadcast.state is not BroadcastState.FINISHED:
        left = broadcast.total_recipients - broadcast.settled
        raise RefusedError(f"Interrupted with {left} deliveries to go; they wait in the database.")


# --- the console ------------------------------------------------------------------------------


def _run_console(recipients: int) -> None:
    """Open the console on a past and a present; all of it is gone at the end.

    Raises:
        InvalidInputError: there would be too few recipients.
    """
    from hsl_tui.cli.demo_past import make_past

    if recipients < _FEWEST_IN_CONSOLE:
        msg = f"The console's demo takes at least {_FEWEST_IN_CONSOLE} recipients, or --headless."
        raise InvalidInputError(msg)
    with (
        tempfile.TemporaryDirectory(prefix="hsl-tui-demo-") as name,
        _simulator() as telegram,
        _open(Path(name), telegram, logs=Path(name) / "hsl-tui.log") as context,
    ):
        with working("Inventing recipients and a past"):
            make_past(context, recipients, lambda chats: telegram.remember(_BOT_ID, chats))
        show_console(context)


# --- both -------------------------------------------------------------------------------------


@contextmanager
def _simulator() -> Iterator[SimulatorThread]:
    from hsl_tui.services.demo import FAULTS
    from hsl_tui.telegram.simulator import SimulatorConfig, SimulatorThread

    config = SimulatorConfig(rate=_LIMIT, latency=_LATENCY, faults=FAULTS)
    with SimulatorThread(config) as telegram:
        yield telegram


@contextmanager
def _open(folder: Path, telegram: SimulatorThread, *, logs: Path | None) -> Iterator[Context]:
    """A context of the demo's own: no setting of the operator's is read.

    Args:
        logs: the file for them; None for standard error.
    """
    from hsl_tui.cli.composition import open_context
    from hsl_tui.logs import configure_logging

    settings = _settings(folder, telegram)
    handler = configure_logging(
        log_format="text",
        destination=sys.stderr if logs is None else logs,
        level=logging.WARNING,
        secrets=settings.secrets,
    )
    try:
        with open_context(settings) as context:
            yield context
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def _settings(folder: Path, telegram: SimulatorThread) -> Settings:
    from pydantic import SecretStr

    from hsl_tui.settings import Settings

    return Settings(
        bot_token=SecretStr(f"{_BOT_ID}:invented-for-the-demo"),
        database_url=SecretStr(f"sqlite:///{_database(folder)}"),
        api_url=telegram.url,
        messages_per_second=_RATE,
    )


def _database(folder: Path) -> Path:
    return folder / "hsl-tui.sqlite3"
