"""The database's clock: one for all workers, however their machines' clocks differ."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, cast, func, literal
from sqlmodel import Session, select

from hsl_tui.models.types import BigInt
from hsl_tui.store import rows

SECOND_US = 1_000_000

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def moment(session: Session) -> datetime:
    """The time now, in UTC."""
    if rows.is_sqlite(session):
        return datetime.now(UTC)
    read: datetime = session.exec(select(func.clock_timestamp())).one()
    return read.astimezone(UTC)


def microseconds(session: Session) -> ColumnElement[int]:
    """The time now as an expression, in microseconds: to tell how far apart moments are.

    On PostgreSQL it counts from 1970, by the server's clock. An SQLite file is on this machine, and
    so are all who have it open: there it is a clock that nobody can set, where there is one.
    """
    if rows.is_sqlite(session):
        return literal(_steady_us(), BigInt)
    return cast(func.extract("epoch", func.clock_timestamp()) * SECOND_US, BigInt)


def boot_id() -> str:
    """What tells this run of the machine from every other; empty where the system does not say."""
    try:
        return _BOOT_ID.read_text().strip()
    except OSError:
        return ""


def _steady_us() -> int:
    zero = _zero_us()
    if zero is None:
        return time.time_ns() // 1000
    return zero + time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


@cache
def _zero_us() -> int | None:
    """Where the count since the machine's start begins; None where there is no such count.

    Each start has a place of its own, centuries from the others: what was noted before it lies so
    far back or ahead that nobody waits for it.
    """
    this_boot = boot_id()
    if not this_boot or not hasattr(time, "CLOCK_BOOTTIME"):
        return None
    seconds = int.from_bytes(blake2b(this_boot.encode(), digest_size=5).digest())
    return seconds * SECOND_US
