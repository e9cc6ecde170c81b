"""The worker's event loop: what goes on in its thread."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Final

from hsl_tui.errors import BotApiError, DatabaseError
from hsl_tui.services.context import Context
from hsl_tui.store import audit, pace
from hsl_tui.telegram.gateway import Gateway
from hsl_tui.worker import rounds
from hsl_tui.worker.dispatcher import Dispatcher, places
from hsl_tui.worker.heartbeat import Heartbeat
from hsl_tui.worker.introduction import Introduction
from hsl_tui.worker.recorder import Recorder
from hsl_tui.worker.reports import Orders, Progress, WorkerStatus
from hsl_tui.worker.timetable import Timetable

if TYPE_CHECKING:
    from hsl_tui.worker.intake import Intake

logger = logging.getLogger(__name__)

_TICK: Final = 1.0
"""Seconds between looks at whether it is to end, and before it tries again after a bug."""

_DRAIN: Final = 30.0
"""Seconds for which an ending worker, after its last call, tries to record what it knows."""

_RECORD: Final = 2.0
"""Seconds for which one that is cut off does."""

_PATIENCE_ONCE: Final = 30.0
"""Seconds without a database after which a single sweep ends: whoever started it starts others."""

_FAULT: Final = "The worker met an error that nobody foresaw; the log has it. It tries again."

_PROGRESS_INTERVAL: Final = 0.25
"""Seconds between two reports of progress, at least."""


class Engine:
    """Sweeps and sends from one event loop until it is told to end.

    Apart from :class:`~hsl_tui.worker.worker.Worker`, since what it needs takes a while to load:
    who only shows something need not wait for it.

    Args:
        orders: what others ask of it.
        on_progress: called when counts have moved, at most four times a second.
        takes_in: whether it also takes the bot's updates in, if no other worker does.
    """

    def __init__(
        self,
        context: Context,
        heartbeat: Heartbeat,
        orders: Orders,
        on_progress: Callable[[Progress], None] | None,
        *,
        takes_in: bool = False,
    ) -> None:
        self._context = context
        self._heartbeat = heartbeat
        self._orders = orders
        self._on_progress = on_progress
        self._moved: set[int] = set()
        self._report: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._dispatcher: Dispatcher | None = None
        self._recorder: Recorder | None = None
        self._timetable: Timetable | None = None
        self._introduction: Introduction | None = None
        self._takes_in = takes_in
        self._intake: Intake | None = None
        self._fault: str | None = None
        """What nobody foresaw and keeps it from sending."""
        self.given_up: str | None = None
        """Why a single sweep ended before its time."""

    # --- from any thread -------------------------------------------------------------------

    def stop(self) -> None:
        """Claim nothing more."""
        self._call_soon(self._stop)

    def wake(self) -> None:
        """Look for work now."""
        self._call_soon(lambda dispatcher: dispatcher.wake())

    def ask_name(self) -> None:
        """Ask Telegram for the bot's name, unless that was done."""
        self._call_soon(lambda _: self._introduce())

    def cut_off(self) -> None:
        """Wait for no answers any more."""
        self._call_soon(lambda dispatcher: dispatcher.cut_off())

    @property
    def status(self) -> WorkerStatus:
        """How it is doing now."""
        dispatcher, recorder, timetable = self._dispatcher, self._recorder, self._timetable
        ending = self._orders.stop.is_set()
        if dispatcher is None or recorder is None or timetable is None:
            return WorkerStatus(
                alive=True, starting=not ending, ending=ending, trouble=self._heartbeat.trouble
            )
        return WorkerStatus(
            alive=True,
            ending=ending,
            bot=None if self._introduction is None else self._introduction.username,
            in_flight=len(dispatcher.calls.open),
            unsettled=len(dispatcher.calls),
            next_sweep=timetable.next_sweep,
            halted_for=dispatcher.hold.halted_for,
            stopped_reason=dispatcher.hold.stopped_reason,
            trouble=(
                self._fault
                or recorder.trouble
                or dispatcher.trouble
                or dispatcher.health.trouble
                or self._heartbeat.trouble
            ),
        )

    def _call_soon(self, act: Callable[[Dispatcher], None]) -> None:
        loop, dispatcher = self._loop, self._dispatcher
        if loop is not None and dispatcher is not None:
            try:
                loop.call_soon_threadsafe(act, dispatcher)
            except RuntimeError:  # the loop was closed in between: there is nothing left to tell
                return

    # --- in the worker's thread ------------------------------------------------------------

    async def run(self, *, once: bool) -> None:
        """Run until stopped; with ``once``, one sweep and all that is due now."""
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
                if await self._enter(once=once):
                    await self._work(gateway, once=once)
        finally:
            self._dispatcher = self._recorder = self._timetable = self._loop = None
            self._introduction = self._intake = None

    async def _enter(self, *, once: bool) -> bool:
        """Go on record, as soon as that can be; False when stopped before."""
        while not self._orders.stop.is_set():
            try:
                await asyncio.to_thread(self._heartbeat.enter)
            except DatabaseError as error:
                if once:
                    # Whatever starts single sweeps starts the next one too.
                    raise
                logger.warning("The worker cannot start yet: %s", error)
                await asyncio.sleep(_TICK)
            else:
                return True
        return False

    async def _work(self, gateway: Gateway, *, once: bool) -> None:
        recorder = Recorder(
            self._context.database,
            gateway.bot_id,
            self._heartbeat.actor,
            self._context.clock.now,
            self._note_moved,
        )
        dispatcher = Dispatcher(
            self._context,
            gateway,
            recorder,
            worker_id=self._heartbeat.number_to_claim_for,
            actor=self._heartbeat.actor,
        )
        timetable = Timetable(
            sweep=self._sweep,
            token=lambda: self._try_stopped_token(gateway),
            beat=self._heartbeat.beat,
            beat_every=self._heartbeat.every,
        )
        self._dispatcher, self._recorder, self._timetable = dispatcher, recorder, timetable
        self._introduction = introduction = Introduction(gateway)
        if self._takes_in:
            # Here, for a console never does.
            from hsl_tui.worker.intake import Intake  # noqa: PLC0415 - as it says

            self._intake = Intake(self._context, self._heartbeat)
        if self._orders.stop.is_set():
            self._stop(dispatcher)
        recording = asyncio.create_task(self._keep_up("recorder", recorder.run))
        await timetable.begin()
        keeping = asyncio.create_task(self._keep_up("timetable", timetable.keep))
        asking = asyncio.create_task(self._keep_up("introduction", introduction.run))
        taking_in = asyncio.create_task(self._take_in())
        try:
            await self._dispatch(dispatcher, recorder, once=once)
        finally:
            self._stop(dispatcher)
            await asyncio.gather(taking_in, return_exceptions=True)
            loops = (keeping, recording, asking)
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await timetable.ended()
            left = len(dispatcher.calls)
            if left:
                # Its row stays among the living, so that those who find it dead settle them.
                logger.error("%d outcomes could not be recorded: they are uncertain now.", left)
            else:
                await self._leave()
            self._tell_progress()

    async def _take_in(self) -> None:
        """Take updates in, for as long as this worker is to."""
        if self._intake is not None:
            await self._intake.run()

    def _stop(self, dispatcher: Dispatcher) -> None:
        dispatcher.stop()
        if self._intake is not None:
            self._intake.stop()

    async def _keep_up(self, what: str, run: Callable[[], Coroutine[None, None, None]]) -> None:
        """Keep one of the worker's loops going: a bug ends one attempt, not the loop."""
        while True:
            (error,) = await asyncio.gather(run(), return_exceptions=True)
            logger.error("The %s met an unexpected error.", what, exc_info=error)
            await asyncio.sleep(_TICK)

    async def _dispatch(self, dispatcher: Dispatcher, recorder: Recorder, *, once: bool) -> None:
        """Send to the end; a bug ends one attempt, not the worker."""
        while True:
            sending = asyncio.create_task(dispatcher.run(once=once))
            await self._until_done_or_given_up(sending, dispatcher, recorder, once=once)
            if not sending.done():
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                return
            error = sending.exception()
            if error is None:
                return
            logger.error("The dispatcher met an unexpected error.", exc_info=error)
            self._fault = _FAULT
            if once:
                dispatcher.stop()
            await asyncio.sleep(_TICK)

    async def _until_done_or_given_up(
        self,
        sending: asyncio.Task[None],
        dispatcher: Dispatcher,
        recorder: Recorder,
        *,
        once: bool,
    ) -> None:
        drained_at: float | None = None
        there_at = self._context.clock.monotonic()
        while not sending.done():
            await asyncio.wait({sending}, timeout=_TICK)
            if not sending.done():
                self._fault = None
            now = self._context.clock.monotonic()
            trouble = recorder.trouble or dispatcher.trouble
            if trouble is None:
                there_at = now
            elif once and not self._orders.stop.is_set() and now - there_at >= _PATIENCE_ONCE:
                self.given_up = f"Given up after {_PATIENCE_ONCE:.0f} s: {trouble}"
                self._orders.stop.set()
                dispatcher.stop()
            # Calls end by their own time limits, that of a large upload too.
            if not self._orders.stop.is_set() or dispatcher.calls.open:
                # Those of a claim that was being made when it was told to stop begin after that.
                drained_at = None
                continue
            drained_at = now if drained_at is None else drained_at
            if now >= drained_at + self._patience_at_the_end:
                return

    @property
    def _patience_at_the_end(self) -> float:
        return _RECORD if self._orders.cut_off.is_set() else _DRAIN

    def _sweep(self) -> None:
        if rounds.sweep(self._context, self._heartbeat.actor):
            self.wake()

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
                audit.append(session, at=now, actor=self._heartbeat.actor, action="bot.resumed")
        self.wake()

    async def _leave(self) -> None:
        try:
            await asyncio.to_thread(self._heartbeat.leave)
        except DatabaseError as error:
            logger.warning("This worker's end cannot be noted: %s", error)

    def _introduce(self) -> None:
        if self._introduction is not None:
            self._introduction.begin()

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
