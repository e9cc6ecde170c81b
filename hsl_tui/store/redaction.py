"""People taken out of the audit log on account of a later entry; see ``store/audit.py``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import bindparam, update
from sqlmodel import Session, col, select

from hsl_tui.models.audit_tables import AuditEntry, AuditHead
from hsl_tui.models.metadata import table
from hsl_tui.models.traces import Traces
from hsl_tui.store import audit

_BATCH: Final = 2000

_ROWS: Final = table(AuditEntry)
_COLUMNS: Final = (
    _ROWS.c.id,
    _ROWS.c.hash,
    _ROWS.c.at,
    _ROWS.c.actor,
    _ROWS.c.action,
    _ROWS.c.broadcast_id,
    _ROWS.c.details,
)
_BEHIND: Final = (
    sa.select(*_COLUMNS).where(_ROWS.c.id > bindparam("after")).order_by(_ROWS.c.id).limit(_BATCH)
)
_THESE: Final = sa.select(*_COLUMNS).where(_ROWS.c.id.in_(bindparam("ids", expanding=True)))
_REDACT: Final = (
    update(_ROWS)
    .where(_ROWS.c.id == bindparam("of"))
    .values(details=bindparam("left"), redacted_by=bindparam("by"))
)


@dataclass(frozen=True, slots=True)
class Holding:
    """Entries that hold a person, as far as they were looked for.

    Attributes:
        details: by number, what is to be left of each.
        seals: likewise, what is to vouch for it.
        last: the entry up to which they were looked for.
    """

    details: Mapping[int, str]
    seals: Mapping[int, str]
    last: int = 0


def find(session: Session, traces: Traces, after: Holding | None = None) -> Holding:
    """Look through the log for a person.

    Args:
        after: what another look has found: only its entries, as they are by now, and what was
            added since are looked at.
    """
    connection = session.connection()
    found = _Found(traces)
    known = sorted(after.details) if after is not None else []
    for start in range(0, len(known), _BATCH):
        found.take(connection.execute(_THESE, {"ids": known[start : start + _BATCH]}))
    last = 0 if after is None else after.last
    while batch := connection.execute(_BEHIND, {"after": last}).all():
        found.take(batch)
        last = batch[-1].id
    return Holding(found.details, found.seals, last)


class _Found:
    """Entries that hold a person, without them."""

    def __init__(self, traces: Traces) -> None:
        self._traces = traces
        self.details: dict[int, str] = {}
        self.seals: dict[int, str] = {}

    def take(self, entries: Iterable[Any]) -> None:
        """Look at some more."""
        for number, written, at, actor, action, broadcast_id, said in entries:
            left = _without(said, self._traces)
            if left != said:
                self.details[number] = left
                told = (at, actor, action, broadcast_id, left)
                self.seals[number] = audit.seal(written, number, *told)


def hold(session: Session) -> None:
    """Let nobody add to the log until the transaction ends."""
    session.exec(select(AuditHead).where(col(AuditHead.id) == 1).with_for_update()).one()


def redact(
    session: Session, holding: Holding, *, at: datetime, actor: str, details: Mapping[str, Any]
) -> int:
    """Enter into the log that a person was forgotten, and take them out of what it says.

    Call it last in the transaction, with the log held.

    Returns:
        The number of the entry, which vouches for the others.
    """
    seals = {str(number): seal for number, seal in holding.seals.items()}
    by = audit.append(
        session,
        at=at,
        actor=actor,
        action=audit.FORGOTTEN,
        details={**details, audit.SEALS: seals},
    )
    changes = [{"of": of, "left": left, "by": by} for of, left in holding.details.items()]
    if changes:
        session.connection().execute(_REDACT, changes)
    return by


def _without(said: str, traces: Traces) -> str:
    if said == "{}":
        return said
    document = json.loads(said)
    left = traces.in_record(document)
    return said if left == document else audit.canonical(left)
