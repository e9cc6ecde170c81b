"""What is read from an hsl-dashboard: people, messages, and what became of each.

Every value comes as text, of whatever type its column is; a column that is not there is as if it
were null throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from hsl_tui.store.dashboard import Shape, Snapshot

CONFIRMED: Final = "2"
"""``bookings.confirmed`` of a place that was paid for or approved."""
DELIVERED: Final = ("sent", "delivered", "success", "successful", "ok")
"""``message_recipients.delivery_status`` of what arrived."""
WAITING: Final = ("", "pending", "queued", "scheduled", "sending", "processing", "unknown")
"""Of what nothing is known yet to have become."""

_PEOPLE: Final = ("users", "free_lesson_registrations", "bookings", "message_recipients")
"""Where people occur. What the first says of one counts before what the next says."""
_INTEGERS: Final = frozenset({"smallint", "integer", "bigint"})
_WHOLE: Final = "^[+-]?[0-9]{1,19}$"


class Person(NamedTuple):
    """Somebody whom the other bot knew."""

    chat: str | None
    username: str | None
    first_name: str | None
    last_name: str | None
    language_code: str | None
    first_seen_at: str | None
    streams: Sequence[str]
    """Of the courses where their place is confirmed."""
    source: int
    """1 for those among ``users``, up to 4 for who only occurs among ``message_recipients``."""


class Message(NamedTuple):
    """A broadcast as it is there.

    Attributes:
        listed: how many rows of ``message_recipients`` it has.
        decided: how many of these say what became of it.
    """

    id: str | None
    text: str | None
    total_recipients: str | None
    successful_deliveries: str | None
    sent_at: str | None
    created_at: str | None
    recipient_type: str | None
    recipient_group: str | None
    scheduled_at: str | None
    listed: int
    decided: int


class Fate(NamedTuple):
    """What became of one message to one person."""

    message: str
    chat: str
    status: str | None
    telegram_message_id: str | None
    created_at: str | None


def has_people(shape: Shape) -> bool:
    """Whether anything there names people to write to."""
    return any(shape.has(table, "user_id") for table in _PEOPLE)


def has_messages(shape: Shape) -> bool:
    """Whether there are broadcasts that can be told from one another."""
    return shape.has("message_history", "id", "message_text")


def has_fates(shape: Shape) -> bool:
    """Whether it is on record who was to get which broadcast."""
    return has_messages(shape) and shape.has("message_recipients", "message_id", "user_id")


def count_people(snapshot: Snapshot) -> int:
    """How many people there are."""
    return snapshot.number(f"SELECT count(DISTINCT chat) FROM ({_named(snapshot.shape)}) AS named")  # noqa: S608 - our own names


def people(snapshot: Snapshot) -> Iterator[Person]:
    """All people, each once, with what is known of them wherever they occur."""
    first = ", ".join(
        f"(array_agg({column} ORDER BY source, {column}) FILTER (WHERE {column} <> ''))[1]"
        f" AS {column}"
        for column in ("username", "first_name", "last_name", "language_code")
    )
    sql = (
        f"WITH labels AS ({_labels(snapshot.shape)}),"  # noqa: S608 - our own names
        f" people AS (SELECT chat, {first}, min(first_seen_at), min(source) AS source"
        f" FROM ({_named(snapshot.shape)}) AS named GROUP BY chat)"
        " SELECT people.*, streams FROM people LEFT JOIN labels USING (chat)"
    )
    for *known, source, streams in snapshot.stream(sql):
        yield Person._make((*known, streams or (), source))


def count_messages(snapshot: Snapshot) -> int:
    """How many broadcasts there are."""
    return snapshot.number(f"SELECT count(*) FROM {_table(snapshot.shape, 'message_history')}")  # noqa: S608 - our own names


def messages(snapshot: Snapshot) -> Iterator[Message]:
    """All broadcasts, in the order of their time."""
    shape = snapshot.shape
    columns = ", ".join(
        _text(shape, "message_history", column)
        for column in (
            "message_text",
            "total_recipients",
            "successful_deliveries",
            "sent_at",
            "created_at",
            "recipient_type",
            "recipient_group",
            "scheduled_at",
        )
    )
    listed = "SELECT NULL::text AS message, 0 AS listed, 0 AS decided WHERE false"
    if has_fates(shape):
        listed = (
            f"SELECT {_key(shape, 'message_recipients', 'message_id')} AS message,"  # noqa: S608 - our own names
            f" count(*) AS listed, count(*) FILTER (WHERE {_is_decided(shape)}) AS decided"
            f" FROM {_table(shape, 'message_recipients')} GROUP BY 1"
        )
    sql = (
        f"SELECT history.*, coalesce(listed, 0), coalesce(decided, 0)"  # noqa: S608 - our own names
        f" FROM (SELECT {_key(shape, 'message_history', 'id')} AS message, {columns}"
        f" FROM {_table(shape, 'message_history')}) AS history"
        f" LEFT JOIN ({listed}) AS tally USING (message)"
        " ORDER BY created_at NULLS FIRST, length(message), message"
    )
    return (Message(*row) for row in snapshot.stream(sql))


def count_fates(snapshot: Snapshot) -> int:
    """How many rows say who was to get what, at most."""
    return snapshot.number(f"SELECT count(*) FROM {_table(snapshot.shape, 'message_recipients')}")  # noqa: S608 - our own names


def fates(snapshot: Snapshot) -> Iterator[Fate]:
    """What became of each message to each person, message by message.

    Where several rows speak of the same, one that says that it arrived counts, and else the last.
    """
    shape = snapshot.shape
    table = "message_recipients"
    latest = f"{_column('id')} DESC" if shape.has(table, "id") else "5 DESC NULLS LAST"
    sql = (
        f"SELECT DISTINCT ON (1, 2) {_key(shape, table, 'message_id')},"  # noqa: S608 - our own names
        f" {_chat(shape, table)}, {_text(shape, table, 'delivery_status')},"
        f" {_text(shape, table, 'telegram_message_id')}, {_text(shape, table, 'created_at')}"
        f" FROM {_table(shape, table)}"
        f" WHERE {_column('message_id')} IS NOT NULL AND {_column('user_id')} IS NOT NULL"
        f" ORDER BY 1, 2, {_status(shape)} IN ({_listed(DELIVERED)}) DESC,"
        f" ({_is_decided(shape)}) DESC, {latest}"
    )
    return (Fate(*row) for row in snapshot.stream(sql))


def chats_of(snapshot: Snapshot, message: str, *, limit: int) -> Sequence[str]:
    """To whom a broadcast is meant to go, up to a number of chats."""
    shape = snapshot.shape
    table = "message_recipients"
    sql = (
        f"SELECT DISTINCT {_chat(shape, table)} FROM {_table(shape, table)}"  # noqa: S608 - our own names
        f" WHERE {_key(shape, table, 'message_id')} = %s AND {_column('user_id')} IS NOT NULL"
        f" ORDER BY 1 LIMIT {limit:d}"
    )
    return snapshot.connection.exec_driver_sql(sql, (message,)).scalars().all()


def _named(shape: Shape) -> str:
    """All people as often as they occur."""
    parts = [
        f"SELECT {_chat(shape, table)} AS chat, {source} AS source,"  # noqa: S608 - our own names
        f" {_text(shape, table, 'username')}, {_text(shape, table, 'first_name')},"
        f" {_text(shape, table, 'last_name')}, {_text(shape, table, 'language_code')},"
        f" {_text(shape, table, 'first_seen_at')} FROM {_table(shape, table)}"
        for source, table in enumerate(_PEOPLE, start=1)
        if shape.has(table, "user_id")
    ]
    return " UNION ALL ".join(parts)


def _labels(shape: Shape) -> str:
    if not shape.has("bookings", "user_id", "course_stream", "confirmed"):
        return "SELECT NULL::text AS chat, NULL::text[] AS streams WHERE false"
    stream = f"btrim({_column('course_stream')}::text)"
    return (
        f"SELECT {_chat(shape, 'bookings')} AS chat, array_agg(DISTINCT {stream}) AS streams"  # noqa: S608 - our own names
        f" FROM {_table(shape, 'bookings')}"
        f" WHERE btrim({_column('confirmed')}::text) = '{CONFIRMED}' AND {stream} <> '' GROUP BY 1"
    )


def _status(shape: Shape) -> str:
    if not shape.has("message_recipients", "delivery_status"):
        return "''"
    return f"lower(btrim(coalesce({_column('delivery_status')}::text, '')))"


def _is_decided(shape: Shape) -> str:
    return f"{_status(shape)} NOT IN ({_listed(WAITING)})"


def _chat(shape: Shape, table: str) -> str:
    """A chat id, each written in one way only, so that no person is taken for two."""
    column = _column("user_id")
    if shape.columns[table]["user_id"] in _INTEGERS:
        return f"{column}::text"
    text = f"btrim({column}::text)"
    return f"CASE WHEN {text} ~ '{_WHOLE}' THEN {text}::numeric::text ELSE {text} END"


def _key(shape: Shape, table: str, column: str) -> str:
    kind = shape.columns[table][column]
    return f"{_column(column)}::text" if kind in _INTEGERS else f"btrim({_column(column)}::text)"


def _text(shape: Shape, table: str, column: str) -> str:
    if not shape.has(table, column):
        return f"NULL::text AS {column}"
    return f"{_column(column)}::text AS {column}"


def _table(shape: Shape, table: str) -> str:
    schema = shape.schema.replace('"', '""').replace("%", "%%")
    return f'"{schema}".{table}'


def _column(name: str) -> str:
    return f'"{name}"'


def _listed(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)
