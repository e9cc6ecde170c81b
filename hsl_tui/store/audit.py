"""The audit log: append, read, verify.

Entry n carries ``SHA-256(hash of n-1, n, at, actor, action, broadcast, details)``. Numbers have no
gaps and ``audit_head`` holds the last of them, so that a changed, removed, reordered or cut entry
is found. Triggers of the database refuse UPDATE and DELETE.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import update
from sqlmodel import Session, col, select

from hsl_tui.models.tables import AuditEntry, AuditHead
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import AuditView
from hsl_tui.store.texts import storable

GENESIS: Final = "0" * 64
_BATCH: Final = 1000
_LONGEST_ACTOR: Final = 255


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """The first entry that does not fit the chain, and how."""

    id: int
    reason: str


def append(
    session: Session,
    *,
    at: datetime,
    actor: str,
    action: str,
    broadcast_id: int | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Add one entry in the caller's transaction and return its number.

    The row of ``audit_head`` is locked until that transaction ends, so that entries of several
    workers follow one another. Call it last: what waits for the lock then waits shortly.
    """
    head = session.exec(select(AuditHead).where(AuditHead.id == 1).with_for_update()).one()
    actor = storable(actor, _LONGEST_ACTOR)
    written = _canonical(details or {})
    number = head.last_id + 1
    digest = _digest(head.last_hash, number, at, actor, action, broadcast_id, written)
    session.add(
        AuditEntry(
            id=number,
            at=at,
            actor=actor,
            action=action,
            broadcast_id=broadcast_id,
            details=written,
            hash=digest,
        )
    )
    session.flush()
    session.execute(
        update(AuditHead).where(col(AuditHead.id) == 1).values(last_id=number, last_hash=digest)
    )
    session.expire(head)
    return number


def latest(
    session: Session,
    *,
    limit: int,
    before: int | None = None,
    action: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    broadcast_id: int | None = None,
) -> Sequence[AuditView]:
    """Entries that match all that is given, newest first.

    Args:
        before: only entries with a smaller number, to go on from an earlier window.
        action: the whole word, or its beginning followed by ``*``.
    """
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(AuditEntry.id) < before)
    if action is not None:
        if action.endswith("*"):
            query = query.where(col(AuditEntry.action).startswith(action[:-1], autoescape=True))
        else:
            query = query.where(AuditEntry.action == action)
    if actor is not None:
        query = query.where(AuditEntry.actor == actor)
    if since is not None:
        query = query.where(col(AuditEntry.at) >= since)
    if broadcast_id is not None:
        query = query.where(AuditEntry.broadcast_id == broadcast_id)
    return [_view(entry) for entry in session.exec(query)]


def verify(session: Session) -> tuple[int, BrokenEntry | None]:
    """Recompute the whole chain, in a transaction that sees one instant of it.

    Returns:
        How many entries fit, counted from the first, and the first that does not.
    """
    last_hash, last_id = GENESIS, 0
    while True:
        query = (
            select(AuditEntry)
            .where(col(AuditEntry.id) > last_id)
            .order_by(col(AuditEntry.id))
            .limit(_BATCH)
        )
        batch = session.exec(query).all()
        for entry in batch:
            if entry.id != last_id + 1:
                return last_id, BrokenEntry(last_id + 1, "it is missing")
            expected = _digest(
                last_hash,
                entry.id,
                entry.at,
                entry.actor,
                entry.action,
                entry.broadcast_id,
                entry.details,
            )
            if entry.hash != expected:
                return last_id, BrokenEntry(entry.id, "it, or its place in the log, was changed")
            last_hash, last_id = entry.hash, entry.id
            session.expunge(entry)
        if len(batch) < _BATCH:
            break
    head = session.exec(select(AuditHead)).one_or_none()
    if head is None:
        return last_id, BrokenEntry(last_id + 1, "the record of the last entry is missing")
    if head.last_id < last_id:
        number = head.last_id + 1
        return head.last_id, BrokenEntry(number, "it was never written by this program")
    if (head.last_id, head.last_hash) != (last_id, last_hash):
        return last_id, BrokenEntry(last_id + 1, f"it is missing: {head.last_id} were written")
    return last_id, None


def _canonical(details: Mapping[str, Any]) -> str:
    written = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # Half a surrogate pair has no UTF-8; Python's way to spell it is JSON's too.
    return written.encode(errors="backslashreplace").decode()


def _digest(previous: str, number: int, at: datetime, *rest: str | int | None) -> str:
    microseconds = (at - EPOCH) // timedelta(microseconds=1)
    sealed = json.dumps([previous, number, microseconds, *rest], separators=(",", ":"))
    return hashlib.sha256(sealed.encode()).hexdigest()


def _view(entry: AuditEntry) -> AuditView:
    return AuditView(
        id=entry.id,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        broadcast_id=entry.broadcast_id,
        details=json.loads(entry.details),
    )
