"""Broadcasts: ``message_history``, its states and its counters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import Row, bindparam, func, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import Act, BroadcastState, DeliveryStatus, Priority, UncertainPolicy
from hsl_tui.models.metadata import table
from hsl_tui.models.tables import COUNTERS, Broadcast, Delivery
from hsl_tui.models.types import UtcDateTime
from hsl_tui.models.views import BroadcastView
from hsl_tui.store import rows
from hsl_tui.store.conditions import state_is, status_is
from hsl_tui.store.texts import storable

Deltas = Mapping[int, Mapping[DeliveryStatus, int]]
"""By broadcast: by how much each count changes."""

_HIGHEST: Final = 2**63 - 1
"""No database could even be asked for a higher number."""

_UNFINISHED: Final = frozenset({BroadcastState.SENDING, BroadcastState.PAUSED})

# What every claim and every outcome runs is built once: building it takes longer than running it.
_ROWS: Final = table(Broadcast)
_LOCK: Final = (
    sa.select(_ROWS)
    .where(_ROWS.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(_ROWS.c.id)
    .with_for_update(key_share=True)
)
# The first by the order of the partial index rather than EXISTS: while most rows wait, PostgreSQL
# would look for one by reading the table, and go on when all have been sent.
_FIRST_WAITING: Final = (
    sa.select(col(Delivery.seq))
    .where(
        col(Delivery.broadcast_id) == _ROWS.c.id,
        status_is(DeliveryStatus.PENDING),
        col(Delivery.not_before) <= bindparam("now"),
    )
    .order_by(col(Delivery.not_before), col(Delivery.seq))
    .limit(1)
    .scalar_subquery()
)
_IN_FLIGHT: Final = (
    sa.select(_ROWS.c.id, _ROWS.c.priority)
    .where(state_is(BroadcastState.SENDING), _FIRST_WAITING.is_not(None))
    .order_by(_ROWS.c.priority.desc(), _ROWS.c.id)
    .limit(bindparam("limit"))
)
_MOVE: Final = (
    update(_ROWS)
    .where(_ROWS.c.id == bindparam("of"))
    .values(
        {counter: _ROWS.c[counter] + bindparam(f"{counter}_change") for counter in COUNTERS}
        | {"started_at": func.coalesce(_ROWS.c.started_at, bindparam("started", type_=UtcDateTime))}
    )
    .returning(_ROWS.c.state, _ROWS.c.pending, _ROWS.c.sending)
)
_FINISH: Final = (
    update(_ROWS)
    .where(_ROWS.c.id == bindparam("of"))
    .values(state=BroadcastState.FINISHED, finished_at=bindparam("at", type_=UtcDateTime))
)
_MOVE_AND_ENTER: Final = _MOVE.values(
    state=bindparam("entered", type_=_ROWS.c.state.type), state_reason=None, finished_at=None
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDraft:
    """A broadcast as it is added: without deliveries.

    Attributes:
        scheduled_at: None for now.
        target_id: of an edit or a recall: the broadcast that it is about.
    """

    content: MessageContent
    audience: Sequence[str]
    on_uncertain: UncertainPolicy
    priority: Priority = Priority.NORMAL
    scheduled_at: datetime | None = None
    act: Act = Act.SEND
    target_id: int | None = None
    created_by: str
    created_at: datetime


def add(session: Session, draft: NewDraft) -> int:
    """Add a draft and return its id."""
    return rows.add(session, _row(draft))


def add_unless_queued(session: Session, draft: NewDraft, key: str) -> int | None:
    """Add a draft under an idempotency key and return its id; None if the key is taken."""
    row = _row(draft)
    row.idempotency_key = key
    return rows.add_unless(session, row, taken="idempotency_key")


def get(session: Session, broadcast_id: int) -> BroadcastView | None:
    """One broadcast, or None."""
    if broadcast_id > _HIGHEST:
        return None
    found = _views(session, select(Broadcast).where(Broadcast.id == broadcast_id))
    return found[0] if found else None


def by_idempotency_key(session: Session, key: str) -> BroadcastView | None:
    """The broadcast that was queued under this key, or None."""
    found = _views(session, select(Broadcast).where(Broadcast.idempotency_key == key))
    return found[0] if found else None


def latest(
    session: Session,
    *,
    limit: int,
    state: BroadcastState | None = None,
    before: int | None = None,
) -> Sequence[BroadcastView]:
    """Broadcasts by number, newest first; ``before`` goes on from an earlier window."""
    query = select(Broadcast).order_by(col(Broadcast.id).desc()).limit(limit)
    if state is not None:
        query = query.where(state_is(state))
    if before is not None:
        query = query.where(col(Broadcast.id) < before)
    return _views(session, query)


def newer(
    session: Session, *, limit: int, state: BroadcastState | None = None, than: int = 0
) -> Sequence[BroadcastView]:
    """Those that come next after a number, newest first; without one the oldest of all."""
    query = select(Broadcast).where(col(Broadcast.id) > than).order_by(col(Broadcast.id))
    if state is not None:
        query = query.where(state_is(state))
    return _views(session, query.limit(limit))[::-1]


def lock(session: Session, broadcast_ids: Iterable[int]) -> dict[int, BroadcastView]:
    """Lock broadcasts, in one order for all, until the transaction ends.

    Whoever moves deliveries holds the row of their broadcast: that is what makes a claim, an
    outcome, a pause and a cancellation follow one another, and what keeps the counters true.
    """
    wanted = [one for one in set(broadcast_ids) if one <= _HIGHEST]
    if not wanted:
        return {}
    found = session.connection().execute(_LOCK, {"ids": wanted})
    return {row.id: _view(row) for row in found}


def in_flight(session: Session, *, now: datetime, limit: int) -> dict[int, Priority]:
    """Broadcasts that have deliveries to send at this moment: urgent ones first, then oldest."""
    found = session.connection().execute(_IN_FLIGHT, {"now": now, "limit": limit})
    return {row.id: row.priority for row in found}


def begun(session: Session) -> Sequence[int]:
    """Ids of broadcasts that are being sent or are paused."""
    query = sa.select(_ROWS.c.id).where(_ROWS.c.state.in_(sorted(_UNFINISHED)))
    return session.connection().execute(query).scalars().all()


def due(session: Session, *, now: datetime) -> list[int]:
    """Ids of scheduled broadcasts whose time has come, in the order of their times."""
    query = (
        select(Broadcast.id)
        .where(state_is(BroadcastState.SCHEDULED), col(Broadcast.scheduled_at) <= now)
        .order_by(col(Broadcast.scheduled_at), col(Broadcast.id))
    )
    return [broadcast_id for broadcast_id in session.exec(query) if broadcast_id is not None]


def set_state(
    session: Session,
    broadcast_id: int,
    state: BroadcastState,
    *,
    reason: str | None = None,
    finished_at: datetime | None = None,
) -> None:
    """Move a broadcast that the caller has locked."""
    session.execute(
        update(Broadcast)
        .where(col(Broadcast.id) == broadcast_id)
        .values(
            state=state,
            state_reason=None if reason is None else storable(reason),
            finished_at=finished_at,
        )
    )


def address(session: Session, broadcast_id: int, audience: Sequence[str]) -> None:
    """Have a draft, which the caller has locked, be meant for others."""
    session.execute(
        update(Broadcast).where(col(Broadcast.id) == broadcast_id).values(audience=list(audience))
    )


def launch(
    session: Session,
    broadcast_id: int,
    state: BroadcastState,
    *,
    scheduled_at: datetime | None,
    deliveries: int,
) -> None:
    """Put a draft, whose deliveries have just been added, in the workers' hands."""
    session.execute(
        update(Broadcast)
        .where(col(Broadcast.id) == broadcast_id)
        .values(
            state=state,
            scheduled_at=scheduled_at,
            pending=deliveries,
            total_recipients=deliveries,
        )
    )


