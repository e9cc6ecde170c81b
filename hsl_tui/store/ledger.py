"""The workers' moves in the ledger: claim, record, take over.

Nothing but these and the operators' moves (``store/settling.py``) changes the status of a delivery.
Each move locks the broadcast first (:func:`hsl_tui.store.broadcasts.lock`), then its deliveries,
and moves the counters in the same transaction.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    UncertainPolicy,
)
from hsl_tui.models.tables import (
    AlbumMessage,
    Broadcast,
    Delivery,
    Recipient,
    delivery_status,
    table,
)
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import BroadcastView, Claim, Person
from hsl_tui.store import broadcasts, followups, reasons, rows
from hsl_tui.store.conditions import state_is, status_is

PENDING, SENDING, SENT, FAILED, UNCERTAIN, CANCELLED, DELETED = (
    DeliveryStatus.PENDING,
    DeliveryStatus.SENDING,
    DeliveryStatus.SENT,
    DeliveryStatus.FAILED,
    DeliveryStatus.UNCERTAIN,
    DeliveryStatus.CANCELLED,
    DeliveryStatus.DELETED,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one claim, to be recorded.

    Attributes:
        token: the claim's fencing token; a row that has been claimed again since is left alone.
        status: ``sent``, ``failed``, ``uncertain``, ``cancelled``, ``deleted`` (what it recalls),
            or ``pending`` to try again.
        not_before: for ``pending``: when to try again.
        counted: whether this was an attempt that counts towards the limit.
        target_id: of a recall: the broadcast whose messages it deletes.
        in_doubt: for ``pending``: it may have arrived all the same, and is sent again on purpose.
    """

    broadcast_id: int
    seq: int
    token: int
    status: DeliveryStatus
    at: datetime
    counted: bool = True
    in_doubt: bool = False
    not_before: datetime = EPOCH
    message_id: int | None = None
    further_message_ids: tuple[int, ...] = ()
    """Of an album: those of its messages after the first."""
    reason: reasons.Reason | None = None
    target_id: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a group of results changed."""

    finished: tuple[BroadcastView, ...]
    stale: tuple[Result, ...]
    """Results whose claim had been lost: they changed nothing."""


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


def record(session: Session, results: Sequence[Result], *, now: datetime) -> Recorded:
    """Record what became of claims, each guarded by its token and the row's status.

    A definite answer that comes late still counts: a delivery that was already taken for
    ``uncertain`` (or put back to ``pending``, or cancelled then) and has not been claimed again
    becomes what the answer says. Where that is ``pending``, a finished broadcast goes on.
    """
    by_broadcast: dict[int, list[Result]] = defaultdict(list)
    for result in results:
        by_broadcast[result.broadcast_id].append(result)
    targets = {result.target_id for result in results if result.target_id is not None}
    locked = broadcasts.lock(session, {*by_broadcast, *targets})
    recalled: dict[tuple[int, int], list[int]] = defaultdict(list)
    changes: list[dict[str, Any]] = []
    albums: list[dict[str, int]] = []
    stale: list[Result] = []
    deltas: dict[BroadcastState | None, dict[int, Counter[DeliveryStatus]]] = defaultdict(dict)
    reason_ids = reasons.ids(session, (r.reason for r in results if r.reason is not None))
    for broadcast_id, group in by_broadcast.items():
        standing = _standing(session, broadcast_id, [result.seq for result in group])
        delta: Counter[DeliveryStatus] = Counter()
        for result in group:
            claim_of = (result.seq, result.token)
            before = standing.get(claim_of)
            if before is None or not _may_follow(before, result):
                stale.append(result)
                continue
            after = _after_result(result, locked[broadcast_id])
            delta[before] -= 1
            delta[after] += 1
            standing[claim_of] = after
            if after is DELETED and result.target_id is not None:
                recalled[broadcast_id, result.target_id].append(result.seq)
            # Who took a lost claim over has counted its attempt already.
            counted = result.counted and before is SENDING
            changes.append(_change(result, after, reason_ids, counted=counted))
            if result.further_message_ids and after is SENT:
                albums += _album(result)
        enters = broadcasts.goes_on(locked[broadcast_id], delta)
        deltas[enters][broadcast_id] = delta
    if changes:
        session.connection().execute(_RECORD, changes)
    if albums:
        rows.add_missing(session, AlbumMessage, *albums)
    finished: list[BroadcastView] = []
    for state, moved in deltas.items():
        finished += broadcasts.apply(session, moved, now=now, state=state)
    followups.mark_deleted(session, recalled, now=now)
    return Recorded(tuple(finished), tuple(stale))


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
_ARE_MEANT: Final = (
    _ROWS.c.broadcast_id == bindparam("of"),
    _ROWS.c.seq.in_(bindparam("seqs", expanding=True)),
)
_TAKE: Final = (
    update(_ROWS)
    .where(*_ARE_MEANT)
    .values(status=SENDING, token=_ROWS.c.token + 1, worker_id=bindparam("worker"))
)
_STANDING: Final = (
    sa.select(_ROWS.c.seq, _ROWS.c.token, _ROWS.c.status).where(*_ARE_MEANT).with_for_update()
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
_RECORD: Final = (
    update(_ROWS)
    .where(_ROWS.c.broadcast_id == bindparam("of"), _ROWS.c.seq == bindparam("number"))
    .values(
        status=bindparam("after", type_=delivery_status),
        attempts=_ROWS.c.attempts + bindparam("counted"),
        not_before=bindparam("wait_until"),
        sent_at=bindparam("at"),
        telegram_message_id=bindparam("message_id"),
        error_id=bindparam("reason_id"),
    )
)


def _change(
    result: Result,
    after: DeliveryStatus,
    reason_ids: dict[reasons.Reason, int],
    *,
    counted: bool,
) -> dict[str, Any]:
    return {
        "of": result.broadcast_id,
        "number": result.seq,
        "after": after,
        "counted": int(counted),
        "wait_until": result.not_before,
        "at": result.at if after in {SENT, DELETED} else None,
        "message_id": result.message_id,
        "reason_id": None if result.reason is None else reason_ids[result.reason],
    }


def _album(result: Result) -> list[dict[str, int]]:
    return [
        {
            "broadcast_id": result.broadcast_id,
            "seq": result.seq,
            "position": position,
            "telegram_message_id": message_id,
        }
        for position, message_id in enumerate(result.further_message_ids, start=1)
    ]


def _standing(
    session: Session, broadcast_id: int, seqs: Sequence[int]
) -> dict[tuple[int, int], DeliveryStatus]:
    found = session.connection().execute(_STANDING, {"of": broadcast_id, "seqs": seqs})
    return {(seq, token): status for seq, token, status in found}


def _may_follow(before: DeliveryStatus, result: Result) -> bool:
    match before:
        case DeliveryStatus.SENDING:
            return True
        case DeliveryStatus.UNCERTAIN:
            return result.status is not UNCERTAIN and not result.in_doubt
        case DeliveryStatus.PENDING:
            return result.status in {SENT, DELETED, FAILED}
        case DeliveryStatus.CANCELLED:
            # It had been put back after its worker was lost, and did arrive.
            return result.status in {SENT, DELETED}
        case _:
            return False


def _after_result(result: Result, broadcast: BroadcastView) -> DeliveryStatus:
    if result.status is PENDING and broadcast.state is BroadcastState.CANCELLED:
        # As after a loss: what may have arrived must be said.
        return UNCERTAIN if result.in_doubt else CANCELLED
    return result.status


def _after_loss(broadcast: BroadcastView) -> DeliveryStatus:
    if broadcast.on_uncertain is UncertainPolicy.HOLD:
        return UNCERTAIN
    # Nobody wants more of a cancelled broadcast, but what may have arrived must be said.
    return UNCERTAIN if broadcast.state is BroadcastState.CANCELLED else PENDING
