"""Saved segments: selectors under names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import BroadcastState
from hsl_tui.models.segment_tables import Segment
from hsl_tui.models.segments import SegmentView
from hsl_tui.models.selector import Selector, SelectorKind, parse_selectors
from hsl_tui.models.tables import Broadcast
from hsl_tui.store import rows
from hsl_tui.store.texts import storable

Definitions = Mapping[str, tuple[Selector, ...]]
"""What saved segments stand for, by their names."""


def every(session: Session) -> Sequence[SegmentView]:
    """All segments, by name."""
    return _views(session, select(Segment).order_by(col(Segment.name)))


def get(session: Session, name: str) -> SegmentView | None:
    """The segment of this name, or None."""
    return next(iter(_views(session, select(Segment).where(Segment.name == storable(name)))), None)


def lock(session: Session) -> Mapping[str, SegmentView]:
    """All segments by name, locked until the transaction ends: what they refer to stays so."""
    query = select(Segment).order_by(col(Segment.id)).with_for_update()
    return {one.name: one for one in _views(session, query)}


def add(
    session: Session, name: str, selectors: Sequence[str], *, created_by: str, now: datetime
) -> bool:
    """Add a segment, unless its name is taken; whether it was added."""
    by = storable(created_by, 255)
    row = Segment(
        name=name,
        selectors=list(selectors),
        created_by=by,
        created_at=now,
        changed_by=by,
        changed_at=now,
    )
    return rows.add_unless(session, row, taken="name") is not None


def change(
    session: Session, name: str, selectors: Sequence[str], *, changed_by: str, now: datetime
) -> None:
    """Have a name stand for other selectors."""
    values = {
        "selectors": list(selectors),
        "changed_by": storable(changed_by, 255),
        "changed_at": now,
    }
    statement = update(Segment).where(col(Segment.name) == name).values(**values)
    session.execute(statement.execution_options(synchronize_session=False))


def rename(
    session: Session, segment: SegmentView, name: str, *, changed_by: str, now: datetime
) -> bool:
    """Have a segment bear another name, unless that is taken; whether it does."""
    row = Segment(
        name=name,
        selectors=list(segment.selectors),
        created_by=segment.created_by,
        created_at=segment.created_at,
        changed_by=storable(changed_by, 255),
        changed_at=now,
    )
    if rows.add_unless(session, row, taken="name") is None:
        return False
    remove(session, segment.name)
    return True


def remove(session: Session, name: str) -> None:
    """Remove the segment of this name."""
    statement = delete(Segment).where(col(Segment.name) == name)
    session.execute(statement.execution_options(synchronize_session=False))


def definitions(session: Session, selectors: Iterable[Selector]) -> Definitions:
    """What the saved segments among selectors stand for, and those that these refer to.

    A segment that is not there, or cannot be read, is left out.
    """
    found: dict[str, tuple[Selector, ...]] = {}
    asked: set[str] = set()
    while names := referred(selectors) - asked:
        asked |= names
        query = select(Segment.name, Segment.selectors).where(col(Segment.name).in_(sorted(names)))
        read = {name: _read(written) for name, written in session.exec(query)}
        found.update(read)
        selectors = [one for selectors in read.values() for one in selectors]
    return found


def referred(selectors: Iterable[Selector]) -> set[str]:
    """The names of the saved segments among selectors."""
    return {
        term.value for one in selectors for term in one.terms if term.kind is SelectorKind.SAVED
    }


def drafts_with(session: Session, name: str) -> list[int]:
    """The drafts of broadcasts whose selectors refer to a segment."""
    query = select(Broadcast.id, Broadcast.audience).where(Broadcast.state == BroadcastState.DRAFT)
    drafts = session.execute(query.order_by(col(Broadcast.id)))
    return [number for number, audience in drafts if name in referred(_read(audience))]


def _read(written: Collection[str]) -> tuple[Selector, ...]:
    try:
        return parse_selectors(written)
    except InvalidInputError:  # another version's
        return ()


def _views(session: Session, query: SelectOfScalar[Segment]) -> list[SegmentView]:
    # Beside the ORM, whose own copies of rows would know nothing of their changes.
    return [
        SegmentView(
            name=row.name,
            selectors=tuple(row.selectors),
            created_by=row.created_by,
            created_at=row.created_at,
            changed_by=row.changed_by,
            changed_at=row.changed_at,
        )
        for row in session.connection().execute(query)
    ]
