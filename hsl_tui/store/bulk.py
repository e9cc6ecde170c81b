"""Many rows at once, past the ORM: what costs microseconds a row there decides over an import.

Cells are what the drivers take; :func:`moment` makes one of a time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import JSON, String, Table
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from hsl_tui.models.types import UtcDateTime
from hsl_tui.store.rows import is_sqlite

_MOMENT: Final = UtcDateTime()
_CELLS: Final = 8_000
"""Of one statement on SQLite, which takes 32,766 (SQLITE_LIMIT_VARIABLE_NUMBER)."""

Cells = Sequence[Any]


def moment(session: Session, at: datetime) -> Any:
    """A time as the driver takes it."""
    return _MOMENT.process_bind_param(at, session.get_bind().dialect)


def select(session: Session, sql: str, numbers: Collection[int]) -> Sequence[Cells]:
    """Run a SELECT in which ``{numbers}`` stands for a set of numbers, of any size."""
    connection = session.connection()
    if is_sqlite(session):
        among = sql.format(numbers="(SELECT value FROM json_each(?))")
        return connection.exec_driver_sql(among, (json.dumps(list(numbers)),)).all()
    among = sql.format(numbers="(SELECT unnest(%s::bigint[]))")
    return connection.exec_driver_sql(among, (list(numbers),)).all()


def insert(session: Session, table: Table, columns: Sequence[str], cells: Sequence[Cells]) -> None:
    """Add rows; where one cannot be, the transaction is at its end, and nothing of it stays."""
    if not cells:
        return
    names = ", ".join(columns)
    if not is_sqlite(session):
        _copy(session, f"COPY {table.name} ({names}) FROM STDIN", cells)
        return
    # A statement of many rows that may fail by itself would first put every page aside that it
    # changes; where the transaction ends with it, it need not.
    sql = f"INSERT OR ROLLBACK INTO {table.name} ({names}) VALUES "  # noqa: S608 - our own names
    row = f"({', '.join('?' * len(columns))})"
    connection = session.connection()
    at_once = _CELLS // len(columns)
    for first in range(0, len(cells), at_once):
        some = cells[first : first + at_once]
        values = ", ".join([row] * len(some))
        connection.exec_driver_sql(sql + values, tuple(chain.from_iterable(some)))


def _copy(session: Session, sql: str, cells: Iterable[Cells]) -> None:
    """Stream rows to PostgreSQL, of which the driver would be slow to make arrays."""
    # Here, where it is loaded already: on SQLite nobody needs its megabytes.
    import psycopg  # noqa: PLC0415 - as it says

    driver: Any = session.connection().connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(sql) as copy:
            for row in cells:
                copy.write_row(row)
    except psycopg.Error as error:
        # As the engine would, so that it is told in the same words.
        raise DBAPIError.instance(sql, None, error, psycopg.Error) from error


def update(session: Session, table: Table, columns: Sequence[str], cells: Sequence[Cells]) -> None:
    """Change rows by their ``id``, which is the last cell, behind those of the columns.

    They are locked in the order of their ids, so that whoever else changes some meets them in one
    order.
    """
    if not cells:
        return
    ordered = sorted(cells, key=lambda row: row[-1])
    if is_sqlite(session):
        changes = ", ".join(f"{name} = ?" for name in columns)
        sql = f"UPDATE {table.name} SET {changes} WHERE id = ?"  # noqa: S608 - our own names
        session.connection().exec_driver_sql(sql, ordered)
        return
    lock = f"SELECT id FROM {table.name} WHERE id IN {{numbers}} ORDER BY id FOR NO KEY UPDATE"  # noqa: S608 - our own names
    select(session, lock, [row[-1] for row in ordered])
    changes = ", ".join(f"{name} = {_as_given(table, name)}" for name in columns)
    sql = (
        f"UPDATE {table.name} SET {changes} FROM {_given(table, [*columns, 'id'])}"  # noqa: S608 - our own names
        f" WHERE {table.name}.id = given.id"
    )
    session.connection().exec_driver_sql(sql, _transposed(ordered))


def new_ids(session: Session, table: Table, count: int) -> Sequence[int]:
    """Ids for so many new rows, ascending; nobody else gets them."""
    connection = session.connection()
    if is_sqlite(session):
        # The write lock is held: nobody adds any meanwhile.
        sql = f"SELECT coalesce(max(id), 0) FROM {table.name}"  # noqa: S608 - our own names
        last = connection.exec_driver_sql(sql).scalar_one()
        return range(last + 1, last + 1 + count)
    sql = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
    return sorted(connection.exec_driver_sql(sql, (table.name, count)).scalars())


def _given(table: Table, columns: Sequence[str]) -> str:
    """Arrays as the columns of a table; JSON comes as text."""
    arrays = ", ".join(f"%s::{_array_of(table, name)}[]" for name in columns)
    return f"unnest({arrays}) AS given ({', '.join(columns)})"


def _as_given(table: Table, column: str) -> str:
    cast = "::json" if isinstance(table.c[column].type, JSON) else ""
    return f"given.{column}{cast}"


@cache
def _array_of(table: Table, column: str) -> str:
    # Here, where it is loaded already.
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - as it says

    dialect = postgresql.dialect()  # type: ignore[no-untyped-call] # SQLAlchemy does not type it
    # Of text without a length: a cast to one would cut it off without a word.
    kind = table.c[column].type.dialect_impl(dialect)
    return "text" if isinstance(kind, JSON | String) else kind.compile(dialect)


def _transposed(cells: Iterable[Cells]) -> tuple[list[Any], ...]:
    return tuple(map(list, zip(*cells, strict=True)))
