"""One database: its engine and its transactions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine import URL, Connection
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlmodel import Session

from hsl_tui import database_url
from hsl_tui.errors import DatabaseBusyError, SettingsError
from hsl_tui.paths import make_private
from hsl_tui.store import driver_errors

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
    from sqlalchemy.pool import ConnectionPoolEntry

SCHEMA: Final = "hsl_tui"
"""Our own schema on PostgreSQL, so that tables of other programs are never met."""

BUSY_TIMEOUT: Final = 10.0
"""Seconds that a writer waits for another process's write lock on SQLite."""

_PAGES_READ_KB: Final = 256
_PAGES_WRITTEN_KB: Final = 2_000
"""How much of an SQLite file a connection keeps in memory.

What is read lies in the system's own cache of files too, from where a page costs a microsecond.
Whoever writes many rows in no order writes the same pages again and again, a tenth slower with so
few; 2,000 is SQLite's own default.
"""

_STATEMENTS: Final = 32
"""How many prepared statements a connection to SQLite keeps, of about 20 kB each.

Of the driver's 128 most are lists of numbers of some length, that never come again.
"""

CONNECTING: Final = {
    "application_name": "hsl-tui",
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 4,
    "tcp_user_timeout": 30_000,
}
"""How PostgreSQL is connected to, unless the URL says otherwise.

A server that vanishes without a word (a cut line, a host that lost its power, a firewall that
forgot the connection) is noticed within about 30 s: an idle connection, or one that waits for an
answer, is probed after 10 s and given up after 4 probes at 5 s without an answer; what was sent
may stay unacknowledged for 30,000 ms. By the system's defaults on Linux the former takes over two
hours and the latter about 15 minutes, for which a worker would hang. See "Parameter Key Words" in
the chapter on libpq of PostgreSQL's documentation; sockets of the Unix domain ignore them.
"""

_READ_ONLY_SQL_TRANSACTION: Final = "25006"
"""An SQLSTATE: a write to a standby, or to a server that was told to take none."""

_WRITE: Final = "hsl_tui_write"
_CACHE: Final = "hsl_tui_cache"

__all__ = ["BUSY_TIMEOUT", "SCHEMA", "Database", "Session"]


class Database:
    """An engine with the transactions that this program uses.

    ``read()`` and ``write()`` are the only ways in. Both commit at their end and roll back on any
    error; driver errors leave them as :class:`~hsl_tui.errors.DatabaseError`.

    Args:
        url: ``sqlite:///…`` or ``postgresql://…``, as in ``DATABASE_URL``. On PostgreSQL any option
            of libpq's may stand in it, several hosts with ``target_session_attrs=read-write`` too:
            then each new connection looks for the server that takes writes.

    Raises:
        SettingsError: the URL cannot be read.
    """

    def __init__(self, url: str) -> None:
        self.url = parse(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.label = database_url.label(url)
        """The URL without its password, to show to people."""
        self._secrets = database_url.passwords(url)
        self.file = _file_of(self.url)
        """The file of an SQLite database, where it lies at a plain path."""
        self.engine = (
            _sqlite_engine(self.url, self.file) if self.is_sqlite else _postgresql_engine(self.url)
        )
        # Four competing writers have been measured to wait 4 s for SQLite's own lock, which is
        # polled; within one process they queue here instead.
        self._writers: AbstractContextManager[Any] = (
            threading.Lock() if self.is_sqlite else nullcontext()
        )
        # What a transaction on SQLite is from its first SELECT.
        snapshot = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._reader = self.engine.execution_options(**snapshot)

    @property
    def exists(self) -> bool:
        """False for an SQLite file that is not there yet: the first connection would make it."""
        return self.file is None or self.file.exists()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that only reads, all of it at one instant."""
        with self._errors(), Session(self._reader) as session, session.begin():
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction that may write; on SQLite it holds the write lock from its beginning."""
        engine = self.engine.execution_options(**{_WRITE: True})
        with (
            self._errors(),
            self._writers,
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            msg = f"All connections to {self.label} are in use; try again in a moment."
            raise DatabaseBusyError(msg) from error
        except DBAPIError as error:
            translated = driver_errors.translated(error, self.label, self._secrets)
            if translated is None:
                raise
            raise translated from error


def parse(url: str, setting: str = "DATABASE_URL") -> URL:
    """A database's address as SQLAlchemy takes it.

    Args:
        url: ``sqlite:///…`` or ``postgresql://…``.
        setting: where it was given, for what is said when it is wrong.

    Raises:
        SettingsError: it cannot be read. The message shows nothing of it but its scheme.
    """
    try:
        parsed = make_url(database_url.with_hosts_as_options(url))
        if parsed.get_backend_name() in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
            # What it makes of hosts and ports would else be refused at the first connection.
            parsed.get_dialect()().create_connect_args(parsed)
    except (ArgumentError, ValueError):
        msg = f"{setting} cannot be read; it takes sqlite:///FILE or postgresql://USER@HOST/NAME."
        # Without its cause, which may quote a part of the password.
        raise SettingsError(msg) from None
    if parsed.get_backend_name() in {"postgresql", "sqlite"}:
        return parsed
    msg = f"{setting} names {parsed.get_backend_name()!r}; it takes sqlite or postgresql."
    raise SettingsError(msg)


def _file_of(url: URL) -> Path | None:
    plain = url.get_backend_name() == "sqlite" and "uri" not in url.query
    name = url.database
    return Path(name) if plain and name and name != ":memory:" else None


def _sqlite_engine(url: URL, file: Path | None) -> Engine:
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT, "cached_statements": _STATEMENTS}
    )

    @event.listens_for(engine, "do_connect")
    def _private(*_: object) -> None:
        if file is not None and file.parent.is_dir():
            make_private(file)

    @event.listens_for(engine, "connect")
    def _configure(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        # The driver's own transaction handling would begin late and never IMMEDIATE.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        # NORMAL can lose the last commits with the power, and a lost `sending` makes a double.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITE, False)
        size = _PAGES_WRITTEN_KB if writes else _PAGES_READ_KB
        if connection.info.get(_CACHE) != size:
            connection.exec_driver_sql(f"PRAGMA cache_size = -{size}")
            connection.info[_CACHE] = size
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _postgresql_engine(url: URL) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=5,
        connect_args={key: it for key, it in CONNECTING.items() if key not in url.query},
    )

    @event.listens_for(engine, "handle_error")
    def _leave_a_standby(context: ExceptionContext) -> None:
        # A server that turned read-only (a failover that kept the connection) stays so for all
        # connections in the pool: only new ones find the server that takes writes.
        if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY_SQL_TRANSACTION:
            context.is_disconnect = True

    # insert=True: before SQLAlchemy's own first look at the default schema.
    @event.listens_for(engine, "connect", insert=True)
    def _own_schema(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        before = connection.autocommit
        connection.autocommit = True
        connection.execute(f"SET SESSION search_path TO {SCHEMA}")
        connection.autocommit = before

    return engine
