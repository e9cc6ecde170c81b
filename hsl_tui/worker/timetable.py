"""The timetable: what a worker does by the clock, driven by ``schedule``, beside its sending."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import schedule

from hsl_tui.errors import DatabaseError

logger = logging.getLogger(__name__)

Job = Callable[[], None]

TICK: Final = 1.0
"""Seconds between looks at the schedule."""

_SWEEP: Final = "sweep"


class Timetable:
    """Runs each job in a thread, never twice at once; a job's error never ends it.

    Args:
        sweep: at the beginning of every minute.
        token: in the middle of every minute.
        beat: every ``beat_every`` seconds, a whole number.
    """

    def __init__(self, *, sweep: Job, token: Job, beat: Job, beat_every: int) -> None:
        self._sweep = sweep
        self._token = token
        self._beat = beat
        self._beat_every = beat_every
        self._schedule = schedule.Scheduler()
        self._running: dict[str, asyncio.Task[None]] = {}

    @property
    def next_sweep(self) -> datetime | None:
        """When the next sweep is due."""
        moment = self._schedule.get_next_run(_SWEEP)
        return None if moment is None else moment.astimezone(UTC)

    async def begin(self) -> None:
        """Run every job once, one after the other."""
        await self._run("beat", self._beat)
        await self._run("token", self._token)
        await self._run(_SWEEP, self._sweep)

    async def keep(self) -> None:
        """Run the jobs at their times, for ever; cancel it to end."""
        self.plan()
        while True:
            self.tick()
            await asyncio.sleep(TICK)

    async def ended(self) -> None:
        """Wait for the jobs that are running."""
        await asyncio.gather(*self._running.values())

    def plan(self) -> None:
        """Lay out the jobs anew, from this moment on."""
        self._schedule.clear()
        every = self._schedule.every
        every().minute.at(":00", "UTC").do(self._launch, _SWEEP, self._sweep).tag(_SWEEP)
        every().minute.at(":30", "UTC").do(self._launch, "token", self._token)
        every(self._beat_every).seconds.do(self._launch, "beat", self._beat)

    def tick(self) -> None:
        """Start what is due by now."""
        idle = self._schedule.idle_seconds
        if idle is None or idle > self._beat_every + TICK:
            # The clock was set back (`schedule` thinks in local time, so this is each autumn's
            # hour too): the jobs would wait until it has caught up.
            self.plan()
        self._schedule.run_pending()

    def _launch(self, name: str, job: Job) -> None:
        """Run a job beside the sending, unless its last run has not ended."""
        before = self._running.get(name)
        if before is None or before.done():
            self._running[name] = asyncio.create_task(self._run(name, job))

    async def _run(self, name: str, job: Job) -> None:
        (error,) = await asyncio.gather(asyncio.to_thread(job), return_exceptions=True)
        if isinstance(error, DatabaseError):
            logger.warning("The %s has to wait: %s", name, error)
        elif isinstance(error, Exception):
            logger.error("The %s met an unexpected error.", name, exc_info=error)
