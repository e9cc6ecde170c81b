"""The worker: one thread with one event loop, driven by ``schedule``."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import schedule

from hsl_tui.errors import BotApiError, DatabaseError
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import audit, pace
from hsl_tui.telegram.gateway import Gateway, bot_id_of
from hsl_tui.worker import rounds
from hsl_tui.worker.dispatcher import Dispatcher, places
from hsl_tui.worker.identity import own_identity
from hsl_tui.worker.recorder import Recorder

logger = logging.getLogger(__name__)

_TICK: Final = 1.0
"""Seconds between looks at the schedule."""

_DRAIN: Final = 30.0
"""Seconds for which an ending worker tries to record what it knows."""

_PROGRESS_INTERVAL: Final = 0.25
"""Seconds between two reports of progress, at least."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Counts of these broadcasts have moved."""

    broadcast_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How the worker is doing, for the header of the console and the log."""

    alive: bool
    in_flight: int = 0
    next_sweep: datetime | None = None
    halted_for: float = 0.0
    """Seconds until Telegram takes messages again."""
    stopped_reason: str | None = None
    """Why nothing is sent until someone mends it (a refused token)."""
    trouble: str | None = None
    """What keeps it from working at the moment (the database is away)."""


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
    """

    def __init__(
        self, context: Context, on_progress: Callable[[Progress], None] | None = None
    ) -> None:
        self._context = context
        self._on_progress = on_progress
        self._own = own_identity()
        self._id = 0
        self._actor = f"worker on {self._own.host}, pid {self._own.pid}"
        self._schedule = schedule.Scheduler()
        self._running_jobs: dict[str, asyncio.Task[None]] = {}
        self._moved: set[int] = set()
        self._report: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dispatcher: Dispatcher | None = None
        self._recorder: Recorder | None = None
        self._stop_asked = threading.Event()
        self._thread: threading.Thread | None = None

    # --- from any thread -------------------------------------------------------------------

    def start(self) -> None:
        """Run in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="hsl-tui-worker")
        self._thread.start()

    def run(self, *, once: bool = False) -> None:
        """Run in this thread until stopped; with ``once``, one sweep and all that is due now."""
        asyncio.run(self._main(once=once))

    def stop(self) -> None:
        """Ask it to end: nothing more is claimed, calls in flight end and are recorded."""
        self._stop_asked.set()
        self._call_soon(lambda dispatcher: dispatcher.stop())

    def wake(self) -> None:
        """Look for work now."""
        self._call_soon(lambda dispatcher: dispatcher.wake())

    def join(self, timeout: float | None = None) -> bool:
        """Wait for the end of its thread; whether it has ended."""
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def status(self) -> WorkerStatus:
        """How it is doing now."""
        dispatcher, recorder = self._dispatcher, self._recorder
        if dispatcher is None or recorder is None:
            return WorkerStatus(alive=self._loop is not None)
        next_run = self._schedule.get_next_run("sweep")
        return WorkerStatus(
            alive=True,
            in_flight=len(dispatcher.calls),
            next_sweep=None if next_run is None else next_run.astimezone(UTC),
            halted_for=dispatcher.hold.halted_for,
            stopped_reason=dispatcher.hold.stopped_reason,
            trouble=recorder.trouble or dispatcher.trouble,
        )

    def _call_soon(self, act: Callable[[Dispatcher], None]) -> None:
        loop, dispatcher = self._loop, self._dispatcher
        if loop is not None and dispatcher is not None:
            try:
                loop.call_soon_threadsafe(act, dispatcher)
            except RuntimeError:  # the loop was closed in between: there is nothing left to tell
                return

    # --- in the worker's thread ------------------------------------------------------------

    async def _main(self, *, once: bool) -> None:
        self._loop = asyncio.get_running_loop()
        settings = self._context.settings
        gateway = Gateway(
            self._context.token,
            settings.api_url,
            request_timeout=settings.request_timeout,
            connections=places(settings.messages_per_second),
            paid_broadcast=settings.paid_broadcast,
        )
        try:
            async with gateway:
                await self._enter(gateway.bot_id)
                if self._id:
                    await self._work(gateway, once=once)
        finally:
            self._dispatcher = self._recorder = self._loop = None

    async def _enter(self, bot_id: int) -> None:
        while not self._stop_asked.is_set():
            try:
                self._id = await asyncio.to_thread(rounds.enter, self._context, self._own, bot_id)
            except DatabaseError as error:
                logger.warning("The worker cannot start yet: %s", error)
                await asyncio.sleep(_TICK)
            else:
                return

    async def _work(self, gateway: Gateway, *, once: bool) -> None:
        recorder = Recorder(
            self._context.database,
            gateway.bot_id,
            self._actor,
            self._context.clock.now,
            self._note_moved,
        )
        dispatcher = Dispatcher(
            self._context, gateway, recorder, worker_id=lambda: self._id, actor=self._actor
        )
        self._dispatcher, self._recorder = dispatcher, recorder
        if self._stop_asked.is_set():
            dispatcher.stop()
        recording = asyncio.create_task(recorder.run())
        await self._run_job("takeover", self._take_over)
        await self._run_job("token", lambda: self._try_stopped_token(gateway))
        await self._run_job("sweep", self._sweep)
        keeping = asyncio.create_task(self._keep_schedule(gateway))
        try:
            await self._dispatch(dispatcher, recorder, once=once)
        finally:
            keeping.cancel()
            recording.cancel()
            await asyncio.gather(keeping, recording, return_exceptions=True)
            await asyncio.gather(*self._running_jobs.values(), return_exceptions=True)
            self._tell_progress()
        await self._leave()

    async def _dispatch(self, dispatcher: Dispatcher, recorder: Recorder, *, once: bool) -> None:
        """Send to the end; a bug ends one attempt, not the worker."""
        while True:
            sending = asyncio.create_task(dispatcher.run(once=once))
            await self._until_done_or_given_up(sending)
            if not sending.done():
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                left = len(dispatcher.calls) + recorder.unrecorded
                logger.error("%d outcomes could not be recorded: they are uncertain now.", left)
                return
            error = sending.exception()
            if error is None:
                return
            logger.error("The dispatcher met an unexpected error.", exc_info=error)
            if once or self._stop_asked.is_set():
                return
            await asyncio.sleep(_TICK)

    async def _until_done_or_given_up(self, sending: asyncio.Task[None]) -> None:
        deadline: float | None = None
        while not sending.done():
            await asyncio.wait({sending}, timeout=_TICK)
            if self._stop_asked.is_set():
                now = self._context.clock.monotonic()
                deadline = now + _DRAIN if deadline is None else deadline
                if now >= deadline:
                    return

    def _plan(self, gateway: Gateway) -> None:
        """Lay out the jobs anew, from this moment on."""
        self._schedule.clear()
        every = self._schedule.every
        every().minute.at(":00", "UTC").do(self._launch, "sweep", self._sweep).tag("sweep")
        every().minute.at(":30", "UTC").do(
            self._launch, "token", lambda: self._try_stopped_token(gateway)
        )
        beats = max(1, round(self._context.settings.worker_timeout / rounds.BEATS_PER_TIMEOUT))
        every(beats).seconds.do(self._launch, "beat", self._beat)
        every(beats).seconds.do(self._launch, "takeover", self._take_over)

    async def _keep_schedule(self, gateway: Gateway) -> None:
        self._plan(gateway)
        while True:
            idle = self._schedule.idle_seconds
            if idle is None or idle > 60:  # noqa: PLR2004 - no job waits longer than a minute
                # The clock was set back (`schedule` thinks in local time, so this is each autumn's
                # hour too): the jobs would wait until it has caught up.
                self._plan(gateway)
            self._schedule.run_pending()
            await asyncio.sleep(_TICK)

    def _launch(self, name: str, job: Callable[[], None]) -> None:
        """Run a job beside the sending, unless its last run has not ended."""
        before = self._running_jobs.get(name)
        if before is None or before.done():
            self._running_jobs[name] = asyncio.create_task(self._run_job(name, job))

    async def _run_job(self, name: str, job: Callable[[], None]) -> None:
        (error,) = await asyncio.gather(asyncio.to_thread(job), return_exceptions=True)
        if isinstance(error, DatabaseError):
            logger.warning("The %s has to wait: %s", name, error)
        elif isinstance(error, Exception):
            logger.error("The %s met an unexpected error.", name, exc_info=error)

    def _sweep(self) -> None:
        if rounds.sweep(self._context, self._actor):
            self.wake()

    def _beat(self) -> None:
        if not rounds.beat(self._context, self._id):
            logger.warning("Others took this worker for dead; it goes on under a new number.")
            self._id = rounds.enter(self._context, self._own, bot_id_of(self._context.token))

    def _take_over(self) -> None:
        rounds.take_over_from_the_dead(self._context, self._own, self._id, self._actor)

    def _try_stopped_token(self, gateway: Gateway) -> None:
        """If the bot was stopped for its token, see whether the token is good by now."""
        with self._context.database.read() as session:
            if pace.standing(session, gateway.bot_id).stopped_reason is None:
                return
        if self._loop is None:
            return
        asked = asyncio.run_coroutine_threadsafe(gateway.get_me(), self._loop)
        try:
            asked.result()
        except BotApiError as error:
            logger.warning("Nothing is sent: %s", error)
            return
        with self._context.database.write() as session:
            if pace.stop(session, gateway.bot_id, None):
                now = self._context.clock.now()
                audit.append(session, at=now, actor=self._actor, action="bot.resumed")
        self.wake()

    async def _leave(self) -> None:
        await self._run_job("leave", lambda: rounds.leave(self._context, self._id))

    def _note_moved(self, broadcast_ids: frozenset[int]) -> None:
        self._moved |= broadcast_ids
        if self._report is None:
            loop = asyncio.get_running_loop()
            self._report = loop.call_later(_PROGRESS_INTERVAL, self._tell_progress)

    def _tell_progress(self) -> None:
        self._report = None
        moved, self._moved = frozenset(self._moved), set()
        if moved and self._on_progress is not None:
            self._on_progress(Progress(moved))
