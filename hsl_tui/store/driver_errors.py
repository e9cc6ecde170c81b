"""What drivers say of a database, in the operator's words: one sentence that says what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, InterfaceError, OperationalError

from hsl_tui.errors import (
    DatabaseBusyError,
    DatabaseError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    SchemaOutdatedError,
)


def translated(
    error: DBAPIError, label: str, secrets: Iterable[str], setting: str = "DATABASE_URL"
) -> DatabaseError | None:
    """The operator's words for what the driver said; None for what is a bug of ours.

    Args:
        label: the database as it may be shown.
        secrets: what must not be shown, should the driver quote it.
        setting: where its address was given.
    """
    if isinstance(error, IntegrityError | DataError):
        # These quote the row, and what it says must not be taken for the server's words.
        return None
    said = str(error.orig)
    for secret in secrets:
        said = said.replace(secret, "…")
    for pattern, kind, sentence in _SENTENCES:
        if re.search(pattern, said, re.IGNORECASE):
            return kind(sentence.format(label=label, setting=setting))
    first_line = said.strip().splitlines()[0] if said.strip() else type(error.orig).__name__
    first_line = first_line.rstrip(".")
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return DatabaseUnavailableError(
            f"The connection to {label} was lost ({first_line}); try again."
        )
    if isinstance(error, OperationalError):
        return DatabaseUnavailableError(
            f"The database {label} cannot be used ({first_line}); check {setting}."
        )
    return None


# What drivers say, what kind of trouble that is, and what to tell the operator. First match wins.
_SENTENCES: Final[tuple[tuple[str, type[DatabaseError], str], ...]] = (
    (
        r"database is locked|database table is locked",
        DatabaseBusyError,
        "Another program holds the write lock of {label}; try again, or find out who holds it.",
    ),
    (
        r"deadlock detected|could not serialize|(lock|statement) timeout|too many|remaining conn",
        DatabaseBusyError,
        "The server of {label} is too busy at this moment; try again.",
    ),
    (
        r"read-only transaction",
        DatabaseReadOnlyError,
        "The server of {label} takes no writes; name the primary server in {setting}.",
    ),
    (
        r"session is read-only|hot standby mode",
        DatabaseReadOnlyError,
        "No server of {label} takes writes; promote one, or name the primary in {setting}.",
    ),
    (
        r"readonly database|read.only file",
        DatabaseReadOnlyError,
        "The database {label} is read-only; check the permissions of the file and its folder.",
    ),
    (
        r"database or disk is full|No space left|disk full|could not extend file",
        DatabaseFullError,
        "There is no room left for the database {label}; free some disk space and try again.",
    ),
    (
        r"invalid (connection|URI query) (option|parameter)",
        DatabaseUnavailableError,
        "In {setting} of {label} is an option that PostgreSQL does not know; correct it.",
    ),
    (
        r"disk I/O error",
        DatabaseUnavailableError,
        "The disk of {label} gives errors; see that it has room, is writable and is sound.",
    ),
    (
        r"unable to open database file",
        DatabaseUnavailableError,
        "The database {label} cannot be opened; check that its folder exists and may be written.",
    ),
    (
        r"file is not a database|malformed",
        DatabaseUnavailableError,
        "The file of {label} is not an SQLite database, or it is damaged; check {setting}.",
    ),
    (
        r"no such (table|column)|(relation|column) .* does not exist|no schema has been selected",
        SchemaOutdatedError,
        "The database {label} lacks tables of this version; run `hsl-tui db upgrade`.",
    ),
    (
        r'authentication failed|no password supplied|role ".*" does not exist|no pg_hba.conf',
        DatabaseUnavailableError,
        "The server of {label} refused the user name or password; check {setting}.",
    ),
    (
        r'database ".*" does not exist',
        DatabaseUnavailableError,
        "The server has no such database as in {label}; create it or check {setting}.",
    ),
    (
        r"connection (refused|failed)|could not (translate|connect)|resolve|timeout|no such file",
        DatabaseUnavailableError,
        "The server of {label} does not answer; check that it runs and that {setting} is right.",
    ),
)
