"""The database of an hsl-dashboard, which is only ever read: its connection and what is in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from hsl_tui import database_url
from hsl_tui.errors import SettingsError
from hsl_tui.store import driver_errors
from hsl_tui.store.database import CONNECTING, SCHEMA, parse

TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "users": (
        "user_id",
        "username",
        "first_name",
        "last_name",
        "language_code",
        "first_seen_at",
    ),
    "free_lesson_registrations": ("user_id", "username", "first_name"),
    "bookings": ("user_id", "course_stream", "confirmed"),
    "message_history": (
        "id",
        "message_text",
        "total_recipients",
        "successful_deliveries",
        "sent_at",
        "created_at",
        "recipient_type",
        "recipient_group",
        "scheduled_at",
    ),
    "message_recipients": (
        "id",
        "message_id",
        "user_id",
        "username",
        "delivery_status",
        "telegram_message_id",
        "created_at",
    ),
}
"""What is looked for there, table by table."""

_SETTING: Final = "the URL"
_AT_A_TIME: Final = 2000
_WITHOUT_ZONE: Final = "timestamp without time zone"

# The tables of one schema: of the first on the search path that has any. Our own has tables of the
# same names. What this role may not read is as if it were not there.
_COLUMNS: Final = """
SELECT table_schema, table_name, column_name, data_type
FROM information_schema.columns
WHERE table_schema = ANY (current_schemas(false)) AND table_schema <> :own
    AND table_name = ANY (:tables)
    AND has_column_privilege(
        format('%I.%I', table_schema, table_name), column_name::text, 'SELECT'
    )
ORDER BY array_position(current_schemas(false), table_schema::name)
"""

# Moments come in one notation. Our own work between two reads may take longer than the server
# lets others wait.
_SETTINGS: Final = (
    "SET LOCAL TimeZone = 'UTC'",
    "SET LOCAL DateStyle = 'ISO'",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL idle_in_transaction_session_timeout = 0",
)


@dataclass(frozen=True, slots=True)
class Shape:
    """Which of the tables and columns there are.

    Attributes:
        schema: where the tables lie.
        columns: by table: the type of each column.
    """

    schema: str
    columns: Mapping[str, Mapping[str, str]]

    def has(self, table: str, *columns: str) -> bool:
        """Whether a table has all these columns."""
        return self.columns.get(table, {}).keys() >= {*columns}

    @property
    def missing(self) -> Sequence[str]:
        """What is not there: tables, and columns of those that are."""
        found: list[str] = []
        for table, columns in TABLES.items():
            if table not in self.columns:
                found.append(table)
            else:
                found += [f"{table}.{one}" for one in columns if not self.has(table, one)]
        return found

    @property
    def without_zone(self) -> Sequence[str]:
        """Columns that are read whose times do not say in which zone."""
        return [
            f"{table}.{column}"
            for table, columns in TABLES.items()
            for column in columns
            if self.columns.get(table, {}).get(column) == _WITHOUT_ZONE
        ]


class Snapshot:
    """All that the other database held at one moment."""

    def __init__(self, connection: Connection, database: str, shape: Shape) -> None:
        self.connection = connection
        self.database = database
        """The name of the database."""
        self.shape = shape

    def stream(self, sql: str) -> Iterator[Sequence[Any]]:
        """Run a SELECT whose rows stay on the server until they are asked for."""
        result = self.connection.execution_options(
            stream_results=True, max_row_buffer=_AT_A_TIME
        ).exec_driver_sql(sql)
        with result:
            for part in result.partitions(_AT_A_TIME):
                yield from part

    def number(self, sql: str) -> int:
        """Run a SELECT of one number."""
        return int(self.connection.exec_driver_sql(sql).scalar_one())


class Dashboard:
    """Another program's PostgreSQL database.

    Args:
        url: ``postgresql://…``. What it leaves out, such as the password, libpq looks for where it
            always does (``PGPASSWORD``, ``~/.pgpass``).

    Raises:
        SettingsError: it cannot be read, or names no PostgreSQL database.
    """

    def __init__(self, url: str) -> None:
        try:
            normal = database_url.normalise(url)
        except ValueError:
            normal = ""
        if not normal.startswith("postgresql:"):
            msg = "hsl-dashboard's database is PostgreSQL; write postgresql://USER@HOST/NAME."
            raise SettingsError(msg)
        address = parse(normal, _SETTING)
        self.label = database_url.label(normal)
        """The URL without its password, to show to people."""
        self._secrets = database_url.passwords(normal)
        options = {key: it for key, it in CONNECTING.items() if key not in address.query}
        # Sooner than any statement of ours: every transaction of this engine refuses writes, and
        # sees the one moment at which it began.
        self._engine = sa.create_engine(
            address, poolclass=sa.NullPool, connect_args=options
        ).execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """A transaction that reads everything as it is at one moment, and can change nothing.

        Raises:
            DatabaseError: the database cannot be read.
        """
        with self._errors(), self._engine.connect() as connection, connection.begin():
            for setting in _SETTINGS:
                connection.exec_driver_sql(setting)
            name = connection.exec_driver_sql("SELECT current_database()").scalar_one()
            yield Snapshot(connection, str(name), _shape(connection))

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            translated = driver_errors.translated(error, self.label, self._secrets, _SETTING)
            if translated is None:
                raise
            raise translated from error


def _shape(connection: Connection) -> Shape:
    asked = {"own": SCHEMA, "tables": list(TABLES)}
    schema = ""
    columns: dict[str, dict[str, str]] = {}
    for found, table, column, kind in connection.execute(sa.text(_COLUMNS), asked):
        schema = schema or found
        if found == schema:
            columns.setdefault(table, {})[column] = kind
    return Shape(schema, columns)
