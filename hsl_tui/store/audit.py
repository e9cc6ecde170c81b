"""The audit log: append, read, verify.

Entry n carries ``SHA-256(hash of n-1, n, at, actor, action, broadcast, details)``. Numbers have no
gaps and ``audit_head`` holds the last of them, so that a changed, removed, reordered or cut entry
is found. Triggers of the database refuse UPDATE and DELETE.

A person may be taken out of the details of entries (``store/redaction.py``). Such an entry keeps
its hash, on which the next one rests, and names a later entry, a ``recipient.forgotten``, which is
in the chain itself and holds a seal: a hash over the entry as it was left.

What this proves: the entry is as it was left when the later one was written, it stood at this place
before, and who had it redacted, when, is on record; any other change is found as ever. What it does
not: that nothing but a person was taken out, for the hash over what was there cannot be recomputed.
Whoever can write to the database past its triggers could thus change an old entry under the cover
of a false ``recipient.forgotten`` instead of writing the chain anew; but that one then stands at
its end, for everyone to see. And the old hash stays: who guesses all that stood there can tell that
it is what stood there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, bindparam, func, update
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from hsl_tui.models.audit_tables import AuditEntry, AuditHead
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import AuditView
from hsl_tui.store.texts import storable

_BATCH: Final = 1000
_LONGEST_ACTOR: Final = 255


class Link(NamedTuple):
    """An entry of the chain: all that the next one rests on."""

    id: int
    hash: str


GENESIS: Final = "0" * 64
FORGOTTEN: Final = "recipient.forgotten"
"""The action of entries that vouch for redacted ones; the database's triggers know it, too."""
SEALS: Final = "redacted"
"""Among the details of those: by the number of each entry its seal."""
START: Final = Link(0, GENESIS)


@dataclass(frozen=True, slots=True)
class BrokenEntry:
    """The first entry that does not fit the chain, and how."""

    id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Verified:
    """How far a chain was recomputed.

    Attributes:
        link: the last entry that fits.
        broken: the first that does not.
        whole: all fit, and the log ends there.
    """

    link: Link
    broken: BrokenEntry | None = None
    whole: bool = False


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
    written = canonical(details or {})
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
    until: datetime | None = None,
    broadcast_id: int | None = None,
    after: int | None = None,
) -> Sequence[AuditView]:
    """Entries that match all that is given, newest first.

    Args:
        before: only entries with a smaller number, to go on from an earlier window.
        action: the whole word, or its beginning followed by ``*``; so ``actor``.
        until: not at this moment any more.
        after: the oldest ones with a greater number instead: those before an earlier window.
    """
    query = select(AuditEntry).limit(limit)
    number = col(AuditEntry.id)
    query = query.order_by(number.desc() if after is None else number)
    if before is not None:
        query = query.where(number < before)
    if after is not None:
        query = query.where(number > after)
    if action is not None:
        query = query.where(_is_or_begins(col(AuditEntry.action), action))
    if actor is not None:
        query = query.where(_is_or_begins(col(AuditEntry.actor), actor))
    if since is not None:
        query = query.where(col(AuditEntry.at) >= since)
    if until is not None:
        query = query.where(col(AuditEntry.at) < until)
    if broadcast_id is not None:
        query = query.where(AuditEntry.broadcast_id == broadcast_id)
    found = [_view(entry) for entry in session.exec(query)]
    return found if after is None else found[::-1]


def _is_or_begins(column: Mapped[str], wanted: str) -> ColumnElement[bool]:
    if wanted.endswith("*"):
        return column.startswith(wanted[:-1], autoescape=True)
    return column == wanted


def verify(session: Session) -> tuple[int, BrokenEntry | None]:
    """Recompute the whole chain, in a transaction that sees one instant of it.

    Returns:
        How many entries fit, counted from the first, and the first that does not.
    """
    link = START
    while True:
        further = verify_further(session, link, limit=_BATCH)
        if further.broken is not None or further.whole:
            return further.link.id, further.broken
        link = further.link