def apply(
    session: Session,
    deltas: Deltas,
    *,
    now: datetime,
    state: BroadcastState | None = None,
) -> list[BroadcastView]:
    """Move the counters with the deliveries, and finish what has nothing left to send.

    Call it in the transaction that moved the deliveries, with their broadcasts locked.

    Args:
        state: a state to enter in the same statement (the table's own checks would refuse the
            steps in between); the broadcast then counts as unfinished again.

    Returns:
        The broadcasts that this finished.
    """
    finished: list[BroadcastView] = []
    for broadcast_id in sorted(deltas):
        change = deltas[broadcast_id]
        if not any(change.values()):
            continue
        starts = change.get(DeliveryStatus.SENDING, 0) > 0
        values: dict[str, Any] = {
            f"{status.value}_change": change.get(status, 0) for status in DeliveryStatus
        }
        values |= {"of": broadcast_id, "started": now if starts else None}
        if state is not None:
            values["entered"] = state
        moved = session.connection().execute(_MOVE if state is None else _MOVE_AND_ENTER, values)
        left = moved.one()
        if left.pending == left.sending == 0 and left.state in _UNFINISHED:
            session.connection().execute(_FINISH, {"of": broadcast_id, "at": now})
            finished += lock(session, [broadcast_id]).values()
    return finished


def goes_on(broadcast: BroadcastView, delta: Mapping[DeliveryStatus, int]) -> BroadcastState | None:
    """What a broadcast enters when something of it waits again that had an end."""
    finished = broadcast.state is BroadcastState.FINISHED
    return BroadcastState.SENDING if finished and delta.get(DeliveryStatus.PENDING, 0) > 0 else None


def _row(draft: NewDraft) -> Broadcast:
    return Broadcast(
        text=draft.content.text,
        content=draft.content.model_dump(mode="json", exclude={"text"}),
        audience=list(draft.audience),
        state=BroadcastState.DRAFT,
        on_uncertain=draft.on_uncertain,
        priority=draft.priority,
        act=draft.act,
        target_id=draft.target_id,
        scheduled_at=draft.scheduled_at,
        created_by=draft.created_by,
        created_at=draft.created_at,
    )


def _views(session: Session, query: SelectOfScalar[Broadcast]) -> list[BroadcastView]:
    # Beside the ORM, whose own copies of rows would know nothing of how the counters move.
    return [_view(row) for row in session.connection().execute(query)]


def _view(row: Row[Any]) -> BroadcastView:
    return BroadcastView(
        id=row.id,
        content=MessageContent(text=row.text, **row.content),
        audience=tuple(row.audience),
        state=row.state,
        state_reason=row.state_reason,
        on_uncertain=row.on_uncertain,
        priority=row.priority,
        act=row.act,
        target_id=row.target_id,
        created_by=row.created_by,
        created_at=row.created_at,
        scheduled_at=row.scheduled_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        total_recipients=row.total_recipients,
        counts={status: getattr(row, status.value) for status in DeliveryStatus},
        pruned_at=row.pruned_at,
    )
