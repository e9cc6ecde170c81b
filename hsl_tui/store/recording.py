"""The workers' results: what became of claims, written to the ledger."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam, update
from sqlmodel import Session

from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.metadata import table
from hsl_tui.models.tables import AlbumMessage, Delivery, delivery_status
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import BroadcastView
from hsl_tui.store import broadcasts, followups, reasons, rows, throughput

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
    moves = _Moves(reasons.ids(session, (r.reason for r in results if r.reason is not None)))
    for broadcast_id, group in by_broadcast.items():
        standing = _standing(session, broadcast_id, [result.seq for result in group])
        moves.take(locked[broadcast_id], group, standing)
    return moves.write(session, now)


class _Moves:
    """What results come to, gathered before it is written in as few statements as that takes."""

    def __init__(self, reason_ids: Mapping[reasons.Reason, int]) -> None:
        self._reason_ids = reason_ids
        self._changes: list[dict[str, Any]] = []
        self._albums: list[dict[str, int]] = []
        self._recalled: dict[tuple[int, int], list[int]] = defaultdict(list)
        self._stale: list[Result] = []
        self._tally = throughput.Tally()
        self._deltas: dict[BroadcastState | None, dict[int, Counter[DeliveryStatus]]] = defaultdict(
            dict
        )

    def take(
        self,
        broadcast: BroadcastView,
        group: Sequence[Result],
        standing: dict[tuple[int, int], DeliveryStatus],
    ) -> None:
        """Take in the results of one broadcast, beside how its claims stand."""
        delta: Counter[DeliveryStatus] = Counter()
        for result in group:
            claim_of = (result.seq, result.token)
            before = standing.get(claim_of)
            if before is None or not _may_follow(before, result):
                self._stale.append(result)
                continue
            after = _after_result(result, broadcast)
            delta[before] -= 1
            delta[after] += 1
            self._tally.count(broadcast.id, result.at, after)
            standing[claim_of] = after
            # Who took a lost claim over has counted its attempt already.
            counted = result.counted and before is SENDING
            self._change(result, after, counted=counted)
        self._deltas[broadcasts.goes_on(broadcast, delta)][broadcast.id] = delta

    def write(self, session: Session, now: datetime) -> Recorded:
        """Write all of it."""
        if self._changes:
            session.connection().execute(_RECORD, self._changes)
        if self._albums:
            rows.add_missing(session, AlbumMessage, *self._albums)
        self._tally.write(session)
        finished: list[BroadcastView] = []
        for state, moved in self._deltas.items():
            finished += broadcasts.apply(session, moved, now=now, state=state)
        followups.mark_deleted(session, self._recalled, now=now)
        return Recorded(tuple(finished), tuple(self._stale))

    def _change(self, result: Result, after: DeliveryStatus, *, counted: bool) -> None:
        change = {
            "of": result.broadcast_id,
            "number": result.seq,
            "after": after,
            "counted": int(counted),
            "wait_until": result.not_before,
            "at": result.at if after is SENT or after is DELETED else None,
            "message_id": result.message_id,
            "reason_id": None if result.reason is None else self._reason_ids[result.reason],
        }
        self._changes.append(change)
        if after is SENT:
            self._albums += _album(result)
        if after is DELETED and result.target_id is not None:
            self._recalled[result.broadcast_id, result.target_id].append(result.seq)


# Built once: building them takes longer than running them.
_ROWS: Final = table(Delivery)
_STANDING: Final = (
    sa.select(_ROWS.c.seq, _ROWS.c.token, _ROWS.c.status)
    .where(
        _ROWS.c.broadcast_id == bindparam("of"),
        _ROWS.c.seq.in_(bindparam("seqs", expanding=True)),
    )
    .with_for_update()
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
    if before is SENDING:  # nearly always
        return True
    match before:
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
