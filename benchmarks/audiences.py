"""How long an audience is counted among a million recipients, beside what that is held to."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from typing import Final

import sqlalchemy as sa

from benchmarks.bench_setup import fill, postgresql, sqlite
from hsl_tui.models.selector import Selector, parse_line
from hsl_tui.store import audience
from hsl_tui.store.database import Database, Session

MANY: Final = 1_000_000
ROUNDS: Final = 7
MOST: Final = 200
"""Milliseconds, where an index can serve."""
TAGS: Final = {"news": 2, "vip": 3, "staff": 10, "june": 100}
"""One in so many has them."""
LINES: Final = (
    "all",
    "tag:news",
    "lang:de",
    "tag:news+tag:vip",
    "tag:news+lang:de",
    "all !tag:staff",
    "tag:news tag:vip",
    "tag:news !tag:vip",
)
BEYOND: Final = (
    "tag:news tag:vip tag:staff",
    "tag:news lang:de",
    "tag:news tag:vip !tag:staff",
    "all !tag:news+lang:de",
    "attr:city=Berlin",
)
"""Of these, too, it is told how long they take."""
TALLIES: Final = ("all !tag:vip !lang:de !tag:june", "all !tag:news+tag:vip !lang:de+tag:staff")
"""Of these it is told, too, who is left out and why."""

_PEOPLE: Final = """
UPDATE recipients SET language_code = CASE
    WHEN id % 10 < 4 THEN 'en' WHEN id % 10 = 4 THEN 'en-GB' WHEN id % 10 < 7 THEN 'de'
    WHEN id % 10 = 7 THEN 'ru' WHEN id % 10 = 8 THEN 'pt-br' END,
    attributes = CASE WHEN id % 100 = 0 THEN '{"city": "Berlin"}' ELSE '{}' END,
    state = CASE WHEN id % 33 = 0 THEN 'blocked' ELSE 'active' END
"""
_PEOPLE_AS_JSON: Final = _PEOPLE.replace("END,\n    state", "END::json,\n    state")
_BEARERS: Final = """
INSERT INTO recipient_tags (recipient_id, tag_id)
SELECT recipients.id, tags.id FROM recipients, tags
WHERE tags.name = :tag AND recipients.id % :of = 0
"""


def main() -> None:
    """Print a line for each database and audience."""
    for name, open_database in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
        with open_database() as database:
            prepare(database)
            for line in (*LINES, *BEYOND):
                number, taken = measure(database, line)
                held = f" (at most {MOST})" if line in LINES else ""
                print(f"{line}, {name}: {number:,} counted in {taken:.0f} ms{held}", flush=True)
            for line in TALLIES:
                number, taken = measure(database, line, _picked_of_tally)
                print(f"{line}, {name}: {number:,} and others, in {taken:.0f} ms", flush=True)


def prepare(database: Database) -> None:
    """A million with tags, languages and attributes; one in 33 cannot be written to."""
    fill(database, MANY)
    with database.write() as session:
        connection = session.connection()
        connection.execute(sa.text(_PEOPLE if database.is_sqlite else _PEOPLE_AS_JSON))
        for tag, of in TAGS.items():
            connection.execute(sa.text("INSERT INTO tags (name) VALUES (:tag)"), {"tag": tag})
            connection.execute(sa.text(_BEARERS), {"tag": tag, "of": of})
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # As a server's own housekeeping has done it some time after a large import.
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")
    database.dispose()


def _picked_of_tally(session: Session, selectors: Sequence[Selector]) -> int:
    return audience.tally(session, selectors).picked


def measure(
    database: Database,
    line: str,
    count: Callable[[Session, Sequence[Selector]], int] = audience.count,
) -> tuple[int, float]:
    """How many are picked, and the median of the milliseconds that it took to count them."""
    times = []
    number = 0
    for _ in range(ROUNDS):
        started = time.perf_counter()
        with database.read() as session:
            number = count(session, parse_line(line))
        times.append((time.perf_counter() - started) * 1000)
    return number, statistics.median(times)


if __name__ == "__main__":
    main()
