"""A database as hsl-dashboard keeps it, for what reads from one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

SCHEMA = """
CREATE TABLE public.users (
    user_id bigint PRIMARY KEY, username text, first_name text, last_name text,
    language_code text, first_seen_at timestamp DEFAULT now());
CREATE TABLE public.bookings (
    id serial PRIMARY KEY, user_id bigint, course_id integer, course_stream text,
    confirmed integer);
CREATE TABLE public.free_lesson_registrations (
    id serial PRIMARY KEY, user_id bigint, username text, first_name text, registered_at timestamp);
CREATE TABLE public.message_history (
    id serial PRIMARY KEY, message_text text NOT NULL, total_recipients integer,
    successful_deliveries integer, sent_at timestamp, created_at timestamp DEFAULT now(),
    recipient_type text, recipient_group text, scheduled_at timestamptz);
CREATE TABLE public.message_recipients (
    id serial PRIMARY KEY, message_id integer REFERENCES public.message_history(id),
    user_id bigint, username text, delivery_status text DEFAULT 'pending',
    telegram_message_id bigint, created_at timestamp DEFAULT now());
"""

ROWS = """
INSERT INTO public.users VALUES
    (1, 'ada_l', 'Ada', 'Lovelace', 'en', '2024-02-01 10:00'),
    (2, NULL, 'Grace', NULL, NULL, '2024-02-02 10:00'),
    (3, 'alan', '<b>Alan</b>', NULL, 'en', NULL);
INSERT INTO public.bookings (user_id, course_id, course_stream, confirmed) VALUES
    (1, 7, 'spring', 2), (1, 7, 'spring', 2), (1, 8, 'autumn', 2), (2, 7, 'spring', 1),
    (3, 7, 'a;b', 2);
INSERT INTO public.free_lesson_registrations (user_id, username, first_name) VALUES
    (2, '@grace_h', 'Amazing Grace'), (4, 'linus', 'Linus');
INSERT INTO public.message_history VALUES
    (1, 'Welcome *all*', 5, 3, '2024-03-01 09:00:05', '2024-03-01 09:00', 'all', NULL, NULL),
    (2, 'Long ago', 90, 80, '2024-01-01 09:00', '2024-01-01 08:00', 'group', 'spring', NULL),
    (3, 'To come', NULL, 0, NULL, '2030-05-31 09:00', 'group', 'spring', '2030-06-02 09:00+02'),
    (4, 'Forgotten', 0, 0, NULL, '2030-05-31 10:00', 'individual', NULL, '2030-05-31 12:00+00');
INSERT INTO public.message_recipients
    (message_id, user_id, username, delivery_status, telegram_message_id, created_at) VALUES
    (1, 1, 'ada_l', 'sent', 501, '2024-03-01 09:00:01'),
    (1, 2, NULL, 'Delivered', 502, '2024-03-01 09:00:02'),
    (1, 3, 'alan', 'blocked', NULL, '2024-03-01 09:00:03'),
    (1, 4, NULL, 'pending', NULL, NULL),
    (1, 99, 'gone', 'failed', NULL, NULL),
    (1, 99, 'gone', 'success', 503, NULL),
    (4, 1, NULL, 'pending', NULL, NULL);
SELECT setval('public.message_history_id_seq', 10);
"""


def run(url: str, *statements: str) -> None:
    """Change the database, as hsl-dashboard does."""
    engine = _engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement.replace(":", r"\:")))


def contents(url: str, schema: str = "public") -> dict[str, Sequence[Any]]:
    """Every row of every table of a schema."""
    engine = _engine(url)
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names(schema=schema)
        return {
            name: connection.exec_driver_sql(
                f'SELECT t.*, xmin::text, ctid::text FROM "{schema}"."{name}" t ORDER BY ctid'  # noqa: S608 - our own names
            ).all()
            for name in names
        }


def _engine(url: str) -> sa.Engine:
    driver = sa.make_url(url).set(drivername="postgresql+psycopg")
    return sa.create_engine(driver, poolclass=sa.NullPool)
