"""Where the schema of a database stands, and bringing it to the newest migration."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, inspect, text

from hsl_tui.errors import SchemaOutdatedError, SchemaTooNewError
from hsl_tui.models import (  # noqa: F401 - all that is in the schema
    audit_tables,
    forgotten_tables,
    import_tables,
    intake_tables,
    message_tables,
    move_table,
    segment_tables,
    tables,
    throughput_table,
)
from hsl_tui.store import audit, server_clock
from hsl_tui.store.database import SCHEMA, Database

HEAD: Final = "0014"
"""The newest migration, so that a program whose database is up to date need not load Alembic."""

_UPGRADE_LOCK: Final = 0x68736C  # any number that no other program is likely to lock


class SchemaState(StrEnum):
    """How a database's schema relates to this program."""

    EMPTY = "empty"
    OUTDATED = "outdated"
    CURRENT = "current"
    TOO_NEW = "too new"


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """What `db status` reports."""

    state: SchemaState
    revision: str | None
    head: str


def status(database: Database) -> SchemaStatus:
    """Compare the database's revision with this program's.

    Raises:
        DatabaseError: the database cannot be read.
    """
    with database.read() as session:
        return _status(session.connection())


def upgrade(database: Database, actor: str | None = None) -> SchemaStatus:
    """Run all migrations that are due, in one transaction, and return where that led.

    Args:
        actor: who does it, for the audit log, whose first entry this may become.

    Raises:
        SchemaTooNewError: a newer program has been here; nothing was changed.
        DatabaseError: the database cannot be written.
    """
    with database.write() as session:
        connection = session.connection()
        if not database.is_sqlite:
            # Two servers that start at once would otherwise both migrate; SQLite's write lock,
            # which this transaction holds, does the same.
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
        before = _status(connection)
        _refuse_newer(before, database)
        if before.state is not SchemaState.CURRENT:
            _run(connection, "upgrade", "head")
            if actor is not None:
                audit.append(
                    session,
                    at=server_clock.moment(session),
                    actor=actor,
                    action="db.upgraded",
                    details={"from": before.revision, "to": HEAD},
                )
        return _status(connection)


def downgrade(database: Database, revision: str) -> None:
    """Go back to a revision (``base`` for an empty database). For tests and emergencies."""
    with database.write() as session:
        _run(session.connection(), "downgrade", revision)


def ensure_current(database: Database, actor: str | None = None) -> None:
    """Make sure that this program can work on the database.

    The embedded SQLite database is upgraded on the way; a server's is not, because other
    programs of another version may be at work on it.

    Raises:
        SchemaOutdatedError: a PostgreSQL database needs `db upgrade`.
        SchemaTooNewError: a newer program has been here.
        DatabaseError: the database cannot be used.
    """
    found = status(database)
    _refuse_newer(found, database)
    if found.state is SchemaState.CURRENT:
        return
    if database.is_sqlite:
        upgrade(database, actor)
        return
    what = "has no tables yet" if found.state is SchemaState.EMPTY else "is of an older version"
    msg = f"The database {database.label} {what}; run `hsl-tui db upgrade`."
    raise SchemaOutdatedError(msg)


def migrations_folder() -> Path:
    """The Alembic scripts: inside an installed copy, or beside the package in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


def _status(connection: Connection) -> SchemaStatus:
    if not inspect(connection).has_table("alembic_version"):
        return SchemaStatus(SchemaState.EMPTY, None, HEAD)
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is None:
        return SchemaStatus(SchemaState.EMPTY, None, HEAD)
    if revision == HEAD:
        return SchemaStatus(SchemaState.CURRENT, revision, HEAD)
    # Revisions are numbered in order, so that an older program can tell a newer database.
    state = SchemaState.TOO_NEW if revision > HEAD else SchemaState.OUTDATED
    return SchemaStatus(state, revision, HEAD)


def _refuse_newer(found: SchemaStatus, database: Database) -> None:
    if found.state is SchemaState.TOO_NEW:
        msg = (
            f"The database {database.label} is at revision {found.revision}, newer than this"
            f" program's {found.head}; install a newer hsl-tui."
        )
        raise SchemaTooNewError(msg)


def _run(connection: Connection, command: str, target: str) -> None:
    from alembic import command as alembic  # noqa: PLC0415 - only who migrates waits for it
    from alembic.config import Config  # noqa: PLC0415 - likewise

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    getattr(alembic, command)(config, target)