def verify_further(session: Session, link: Link, *, limit: int) -> Verified:
    """Recompute so many entries of the chain behind one that is known to fit.

    What was changed before that one is not noticed; where that one itself is no longer what it
    was, it begins anew.
    """
    if not _is_there(session, link):
        link = START
    batch = session.execute(_BEHIND, {"link": link.id, "limit": limit}).all()
    seals = _seals(session, {by for _, _, by, *_ in batch if by is not None})
    for written, number, redacted_by, *told in batch:
        if number != link.id + 1:
            return Verified(link, BrokenEntry(link.id + 1, "it is missing"))
        if redacted_by is None:
            fits = written == _digest(link.hash, number, *told)
        else:
            vouched = seals.get(redacted_by, {}).get(str(number))
            fits = redacted_by > number and vouched == seal(written, number, *told)
        if not fits:
            broken = BrokenEntry(number, "it, or its place in the log, was changed")
            return Verified(link, broken)
        link = Link(number, written)
    return Verified(link) if len(batch) == limit else _compare_with_head(session, link)


def redacted(session: Session) -> int:
    """How many entries a person was taken out of."""
    query = select(func.count()).where(col(AuditEntry.redacted_by).is_not(None))
    return session.exec(query).one()


# The hash, then what it is over, in the order of `_digest`, and between them who vouches for that.
_BEHIND: Final = (
    sa.select(
        col(AuditEntry.hash),
        col(AuditEntry.id),
        col(AuditEntry.redacted_by),
        col(AuditEntry.at),
        col(AuditEntry.actor),
        col(AuditEntry.action),
        col(AuditEntry.broadcast_id),
        col(AuditEntry.details),
    )
    .where(col(AuditEntry.id) > bindparam("link"))
    .order_by(col(AuditEntry.id))
    .limit(bindparam("limit"))
)


def _compare_with_head(session: Session, link: Link) -> Verified:
    head = session.exec(select(AuditHead)).one_or_none()
    if head is None:
        return Verified(link, BrokenEntry(link.id + 1, "the record of the last entry is missing"))
    if head.last_id < link.id:
        broken = BrokenEntry(head.last_id + 1, "it was never written by this program")
        return Verified(Link(head.last_id, head.last_hash), broken)
    if (head.last_id, head.last_hash) != link:
        broken = BrokenEntry(link.id + 1, f"it is missing: {head.last_id} were written")
        return Verified(link, broken)
    return Verified(link, whole=True)


def _is_there(session: Session, link: Link) -> bool:
    found = session.exec(select(AuditEntry.hash).where(AuditEntry.id == link.id)).first()
    return found == link.hash or link == START


def canonical(details: Mapping[str, Any]) -> str:
    """Details as they are kept: the characters that the hash is over."""
    written = json.dumps(details, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # Half a surrogate pair has no UTF-8; Python's way to spell it is JSON's too.
    return written.encode(errors="backslashreplace").decode()


def seal(written: str, number: int, at: datetime, *rest: str | int | None) -> str:
    """What vouches for a redacted entry: a hash over its own hash and all that it says now."""
    return _digest(f"{SEALS}:{written}", number, at, *rest)


def _seals(session: Session, numbers: Collection[int]) -> dict[int, dict[str, str]]:
    """What entries vouch for; that they are what they were is verified when it is their turn."""
    if not numbers:
        return {}
    query = select(AuditEntry.id, AuditEntry.details).where(
        col(AuditEntry.id).in_(sorted(numbers)), AuditEntry.action == FORGOTTEN
    )
    found = {number: json.loads(details).get(SEALS) for number, details in session.exec(query)}
    return {number: seals for number, seals in found.items() if isinstance(seals, dict)}


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
        redacted_by=entry.redacted_by,
    )
