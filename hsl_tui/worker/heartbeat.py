"""The heartbeat: that this worker is on record as living, and who else is not."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hsl_tui.errors import DatabaseError, DatabaseUnavailableError
from hsl_tui.services.context import Context
from hsl_tui.worker import rounds
from hsl_tui.worker.identity import Identity, own_identity

logger = logging.getLogger(__name__)

_BEATS_PER_TIMEOUT: Final = 6
"""Heartbeats within the time after which a silent worker counts as dead."""


@dataclass(frozen=True, slots=True)
class _Beat:
    """When this worker was last known to live, by three clocks."""

    monotonic: float
    wall: datetime
    server: datetime


class Heartbeat:
    """Shows that this worker lives, and takes over from others that show it no more.

    Args:
        bot_id: the bot that this worker sends for.
    """

    def __init__(self, context: Context, bot_id: int) -> None:
        self._context = context
        self._bot_id = bot_id
        self._timeout = context.settings.worker_timeout
        self.every = max(1, round(self._timeout / _BEATS_PER_TIMEOUT))
        """Seconds between two beats."""
        # Where the time to be waited for is hardly longer than that, a late beat is nothing yet.
        self._late = max(self._timeout / 2, 2.0 * self.every)
        self._own: Identity = own_identity()
        self._last: _Beat | None = None
        self._shaken_at = -math.inf
        self._was_set_back = False
        self.trouble: str | None = None
        """Why this worker cannot show that it lives, where it was tried last."""
        self.number = 0
        """This worker's row of ``workers``; another one after others took it for dead."""

    @property
    def actor(self) -> str:
        """This worker as the audit log names it."""
        return f"worker on {self._own.host}, pid {self._own.pid}"

    def enter(self) -> None:
        """Put this worker on record.

        Raises:
            DatabaseError: it cannot be.
        """
        with self._noting_trouble():
            self._note(*rounds.enter(self._context, self._own, self._bot_id))

    def leave(self) -> None:
        """Take this worker off the record of the living."""
        rounds.leave(self._context, self.number)

    def number_to_claim_for(self) -> int:
        """This worker's row, as long as others cannot have found it dead.

        Raises:
            DatabaseUnavailableError: it has been silent for too long (the process or its machine
                stood still): what it claimed now, others would take for left behind.
        """
        silent = math.inf
        if self._last is not None:
            silent = self._context.clock.monotonic() - self._last.monotonic
        if silent > self._timeout:
            msg = f"This worker has not shown for {silent:.0f} s that it lives; it does so first."
            raise DatabaseUnavailableError(msg)
        return self.number

    def beat(self) -> None:
        """Show that this worker lives, and see who else does not.

        Raises:
            DatabaseError: it cannot be shown.
        """
        with self._noting_trouble():
            moment = rounds.beat(self._context, self.number)
        if moment is None:
            logger.warning("Others took this worker for dead; it goes on under a new number.")
            self.enter()
        else:
            self._note(self.number, moment)
        if self._was_set_back:
            rounds.hasten(self._context)
            self._was_set_back = False
        rounds.take_over_from_the_dead(
            self._context,
            self._own,
            self.number,
            self.actor,
            trust_beats=self._context.clock.monotonic() - self._shaken_at > self._timeout,
        )

    @contextmanager
    def _noting_trouble(self) -> Iterator[None]:
        try:
            yield
        except DatabaseError as error:
            self.trouble = str(error)
            raise
        self.trouble = None

    def _note(self, number: int, server: datetime) -> None:
        clock = self._context.clock
        beat = _Beat(clock.monotonic(), clock.now(), server)
        if self._last is not None:
            if self._is_shaken(self._last, beat):
                self._shaken_at = beat.monotonic
            self._was_set_back |= beat.wall < self._last.wall
        self._last = beat
        self.number = number

    def _is_shaken(self, before: _Beat, beat: _Beat) -> bool:
        """Whether others may look dead only because of what happened to the time or the database.

        The database was away, the machine asleep, or a clock was set, this machine's or the
        database's (as a standby's may be that took its place).
        """
        spans = (
            beat.monotonic - before.monotonic,
            (beat.wall - before.wall).total_seconds(),
            (beat.server - before.server).total_seconds(),
        )
        return max(spans) > self._late or min(spans) < 0
