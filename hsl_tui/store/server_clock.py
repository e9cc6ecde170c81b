"""The database's clock: one for all workers, however their machines' clocks differ."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, cast, func, literal
from sqlmodel import Session, select

from hsl_tui.models.types import BigInt
from hsl_tui.store import rows

SECOND_US = 1_000_000


def moment(session: Session) -> datetime:
    """The time now, in UTC."""
    if rows.is_sqlite(session):
        return datetime.now(UTC)
    read: datetime = session.exec(select(func.clock_timestamp())).one()
    return read.astimezone(UTC)


def microseconds(session: Session) -> ColumnElement[int]:
    """The time now as an expression: microseconds since 1970."""
    if rows.is_sqlite(session):
        # The file is on this machine, and so are all who have it open.
        return literal(time.time_ns() // 1000, BigInt)
    return cast(func.extract("epoch", func.clock_timestamp()) * SECOND_US, BigInt)
