"""The budget of sends of one bot, shared by all workers on the database.

GCRA (the generic cell rate algorithm) with block reservation: one UPDATE moves the theoretical
arrival time of the next send by n intervals and tells when the first of the n slots starts. No
transaction stays open across a send, and no two slots of any worker are closer than the interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, SQLColumnExpression, bindparam, case, select, update
from sqlmodel import Session, col

from hsl_tui.models.metadata import table
from hsl_tui.models.tables import BotPace
from hsl_tui.store import rows, server_clock
from hsl_tui.store.server_clock import SECOND_US
from hsl_tui.store.texts import storable

_FURTHEST_AHEAD_US = 60 * SECOND_US
"""No number of workers reserves further ahead: each holds a quarter of a second."""

_MOST_BLOCKS = 100
"""As many blocks may be reserved in any case: at a very slow pace one takes minutes."""

LONGEST_HALT = 86_400.0
"""Seconds; what stands further ahead than that was written before the clock was set back."""

_ROWS: Final = table(BotPace)
_STANDING: Final = select(_ROWS.c.halted_until_us, _ROWS.c.stopped_reason).where(
    _ROWS.c.bot_id == bindparam("bot_id")
)


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds a bot back at this moment."""

    halted_for: float
    """Seconds until Telegram takes messages again (after a 429); 0 when it does."""
    stopped_reason: str | None
    """Why nothing is sent at all until the token is mended."""


@dataclass(frozen=True, slots=True)
class Block:
    """Reserved sends: when the first may start, and what the database's clock read, in µs."""

    start_us: int
    now_us: int

    @property
    def wait(self) -> float:
        """Seconds until the first may start."""
        return max(0.0, (self.start_us - self.now_us) / SECOND_US)


def reserve(session: Session, bot_id: int, *, slots: int, interval_us: int) -> Block:
    """Reserve ``slots`` consecutive sends, one each ``interval_us``."""
    _ensure(session, bot_id)
    now = server_clock.microseconds(session)
    earliest = _greatest(_halted_until(now), now)
    # Far ahead of that it can only be because the clock was set back.
    furthest = max(_FURTHEST_AHEAD_US, _MOST_BLOCKS * slots * interval_us)
    is_sane = col(BotPace.arrival_us) < earliest + furthest
    start = _greatest(case((is_sane, col(BotPace.arrival_us)), else_=0), earliest)
    result = session.execute(
        update(BotPace)
        .where(col(BotPace.bot_id) == bot_id)
        .values(arrival_us=start + slots * interval_us)
        .returning(col(BotPace.arrival_us) - slots * interval_us, now)
        .execution_options(synchronize_session=False)
    )
    start_us, now_us = result.one()
    return Block(start_us, now_us)


def halt(session: Session, bot_id: int, *, seconds: float) -> None:
    """Keep every worker from sending for so long, at most a day; never shortens an earlier halt."""
    _ensure(session, bot_id)
    now = server_clock.microseconds(session)
    until = now + int(min(seconds, LONGEST_HALT) * SECOND_US)
    session.execute(
        update(BotPace)
        .where(col(BotPace.bot_id) == bot_id)
        .values(halted_until_us=_greatest(_halted_until(now), until))
        .execution_options(synchronize_session=False)
    )


def stop(session: Session, bot_id: int, reason: str | None) -> bool:
    """Stop a bot for a reason, or let it go on (None); whether that changed anything."""
    _ensure(session, bot_id)
    reason = None if reason is None else storable(reason)
    result = session.execute(
        update(BotPace)
        .where(
            col(BotPace.bot_id) == bot_id,
            col(BotPace.stopped_reason).is_distinct_from(reason),
        )
        .values(stopped_reason=reason)
        .returning(col(BotPace.bot_id))
        .execution_options(synchronize_session=False)
    )
    return result.first() is not None


def standing(session: Session, bot_id: int) -> Standing:
    """What holds the bot back now."""
    # Asked before each claim: the rest of it is built once, and the arithmetic is ours.
    query = _STANDING.add_columns(server_clock.microseconds(session))
    row = session.connection().execute(query, {"bot_id": bot_id}).first()
    if row is None:
        return Standing(0.0, None)
    until_us, reason, now_us = row
    halted_for = max(0.0, (until_us - now_us) / SECOND_US)
    return Standing(halted_for if halted_for <= LONGEST_HALT else 0.0, reason)


def _ensure(session: Session, bot_id: int) -> None:
    values = {"bot_id": bot_id, "arrival_us": 0, "halted_until_us": 0}
    rows.add_missing(session, BotPace, values)


def _halted_until(now: ColumnElement[int]) -> ColumnElement[int]:
    is_sane = col(BotPace.halted_until_us) <= now + int(LONGEST_HALT * SECOND_US)
    return case((is_sane, col(BotPace.halted_until_us)), else_=0)


def _greatest(one: SQLColumnExpression[int], other: SQLColumnExpression[int]) -> ColumnElement[int]:
    return case((one > other, one), else_=other)
