"""The worker as others see it: a thread that is started, asked things and told to end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from hsl_tui.bot_token import bot_id_of
from hsl_tui.errors import DatabaseUnavailableError
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.worker.heartbeat import Heartbeat
from hsl_tui.worker.reports import Orders, Progress, WorkerStatus

if TYPE_CHECKING:
    from hsl_tui.worker.engine import Engine


def why_off(settings: Settings) -> str | None:
    """Why this process sends nothing, or None when it does."""
    if settings.skip_message_scheduler:
        return "SKIP_MESSAGE_SCHEDULER is set: this process sends nothing."
    if settings.bot_token is None:
        return "BOT_TOKEN is not set: nothing is sent."
    return None


class Worker:
    """Sweeps and sends until it is stopped.

    Args:
        on_progress: called in the worker's thread when counts have moved, at most four times a
            second.
        takes_in: whether it also takes in what people tell the bot, if no other worker does.
    """

    def __init__(
        self,
        context: Context,
        on_progress: Callable[[Progress], None] | None = None,
        *,
        takes_in: bool = False,
    ) -> None:
        self._context = context
        self._takes_in = takes_in
        self._on_progress = on_progress
        self._heartbeat = Heartbeat(context, bot_id_of(context.token))
        self._orders = Orders()
        self._engine: Engine | None = None
        self._has_ended = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="hsl-tui-worker")
        self._thread.start()

    def run(self, *, once: bool = False) -> None:
        """Run in this thread until stopped; with ``once``, one sweep and all that is due now.

        Raises:
            DatabaseError: with ``once``: the database was away for too long.
        """
        # Here, where nobody waits for it: see Engine.
        from hsl_tui.worker.engine import Engine  # noqa: PLC0415 - as it says

        self._has_ended = False
        engine = Engine(
            self._context,
            self._heartbeat,
            self._orders,
            self._on_progress,
            takes_in=self._takes_in and not once,
        )
        self._engine = engine
        try:
            asyncio.run(engine.run(once=once))
        finally:
            self._engine, self._has_ended = None, True
        if engine.given_up is not None:
            raise DatabaseUnavailableError(engine.given_up)

    def stop(self) -> None:
        """Ask it to end: nothing more is claimed, calls in flight end and are recorded."""
        self._orders.stop.set()
        if (engine := self._engine) is not None:
            engine.stop()

    def wake(self) -> None:
        """Look for work now."""
        if (engine := self._engine) is not None:
            engine.wake()

    def ask_name(self) -> None:
        """Ask Telegram for the bot's name, unless that was done: the status has it afterwards."""
        if (engine := self._engine) is not None:
            engine.ask_name()

    def cut_off(self) -> None:
        """End without waiting for answers: the calls on their way are recorded as uncertain.

        So is in the end what cannot be recorded by now: whoever finds this worker dead does it.
        """
        self._orders.stop.set()
        self._orders.cut_off.set()
        if (engine := self._engine) is not None:
            engine.cut_off()

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end of its thread; whether it has ended."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def status(self) -> WorkerStatus:
        """How it is doing now."""
        engine = self._engine
        if engine is None:
            ending = self._orders.stop.is_set()
            alive = not self._has_ended
            return WorkerStatus(alive=alive, starting=alive and not ending, ending=ending)
        return engine.status
