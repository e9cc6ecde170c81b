"""A dashboard's people and deliveries are taken over by the command, anew and once more.

Run by itself it takes how many: `python -m benchmarks.adopting 1000000`.
"""

from __future__ import annotations

import sys
from typing import Final

from benchmarks.bench_setup import postgresql, run_command, sqlite
from tests import dashboard

PEOPLE: Final = 200_000
"""As many deliveries, in two broadcasts."""

# Every second of them has a place in a course; of each ten deliveries one failed.
_FILL: Final = """
INSERT INTO public.users
    SELECT n * 37, 'user_' || n, 'Name' || n % 5000, 'Öberg' || n % 700,
        (ARRAY['en', 'de', 'ru'])[1 + n % 3], timestamp '2024-01-01' + n * interval '1 second'
    FROM generate_series(1, {people}) n;
INSERT INTO public.bookings (user_id, course_id, course_stream, confirmed)
    SELECT n * 37, n % 9, 'stream ' || n % 9, 2 FROM generate_series(1, {people}, 2) n;
INSERT INTO public.message_history VALUES
    (1, 'One half', {people} / 2, 0, '2024-03-01 09:00', '2024-03-01 09:00', 'all', NULL, NULL),
    (2, 'Other half', {people} / 2, 0, '2024-04-01 09:00', '2024-04-01 09:00', 'all', NULL, NULL);
INSERT INTO public.message_recipients
    (message_id, user_id, username, delivery_status, telegram_message_id, created_at)
    SELECT 1 + n % 2, n * 37, 'user_' || n, CASE n % 10 WHEN 0 THEN 'blocked' ELSE 'sent' END, n,
        timestamp '2024-03-01' + n * interval '1 second'
    FROM generate_series(1, {people}) n;
"""


def main(people: int = PEOPLE) -> None:
    """Print a line for each database and each of two runs."""
    with postgresql() as there:
        url = there.url.render_as_string(hide_password=False)
        dashboard.run(url, dashboard.SCHEMA, _FILL.format(people=people), "ANALYZE")
        for name, opened in (("SQLite", sqlite), ("PostgreSQL", postgresql)):
            with opened() as ours:
                for what in ("new", "again"):
                    spent = run_command(ours, "db", "adopt", url, "--json")
                    print(
                        f"{people:,} people and deliveries, {name}, {what}: {spent.seconds:.1f} s"
                        f" ({spent.processor:.1f} s of the processor),"
                        f" {2 * people / spent.seconds:,.0f} rows/s,"
                        f" {spent.megabytes:.0f} MB at most",
                        flush=True,
                    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
