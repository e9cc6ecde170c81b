"""Broadcasts that another program sent, and what became of them there, added to the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, select

from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.metadata import table
from hsl_tui.models.tables import (
    Broadcast,
    Delivery,
    DeliveryError,
    delivery_status,
)
from hsl_tui.models.types import EPOCH, UtcDateTime
from hsl_tui.store import bulk, reasons, rows
from hsl_tui.store.reasons import Reason
from hsl_tui.store.texts import storable

_COLUMNS: Final = (
    "broadcast_id",
    "seq",
    "recipient_id",
    "status",
    "not_before",
    "sent_at",
    "telegram_message_id",
    "error_id",
    "token",
    "attempts",
)
_LEDGER: Final = table(Delivery)
_UNCERTAIN: Final = delivery_status.code(DeliveryStatus.UNCERTAIN)

BY: Final = "hsl-dashboard"
"""Who made the broadcasts that were taken over."""
SAID_THERE: Final = "hsl-dashboard says: "
"""How the reasons of deliveries begin that were not sent from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A broadcast as another program kept it.

    Attributes:
        state: a draft, or finished.
        reason: what is to be said of it beside its state.
    """

    key: str
    text: str
    audience: Sequence[str]
    state: BroadcastState
    reason: str | None
    created_at: datetime
    scheduled_at: datetime | None
    finished_at: datetime | None


class Known(NamedTuple):
    """A broadcast under one of the keys that were looked for."""

    id: int
    state: BroadcastState
    created_by: str
    pruned: bool


class Outcome(NamedTuple):
    """What became of one message to one chat, as another program knows it."""

    status: DeliveryStatus
    reason: Reason | None
    sent_at: datetime | None
    telegram_message_id: int | None


@dataclass(frozen=True, slots=True)
class Entered:
    """How many outcomes were new, changed what was uncertain, or were on record already."""

    added: int
    changed: int
    same: int

    @property
    def total(self) -> int:
        """How many of the outcomes are of recipients."""
        return self.added + self.changed + self.same


def known(session: Session, keys: Sequence[str]) -> dict[str, Known]:
    """The broadcasts under these idempotency keys, by key."""
    row = table(Broadcast).c
    query = sa.select(row.idempotency_key, row.id, row.state, row.created_by, row.pruned_at)
    found = session.connection().execute(query.where(row.idempotency_key.in_(keys)))
    return {key: Known(number, state, by, at is not None) for key, number, state, by, at in found}


def add(session: Session, foreign: Foreign) -> int:
    """Add a broadcast without deliveries, and return its number."""
    content = MessageContent(text=storable(foreign.text))
    row = Broadcast(
        text=content.text,
        content=content.model_dump(mode="json", exclude={"text"}),
        audience=list(foreign.audience),
        state=foreign.state,
        state_reason=foreign.reason,
        idempotency_key=foreign.key,
        created_by=BY,
        created_at=foreign.created_at,
        scheduled_at=foreign.scheduled_at,
        started_at=foreign.finished_at,
        finished_at=foreign.finished_at,
    )
    return rows.add(session, row)


def enter(session: Session, broadcast_id: int, outcomes: Mapping[int, Outcome]) -> Entered:
    """Enter what became of a broadcast into the ledger, with its counters.

    The caller holds the broadcast's lock. What is on record stays, but for what was entered as
    uncertain here and is definite there by now.

    Args:
        outcomes: by chat id; who is no recipient is left out.
    """
    of_chats = "SELECT chat_id, id FROM recipients WHERE chat_id IN {numbers}"
    recipients = {number: chat for chat, number in bulk.select(session, of_chats, outcomes)}
    on_record = _on_record(session, broadcast_id, recipients)
    errors = reasons.ids(session, (one.reason for one in outcomes.values() if one.reason))
    change: Counter[DeliveryStatus] = Counter()
    new: list[tuple[int, Outcome]] = []
    settled: list[tuple[int, Outcome]] = []
    for recipient in sorted(recipients):
        outcome = outcomes[recipients[recipient]]
        if recipient not in on_record:
            new.append((recipient, outcome))
            change[outcome.status] += 1
            continue
        seq, is_open = on_record[recipient]
        if is_open and outcome.status is not DeliveryStatus.UNCERTAIN:
            settled.append((seq, outcome))
            change[outcome.status] += 1
            change[DeliveryStatus.UNCERTAIN] -= 1
    _add(session, broadcast_id, new, errors)
    _settle(session, broadcast_id, settled, errors)
    if change:
        _count(session, broadcast_id, change)
    return Entered(len(new), len(settled), len(recipients) - len(new) - len(settled))


def date_back(session: Session, first_seen: Mapping[int, datetime], *, since: datetime) -> None:
    """Have recipients who are new here be on record since they were first seen elsewhere.

    Args:
        first_seen: by chat id.
        since: when they were taken in; those who are on record from another moment are not new.
    """
    if not first_seen:
        return
    connection, new = session.connection(), bulk.moment(session, since)
    if rows.is_sqlite(session):
        sql = "UPDATE recipients SET created_at = ? WHERE chat_id = ? AND created_at = ?"
        cells = [(bulk.moment(session, at), chat, new) for chat, at in first_seen.items()]
        connection.exec_driver_sql(sql, cells)
        return
    # Of its own transaction: nobody else could hold one of these rows.
    sql = (
        "UPDATE recipients SET created_at = given.at"
        " FROM unnest(%s::bigint[], %s::timestamptz[]) AS given (chat, at)"
        " WHERE chat_id = given.chat AND created_at = %s"
    )
    connection.exec_driver_sql(sql, ([*first_seen], [*first_seen.values()], new))


def _on_record(
    session: Session, broadcast_id: int, recipients: Collection[int]
) -> dict[int, tuple[int, bool]]:
    """By recipient: the number of the delivery, and whether it was entered here as uncertain."""
    query = select(DeliveryError.id).where(
        col(DeliveryError.description).startswith(SAID_THERE, autoescape=True)
    )
    from_there = set(session.exec(query))
    sql = (
        "SELECT recipient_id, seq, status, error_id FROM message_recipients"  # noqa: S608 - a number
        f" WHERE broadcast_id = {broadcast_id:d} AND recipient_id IN {{numbers}}"
    )
    return {
        recipient: (seq, status == _UNCERTAIN and error in from_there)
        for recipient, seq, status, error in bulk.select(session, sql, recipients)
    }


def _add(
    session: Session,
    broadcast_id: int,
    new: Sequence[tuple[int, Outcome]],
    errors: Mapping[Reason, int],
) -> None:
    query = select(func.coalesce(func.max(Delivery.seq), 0))
    last = session.exec(query.where(Delivery.broadcast_id == broadcast_id)).one()
    never = bulk.moment(session, EPOCH)
    cells = [
        (
            broadcast_id,
            seq,
            recipient,
            delivery_status.code(one.status),
            never,
            None if one.sent_at is None else bulk.moment(session, one.sent_at),
            one.telegram_message_id,
            None if one.reason is None else errors[one.reason],
            0,
            0 if one.status is DeliveryStatus.CANCELLED else 1,
        )
        for seq, (recipient, one) in enumerate(new, start=last + 1)
    ]
    bulk.insert(session, _LEDGER, _COLUMNS, cells)


def _settle(
    session: Session,
    broadcast_id: int,
    settled: Sequence[tuple[int, Outcome]],
    errors: Mapping[Reason, int],
) -> None:
    if not settled:
        return
    statement = (
        update(_LEDGER)
        .where(_LEDGER.c.broadcast_id == broadcast_id, _LEDGER.c.seq == bindparam("of"))
        .values(
            status=bindparam("to", type_=delivery_status),
            sent_at=bindparam("at", type_=UtcDateTime),
            telegram_message_id=bindparam("message"),
            error_id=bindparam("error"),
        )
    )
    changes = [
        {
            "of": seq,
            "to": one.status,
            "at": one.sent_at,
            "message": one.telegram_message_id,
            "error": None if one.reason is None else errors[one.reason],
        }
        for seq, one in settled
    ]
    session.connection().execute(statement, changes)


def _count(session: Session, broadcast_id: int, change: Mapping[DeliveryStatus, int]) -> None:
    """Move the counters with the ledger; the total grows by what is new."""
    counters = {
        status.value: table(Broadcast).c[status.value] + number for status, number in change.items()
    }
    session.execute(
        update(Broadcast)
        .where(col(Broadcast.id) == broadcast_id)
        .values(
            **counters,
            total_recipients=col(Broadcast.total_recipients) + sum(change.values()),
            # Of a finished one it was said that nobody knows to whom it went.
            state_reason=sa.case(
                (col(Broadcast.state) == BroadcastState.FINISHED, None),
                else_=col(Broadcast.state_reason),
            ),
        )
        .execution_options(synchronize_session=False)
    )
