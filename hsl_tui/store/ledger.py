"""The workers' moves in the ledger: claim, and take over what a dead one left.

Nothing but these, what became of claims (``store/recording.py``), what a recall did
(``store/followups.py``) and the operators' moves (``store/settling.py``) changes the status of a
delivery.
Each move locks the broadcast first (:func:`hsl_tui.store.broadcasts.lock`), then its deliveries,
and moves the counters in the same transaction.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    UncertainPolicy,
)
from hsl_tui.models.metadata import table
from hsl_tui.models.tables import Broadcast, Delivery, Recipient, delivery_status
from hsl_tui.models.views import BroadcastView, Claim, Person
from hsl_tui.store import broadcasts, reasons
from hsl_tui.store.conditions import state_is, status_is

PENDING, SENDING, UNCERTAIN = (
    DeliveryStatus.PENDING,
    DeliveryStatus.SENDING,
    DeliveryStatus.UNCERTAIN,
)


@dataclass(frozen=True, slots=True)
class TakenOver:
    """What was settled in a dead worker's place."""

    moved: Counter[DeliveryStatus]
    """How many became ``uncertain`` and how many ``pending``."""
    finished: tuple[BroadcastView, ...]


def claim(
    session: Session, broadcast_id: int, *, worker_id: int, limit: int, now: datetime
) -> list[Claim]:
    """Take up to ``limit`` deliveries that are due, as ``sending``, if the broadcast is sending.

    The caller must hold the broadcast's lock. Commit before calling Telegram for any of them.
    """
    connection = session.connection()
    found = connection.execute(_DUE, {"of": broadcast_id, "now": now, "limit": limit})
    claims = [
        Claim(broadcast_id, seq, token + 1, attempts, recipient_id, state, Person(*person))
        for seq, token, attempts, recipient_id, state, *person in found
    ]
    if claims:
        seqs = [claim.seq for claim in claims]
        connection.execute(_TAKE, {"of": broadcast_id, "seqs": seqs, "worker": worker_id})
        moved = {PENDING: -len(claims), SENDING: len(claims)}
        broadcasts.apply(session, {broadcast_id: moved}, now=now)
    return claims


def held(session: Session, worker_id: int) -> list[tuple[int, int, int]]:
    """Broadcast, ``seq`` and token of each delivery that a worker has as ``sending``."""
    query = select(Delivery.broadcast_id, Delivery.seq, Delivery.token).where(
        status_is(SENDING), Delivery.worker_id == worker_id
    )
    return [(broadcast_id, seq, token) for broadcast_id, seq, token in session.execute(query)]


def take_over(session: Session, worker_id: int, *, max_attempts: int, now: datetime) -> TakenOver:
    """Settle what a dead worker left as ``sending``: its answers will never be learnt.

    Args:
        max_attempts: tries per recipient; at the last one nothing is put back, so that a message
            that kills whoever sends it comes to an end.
    """
    left = select(Delivery.broadcast_id).where(status_is(SENDING), Delivery.worker_id == worker_id)
    locked = broadcasts.lock(session, session.exec(left.distinct()))
    lost = reasons.Reason(ErrorKind.WORKER_LOST, None, "The worker died before the answer came.")
    reason_ids = reasons.ids(session, [lost] if locked else [])
    totals: Counter[DeliveryStatus] = Counter()
    finished: list[BroadcastView] = []
    for broadcast in locked.values():
        values = {
            "of": broadcast.id,
            "worker": worker_id,
            "most": max_attempts,
            "after": _after_loss(broadcast),
            "reason_id": reason_ids[lost],
        }
        moved = Counter(session.connection().execute(_LOSE, values).scalars())
        delta = {SENDING: -moved.total(), **moved}
        finished += broadcasts.apply(session, {broadcast.id: delta}, now=now)
        totals += moved
    return TakenOver(totals, tuple(finished))


# Built once: building them takes longer than running them. See also store/broadcasts.py.
_ROWS: Final = table(Delivery)
_PEOPLE: Final = table(Recipient)
_DUE: Final = (
    sa.select(
        _ROWS.c.seq,
        _ROWS.c.token,
        _ROWS.c.attempts,
        _PEOPLE.c.id,
        _PEOPLE.c.state,
        _PEOPLE.c.chat_id,
        _PEOPLE.c.username,
        _PEOPLE.c.first_name,
        _PEOPLE.c.last_name,
        _PEOPLE.c.language_code,
        _PEOPLE.c.attributes,
    )
    .join_from(_ROWS, _PEOPLE, _PEOPLE.c.id == _ROWS.c.recipient_id)
    .where(
        _ROWS.c.broadcast_id == bindparam("of"),
        status_is(PENDING),
        _ROWS.c.not_before <= bindparam("now"),
        sa.select(1)
        .where(col(Broadcast.id) == bindparam("of"), state_is(BroadcastState.SENDING))
        .exists(),
    )
    # The order of the partial index: ordering by the primary key would let PostgreSQL walk over
    # every finished row of the broadcast.
    .order_by(_ROWS.c.not_before, _ROWS.c.seq)
    .limit(bindparam("limit"))
    .with_for_update(of=_ROWS, skip_locked=True)
)
_TAKE: Final = (
    update(_ROWS)
    .where(
        _ROWS.c.broadcast_id == bindparam("of"),
        _ROWS.c.seq.in_(bindparam("seqs", expanding=True)),
    )
    .values(status=SENDING, token=_ROWS.c.token + 1, worker_id=bindparam("worker"))
)
_LOSE: Final = (
    update(_ROWS)
    .where(
        _ROWS.c.broadcast_id == bindparam("of"),
        status_is(SENDING),
        _ROWS.c.worker_id == bindparam("worker"),
    )
    .values(
        status=sa.case(
            (_ROWS.c.attempts + 1 >= bindparam("most"), sa.literal(UNCERTAIN, delivery_status)),
            else_=bindparam("after", type_=delivery_status),
        ),
        attempts=_ROWS.c.attempts + 1,
        error_id=bindparam("reason_id"),
    )
    .returning(_ROWS.c.status)
)


def _after_loss(broadcast: BroadcastView) -> DeliveryStatus:
    if broadcast.on_uncertain is UncertainPolicy.HOLD:
        return UNCERTAIN
    # Nobody wants more of a cancelled broadcast, but what may have arrived must be said.
    return UNCERTAIN if broadcast.state is BroadcastState.CANCELLED else PENDING
