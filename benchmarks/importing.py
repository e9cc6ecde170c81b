"""A million rows are imported by the command: rows a second, and memory at most.

The peer is a lower bound: Python's csv and one `executemany` a batch into a table with the same
columns, keys and indexes, which compares nothing, labels nobody and puts nothing on record.
"""

from __future__ import annotations

import csv
import random
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from benchmarks.bench_setup import (
    Spent,
    in_a_process_of_its_own,
    postgresql,
    run_command,
    sqlite,
)
from hsl_tui.store.database import Database

ROWS: Final = 1_000_000
_LEAST: Final = {"SQLite": 40_000, "PostgreSQL": 20_000}
"""Rows a second."""
_MOST_MEMORY: Final = 200
"""Megabytes."""
_BATCH: Final = 20_000
_COLUMNS: Final = (
    "chat_id",
    "username",
    "first_name",
    "last_name",
    "language_code",
    "tags",
    "city",
    "plan",
)
_FIRST: Final = ("Anna", "Ivan", "José", "Мария", "Li", "Fatima", "Peter", "Zoë", "Юлия", "Noah")
_LAST: Final = ("Smith", "Иванов", "García", "Müller", "Kim", "Rossi", "O'Neil", "Öberg")
_ENDS: Final = ("", "a", "ette", "is", "ko", "by", "son", "ski", "er", "ez")
_CITIES: Final = ("Berlin", "Oslo", "Ghent", "Москва", "Paris", "Lviv")


def main() -> None:
    """Print a line for each import: three on each database, all or nothing, and by the peer."""
    with tempfile.TemporaryDirectory(prefix="hsl-tui-bench-") as name:
        folder = Path(name)
        first, changed = folder / "people.csv", folder / "changed.csv"
        _write(first, changed_every=0)
        _write(changed, changed_every=10)
        peer = in_a_process_of_its_own(_bare, str(first), str(folder / "peer.sqlite3"))
        print(f"sqlite3 and csv alone, nothing compared: {ROWS / peer:,.0f} rows/s", flush=True)
        for database_name, open_database in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            with open_database() as database:
                for what, path in (("new", first), ("same", first), ("a tenth", changed)):
                    spent = _import(database, path)
                    beside = (
                        f", {peer / spent.seconds:.2f} of the peer" if database.is_sqlite else ""
                    )
                    print(
                        f"imported, {database_name}, {what}: {ROWS / spent.seconds:,.0f} rows/s"
                        f" (at least {_LEAST[database_name]:,}){beside},"
                        f" {spent.megabytes:.0f} MB at most (allowed {_MOST_MEMORY})",
                        flush=True,
                    )
        with sqlite() as database:
            spent = _import(database, first, "--atomic")
            print(
                f"imported, SQLite, all or nothing: {ROWS / spent.seconds:,.0f} rows/s,"
                f" {spent.megabytes:.0f} MB at most (allowed {_MOST_MEMORY})",
                flush=True,
            )


def _import(database: Database, path: Path, *options: str) -> Spent:
    return run_command(database, "recipients", "import", str(path), "--json", *options)


def _write(path: Path, *, changed_every: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(_COLUMNS)
        writer.writerows(_rows(changed_every))


def _rows(changed_every: int) -> Iterator[tuple[object, ...]]:
    """Invented people; of every so many, one has moved since."""
    chance = random.Random(1)  # noqa: S311 - repeatable, not secret
    number = 0
    for place in range(ROWS):
        number += chance.randrange(1, 6000)
        city = chance.choice(_CITIES)
        yield (
            number * 2_654_435_761 % 7_000_000_007,
            f"u{chance.randrange(10**9):x}_{place}",
            chance.choice(_FIRST) + chance.choice(_ENDS),
            chance.choice(_LAST) + chance.choice(_ENDS),
            chance.choice(("en", "ru", "de", "es")),
            "june",
            "Moved" if changed_every and place % changed_every == 0 else city,
            f"plan {chance.randrange(9)}",
        )


def _bare(path: str, to: str) -> float:
    """Seconds that the least one can do takes: the same indexes, and nothing else."""
    database = Database(f"sqlite:///{to}")
    with database.write() as session:
        for statement in _schema_of("recipients"):
            session.connection().execute(sa.text(statement))
    database.dispose()
    started = time.perf_counter()
    connection = sqlite3.connect(to, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    with Path(path).open(encoding="utf-8", newline="") as stream:
        rows = csv.reader(stream)
        next(rows)
        while batch := list(islice(rows, _BATCH)):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO recipients (chat_id, username, first_name, last_name, language_code,"
                " name_key, last_name_key, username_key, attributes, state, created_at, updated_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'active', 0, 0)",
                [
                    (row[0], *row[1:5], f"{row[2]} {row[3]}"[:32], row[3], row[1], f"{row[6:]}")
                    for row in batch
                ],
            )
            connection.execute("COMMIT")
    spent = time.perf_counter() - started
    connection.close()
    return spent


def _schema_of(table: str) -> list[str]:
    """The statements that made a table and its indexes, as a new database has them."""
    with sqlite() as database, database.read() as session:
        found = session.connection().execute(
            sa.text("SELECT sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL"),
            {"table": table},
        )
        return [row[0] for row in found]


if __name__ == "__main__":
    main()
