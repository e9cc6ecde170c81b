"""How fast broadcasts go, and when those under way may be expected to end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hsl_tui.services.context import Context
from hsl_tui.store import throughput
from hsl_tui.store.throughput import WIDTH, Bucket


@dataclass(frozen=True, slots=True)
class Course:
    """How a broadcast went over time: stretches of equal length without gaps, oldest first."""

    width: timedelta
    stretches: tuple[Bucket, ...]

    @property
    def ends_at(self) -> datetime:
        """When the newest stretch ends."""
        return self.stretches[-1].at + self.width


def current_rate(context: Context) -> float:
    """Outcomes a second of all broadcasts together, over the last half minute.

    Raises:
        DatabaseError: the database cannot be read.
    """
    return sum(rates(context).values())


def rates(context: Context) -> Mapping[int, float]:
    """Outcomes a second of each broadcast that has had any in the last half minute.

    One that began only seconds ago is not in it yet.

    Raises:
        DatabaseError: the database cannot be read.
    """
    with context.database.read() as session:
        return throughput.rates(session, now=context.clock.now())


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
