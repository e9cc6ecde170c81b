"""How fast broadcasts go, and when those under way may be expected to end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hsl_tui.models.enums import BroadcastState, Priority
from hsl_tui.models.views import BroadcastView
from hsl_tui.services.context import Context
from hsl_tui.store import broadcasts, throughput
from hsl_tui.store.database import Session
from hsl_tui.store.throughput import WIDTH, Bucket

STRETCH: Final = WIDTH
"""What nothing is said of until it has ended."""

_UNMEASURED: Final = 2 * WIDTH
"""How long after its beginning nothing needs to be known of a broadcast's rate."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a broadcast went over time: stretches of equal length without gaps, oldest first."""

    width: timedelta
    stretches: tuple[Bucket, ...]

    @property
    def ends_at(self) -> datetime:
        """When the newest stretch ends."""
        return self.stretches[-1].at + self.width


@dataclass(frozen=True, slots=True)
class Going:
    """A broadcast, and how fast it goes.

    Attributes:
        rate: outcomes a second of late; None while it is not being sent, or nothing is known yet.
        ends_at: when its end is to be expected, to ten seconds; None where nobody can tell.
    """

    broadcast: BroadcastView
    rate: float | None = None
    ends_at: datetime | None = None


def latest(
    context: Context,
    *,
    state: BroadcastState | None = None,
    before: int | None = None,
    limit: int,
) -> list[Going]:
    """Broadcasts, newest first; ``before`` goes on from an earlier window.

    Raises:
        DatabaseError: the database cannot be read.
    """
    with context.database.read() as session:
        found = broadcasts.latest(session, limit=limit, state=state, before=before)
        return _going(session, context, found)


def newer(
    context: Context, *, state: BroadcastState | None = None, than: int = 0, limit: int
) -> list[Going]:
    """Those that come next after a number, newest first; without one the oldest of all.

    Raises:
        DatabaseError: the database cannot be read.
    """
    with context.database.read() as session:
        found = broadcasts.newer(session, limit=limit, state=state, than=than)
        return _going(session, context, found)


def course(context: Context, broadcast_id: int, *, most: int) -> Course | None:
    """How a broadcast went, in at most so many stretches; None before its first outcome.

    A stretch of which nothing is known because it has not ended is not in it, so that what is
    drawn of it changes at most every ten seconds.

    Raises:
        DatabaseError: the database cannot be read.
    """
    with context.database.read() as session:
        span = throughput.span(session, broadcast_id)
        if span is None:
            return None
        first, last = span
        until = min(last, context.clock.now())
        width = _width(until - first, most)
        found = throughput.buckets(session, broadcast_id, since=first, width=width)
    return Course(width, _without_gaps(found, width, until))


def known_until(context: Context) -> datetime:
    """When the last stretch of ten seconds ended: until then no course changes, nor a rate."""
    return throughput.stretch_of(context.clock.now())


def _going(session: Session, context: Context, found: Sequence[BroadcastView]) -> list[Going]:
    under_way = any(one.state is BroadcastState.SENDING for one in found)
    now = context.clock.now()
    rates = throughput.rates(session, now=now) if under_way else {}
    rivals = _in_flight(session, context, now) if under_way else {}
    return [_expect(one, rates, rivals, context, now) for one in found]


def _in_flight(session: Session, context: Context, now: datetime) -> Mapping[int, Priority]:
    return broadcasts.in_flight(session, now=now, limit=context.settings.sweep_limit)


def _expect(
    broadcast: BroadcastView,
    rates: Mapping[int, float],
    rivals: Mapping[int, Priority],
    context: Context,
    now: datetime,
) -> Going:
    if broadcast.state is BroadcastState.SCHEDULED and broadcast.scheduled_at is not None:
        begins = max(broadcast.scheduled_at, now)
        return Going(
            broadcast, None, _ends(broadcast, begins, context.settings.messages_per_second)
        )
    if broadcast.state is not BroadcastState.SENDING:
        return Going(broadcast)
    rate = rates.get(broadcast.id)
    expected = rate or _share(broadcast, rivals, context, now)
    return Going(broadcast, rate, _ends(broadcast, now, expected))


def _ends(broadcast: BroadcastView, begins: datetime, rate: float | None) -> datetime | None:
    if not rate:
        return None
    left = broadcast.total_recipients - broadcast.settled
    # To ten seconds: it would move with each look otherwise, and be drawn anew.
    return begins + timedelta(seconds=left / rate) // WIDTH * WIDTH


def _share(
    broadcast: BroadcastView, rivals: Mapping[int, Priority], context: Context, now: datetime
) -> float | None:
    """What it will get of the bot's budget, until that can be measured."""
    began, budget = broadcast.started_at, context.settings.messages_per_second
    if began is None or now - began > _UNMEASURED or not budget:
        # Nobody sends it, it has come to a halt, or there is no telling how fast Telegram is.
        return None
    # Urgent ones come first.
    if rivals.get(broadcast.id) is not next(iter(rivals.values()), None):
        return None
    return budget / sum(1 for one in rivals.values() if one is broadcast.priority)


def _width(length: timedelta, most: int) -> timedelta:
    """The shortest whole number of ten seconds that gives no more stretches than this."""
    # One more than the length would need: they begin at whole multiples of the width.
    return WIDTH * max(1, -(-length // (WIDTH * max(1, most - 1))))


def _without_gaps(found: list[Bucket], width: timedelta, until: datetime) -> tuple[Bucket, ...]:
    known = {bucket.at: bucket for bucket in found}
    at = found[0].at
    filled = []
    while at <= found[-1].at:
        filled.append(known.get(at, Bucket(at, 0, 0, 0)))
        at += width
    # What has not ended is left for the next look, unless there is nothing else to show.
    if len(filled) > 1 and filled[-1].at + width > until:
        filled.pop()
    return tuple(filled)
