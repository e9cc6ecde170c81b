"""What the intake writes: its lease, what updates change, and why there are none."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from typing import Final

from hsl_tui.services import updates as following
from hsl_tui.services.context import Context
from hsl_tui.store import answers, audit, bot_intake, pace
from hsl_tui.store.bot_intake import Lease, Place
from hsl_tui.store.database import Session
from hsl_tui.telegram.intake import Update
from hsl_tui.worker.heartbeat import Heartbeat

logger = logging.getLogger(__name__)

_TIDY_EVERY: Final = 3600.0
"""Seconds between looks for answers that are too old to be kept."""

_UNWORTHY: Final = frozenset({"renamed"})
"""What by itself is no entry of the audit log."""


class IntakeRecord:
    """The intake's transactions, of one bot; each of them may be called in any thread.

    All raise DatabaseError where the database cannot be used.
    """

    def __init__(self, context: Context, bot_id: int, heartbeat: Heartbeat) -> None:
        self._database = context.database
        self._clock = context.clock
        self._server = context.settings.api_url
        self._bot_id = bot_id
        self._heartbeat = heartbeat
        self._tidied_at = -math.inf

    def take(self) -> Lease | None:
        """Take the lease if it is free, and see to what its last holder left."""
        with self._database.read() as session:
            if not bot_intake.is_free(session, self._bot_id):
                return None
        number = self._heartbeat.number_to_claim_for()
        with self._database.write() as session:
            lease = bot_intake.take(session, self._bot_id, worker_id=number, server=self._server)
            if lease is not None:
                self._tidy(session)
                if lost := answers.give_up_lost(session, lease):
                    logger.warning("%d answers may have been sent, or not.", lost)
        return lease

    def renew(self, lease: Lease) -> Place | None:
        """Hold the lease for longer; None where it was lost."""
        number = self._heartbeat.number_to_claim_for()
        with self._database.write() as session:
            place = bot_intake.renew(session, lease, worker_id=number)
            if place is not None and self._clock.monotonic() >= self._tidied_at + _TIDY_EVERY:
                self._tidy(session)
        return place

    def release(self, lease: Lease) -> None:
        """Give the lease up."""
        with self._database.write() as session:
            bot_intake.release(session, lease)

    def is_stopped(self) -> bool:
        """Whether the token was refused: until it is mended, nothing is asked."""
        with self._database.read() as session:
            return pace.standing(session, self._bot_id).stopped_reason is not None

    def apply(self, lease: Lease, updates: Sequence[Update]) -> int | None:
        """Apply the updates that are new, and note up to which they were.

        Returns:
            How many were new; None where the lease was lost, and nothing was changed.
        """
        with self._database.write() as session:
            place = bot_intake.lock(session, lease)
            if place is None:
                return None
            last = place.last_update_id
            new = [update for update in updates if last is None or update.id > last]
            if not new:
                return 0
            counts = following.apply(session, new, bot_id=self._bot_id, now=self._clock.now())
            bot_intake.advance(session, lease, new[-1].id)
            if counts.keys() - _UNWORTHY:
                self._audit(session, "intake.applied", updates=len(new), **counts)
        return len(new)

    def note_trouble(self, lease: Lease, trouble: str | None) -> bool:
        """Note why nothing can be taken in, or that it can; whether that is news."""
        with self._database.write() as session:
            news = bot_intake.note_trouble(session, lease, trouble)
            if news:
                action = "intake.resumed" if trouble is None else "intake.refused"
                self._audit(session, action, **({} if trouble is None else {"reason": trouble}))
        return news

    def stop_bot(self, reason: str) -> None:
        """Stop all of the bot: Telegram refuses its token."""
        with self._database.write() as session:
            if pace.stop(session, self._bot_id, reason):
                logger.error("Nothing is sent or taken in: %s", reason)
                self._audit(session, "bot.stopped", reason=reason)

    def _tidy(self, session: Session) -> None:
        self._tidied_at = self._clock.monotonic()
        answers.remove_old(session, self._bot_id, now=self._clock.now())

    def _audit(self, session: Session, action: str, **details: object) -> None:
        audit.append(
            session,
            at=self._clock.now(),
            actor=self._heartbeat.actor,
            action=action,
            details=details,
        )
