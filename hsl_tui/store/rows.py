"""Adding rows, alike on both databases."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import CursorResult, Delete, Insert, Update, func, select
from sqlalchemy.dialects import sqlite
from sqlmodel import Session, SQLModel

_INTAKE_LOCK: Final = 0x68736C_01
"""Any number will do, as long as nothing else on the database uses it."""


def is_sqlite(session: Session) -> bool:
    """Whether the session talks to SQLite rather than PostgreSQL."""
    return session.get_bind().dialect.name == "sqlite"


def upsert(table: Any, *, on_sqlite: bool) -> Any:
    """An INSERT that may say what to do ON CONFLICT, of one of the databases."""
    if on_sqlite:
        return sqlite.insert(table)
    # Here, where it is loaded already: on SQLite nobody needs its megabytes.
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - as it says

    return postgresql.insert(table)


def add(session: Session, row: SQLModel) -> int:
    """Add a row of a table that numbers its rows, and return the number."""
    session.add(row)
    session.flush()
    number: int = row.id  # type: ignore[attr-defined] # tables with a number call it id
    return number


def add_missing(session: Session, table: type[SQLModel], *rows: dict[str, Any]) -> None:
    """Add rows, leaving out those whose unique key is there already."""
    insert = upsert(table, on_sqlite=is_sqlite(session))
    session.execute(insert.values(list(rows)).on_conflict_do_nothing())


def add_unless(session: Session, row: SQLModel, *, taken: str) -> int | None:
    """Add a row and return its number, unless its value of this unique column is taken.

    Where another transaction is adding the same value, this waits for its end.
    """
    table: Any = type(row)
    statement = (
        upsert(table, on_sqlite=is_sqlite(session))
        .values(row.model_dump(exclude={"id"}))
        .on_conflict_do_nothing(index_elements=[taken])
        .returning(table.id)
    )
    number: int | None = session.execute(statement).scalar_one_or_none()
    return number


def hold_intake(session: Session) -> None:
    """Wait until no other transaction takes recipients in or labels them, and hold others off.

    Two that add the same chat or label at once would otherwise fail on its unique key. On SQLite
    writers follow one another anyway.
    """
    if not is_sqlite(session):
        session.execute(select(func.pg_advisory_xact_lock(_INTAKE_LOCK)))


def affected(session: Session, statement: Insert | Update | Delete) -> int:
    """Run a statement and return how many rows it added, changed or removed.

    The session's own copies of rows are not brought up to date; what is read later must be read
    anew (``populate_existing``).
    """
    # An INSERT's cursor is closed before anyone could ask, unless the count is asked for first.
    statement = statement.execution_options(preserve_rowcount=True)
    result = session.connection().execute(statement)
    if not isinstance(result, CursorResult):  # pragma: no cover - what a statement always gives
        raise TypeError(result)
    return result.rowcount
