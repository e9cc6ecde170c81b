"""How fast broadcasts go: ``broadcast_throughput``, what became of deliveries in each ten seconds.

The workers count into it with each commit of outcomes, so that a chart or a rate costs a few short
rows, however long the ledger is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlmodel import Session

from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.metadata import table
from hsl_tui.models.tables import Broadcast
from hsl_tui.models.throughput_table import Throughput
from hsl_tui.models.types import EPOCH, UtcDateTime
from hsl_tui.store import rows
from hsl_tui.store.conditions import state_is

WIDTH: Final = timedelta(seconds=10)
"""What one row covers."""

_WINDOW: Final = 3 * WIDTH
_SHORTEST: Final = timedelta(seconds=5)
"""What a rate is measured over at least: calls begin in a bunch, and outcomes lag behind them."""

_SENT: Final = DeliveryStatus.SENT
_DELETED: Final = DeliveryStatus.DELETED
_FAILED: Final = DeliveryStatus.FAILED
_UNCERTAIN: Final = DeliveryStatus.UNCERTAIN
_COUNTS: Final = ("sent", "failed", "uncertain")
_ROWS: Final = table(Throughput)
_BROADCASTS: Final = table(Broadcast)
_SINCE: Final = bindparam("since", type_=UtcDateTime)
_UNTIL: Final = bindparam("until", type_=UtcDateTime)


# Built once, as those below: building them takes longer than running them.
@cache
def _adding(*, on_sqlite: bool) -> Any:
    added = rows.upsert(_ROWS, on_sqlite=on_sqlite)
    more = {count: _ROWS.c[count] + added.excluded[count] for count in _COUNTS}
    return added.on_conflict_do_update(index_elements=["broadcast_id", "at"], set_=more)


# Each part has an index of its own.
_ACTIVE: Final = sa.union_all(
    *(
        sa.select(_BROADCASTS.c.id, _BROADCASTS.c.state, _BROADCASTS.c.started_at).where(condition)
        for condition in (
            state_is(BroadcastState.SENDING),
            state_is(BroadcastState.PAUSED),
            _BROADCASTS.c.finished_at >= _SINCE,
        )
    )
).subquery()
_TRAFFIC: Final = sa.select(
    _ACTIVE.c.state,
    _ACTIVE.c.started_at,
    (_ROWS.c.sent + _ROWS.c.failed + _ROWS.c.uncertain).label("outcomes"),
).outerjoin(_ROWS, sa.and_(_ROWS.c.broadcast_id == _ACTIVE.c.id, _ROWS.c.at == _SINCE))
_OUTCOMES: Final = (
    sa.select(
        _ACTIVE.c.id,
        _ACTIVE.c.started_at,
        sa.func.sum(_ROWS.c.sent + _ROWS.c.failed + _ROWS.c.uncertain).label("outcomes"),
    )
    .join(_ROWS, _ROWS.c.broadcast_id == _ACTIVE.c.id)
    .where(_ROWS.c.at >= _SINCE, _ROWS.c.at < _UNTIL)
    .group_by(_ACTIVE.c.id, _ACTIVE.c.started_at)
)


@dataclass(frozen=True, slots=True)
class Traffic:
    """What all broadcasts come to.

    Attributes:
        under_way: whether any is being sent now.
        rate: outcomes a second of late; 0 while none is being sent, or nothing is known yet.
    """

    under_way: bool
    rate: float


@dataclass(frozen=True, slots=True)
class Bucket:
    """What became of deliveries in a stretch of time."""

    at: datetime
    """When it begins."""
    sent: int
    failed: int
    uncertain: int


class Tally:
    """Outcomes of a group commit, counted until they are written with it."""

    def __init__(self) -> None:
        self._counts: dict[tuple[int, datetime], list[int]] = {}
        self._of = 0
        self._begins = self._ends = EPOCH
        self._newest: list[int] = []

    def count(self, broadcast_id: int, at: datetime, status: DeliveryStatus) -> None:
        """Count a delivery that came to this status; not if it is to be tried again."""
        # Nearly all of a commit fall into the same ten seconds.
        if not self._begins <= at < self._ends or broadcast_id != self._of:
            self._of = broadcast_id
            self._begins = stretch_of(at)
            self._ends = self._begins + WIDTH
            self._newest = self._counts.setdefault((broadcast_id, self._begins), [0, 0, 0])
        if status is _SENT or status is _DELETED:
            self._newest[0] += 1
        elif status is _FAILED:
            self._newest[1] += 1
        elif status is _UNCERTAIN:
            self._newest[2] += 1

    def write(self, session: Session) -> None:
        """Add it to what was counted before.

        The caller holds the locks of the broadcasts, so that none waits here for another.
        """
        added = [
            {"broadcast_id": broadcast_id, "at": at, **dict(zip(_COUNTS, numbers, strict=True))}
            for (broadcast_id, at), numbers in sorted(self._counts.items())
            if any(numbers)
        ]
        if not added:
            return
        statement = _adding(on_sqlite=rows.is_sqlite(session))
        session.connection().execute(statement, added)


def span(session: Session, broadcast_id: int) -> tuple[datetime, datetime] | None:
    """When the first outcome of a broadcast fell and when the last, to ten seconds; None before."""
    found = [
        session.execute(
            sa.select(_ROWS.c.at)
            .where(_ROWS.c.broadcast_id == broadcast_id)
            .order_by(order)
            .limit(1)
        ).scalar_one_or_none()
        for order in (_ROWS.c.at.asc(), _ROWS.c.at.desc())
    ]
    first, last = found
    return None if first is None or last is None else (first, last + WIDTH)


def buckets(
    session: Session, broadcast_id: int, *, since: datetime, width: timedelta
) -> list[Bucket]:
    """What became of a broadcast's deliveries, oldest first; a stretch without any is left out.

    Args:
        width: how long each is, a whole multiple of ten seconds; they begin at whole multiples of
            it since 1970, so that they stay what they are while time goes on.
    """
    number: sa.ColumnElement[Any]
    if rows.is_sqlite(session):
        number = _ROWS.c.at.op("/")(sa.literal(width // timedelta(microseconds=1), sa.BigInteger))
    else:
        seconds = sa.literal(int(width.total_seconds()))
        number = sa.func.floor(sa.func.extract("epoch", _ROWS.c.at) / seconds)
    which = sa.type_coerce(number, sa.BigInteger).label("which")
    sums = [sa.func.sum(_ROWS.c[count]) for count in _COUNTS]
    query = (
        sa.select(which, *sums)
        .where(_ROWS.c.broadcast_id == broadcast_id, _ROWS.c.at >= since)
        .group_by(which)
        .order_by(which)
    )
    return [
        Bucket(EPOCH + int(which) * width, *(int(number) for number in numbers))
        for which, *numbers in session.execute(query)
    ]


def rates(session: Session, *, now: datetime) -> dict[int, float]:
    """Outcomes a second of each broadcast that has had any of late.

    Measured over the last half minute of complete stretches of ten seconds, or as much of it as
    passed since its first delivery was claimed. One that began only just now is not in it: nothing
    can be said of it yet.
    """
    until = stretch_of(now)
    since = until - _WINDOW
    found = {}
    for row in session.connection().execute(_OUTCOMES, {"since": since, "until": until}):
        began = since if row.started_at is None else max(since, row.started_at)
        if until - began >= _SHORTEST:
            found[row.id] = int(row.outcomes) / (until - began).total_seconds()
    return found


def traffic(session: Session, *, now: datetime) -> Traffic:
    """Whether anything is being sent, and how fast all of it goes together.

    Measured over the last complete stretch of ten seconds, of which those that have ended since
    had their share: what the one stopped using, the next one uses, and their rates, each over its
    own time, would come to more than both had.
    """
    until = stretch_of(now)
    since = until - WIDTH
    found = session.connection().execute(_TRAFFIC, {"since": since}).all()
    sending = [row for row in found if row.state is BroadcastState.SENDING]
    is_known = any(row.started_at and until - row.started_at >= _SHORTEST for row in sending)
    if not is_known:
        return Traffic(under_way=bool(sending), rate=0.0)
    began = max(since, min(row.started_at for row in found if row.started_at))
    outcomes = sum(row.outcomes or 0 for row in found)
    return Traffic(under_way=True, rate=outcomes / (until - began).total_seconds())


def stretch_of(moment: datetime) -> datetime:
    """When the ten seconds began that a moment falls into."""
    return moment - (moment - EPOCH) % WIDTH
