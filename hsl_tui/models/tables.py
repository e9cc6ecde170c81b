"""The tables, and what the database itself holds to be true of them.

Names of tables follow hsl-dashboard (``message_history``, ``message_recipients``), names of
classes the words of this program. The ledger, ``message_recipients``, is the one that grows; its
rows stay small and its claim stays on its index (see ``store/ledger.py``).

The conditions of indexes stand here for SQLite alone, where ``store/scratch.py`` makes tables from
them. On PostgreSQL only migrations make any, with the same conditions: to name that here would load
SQLAlchemy's part for PostgreSQL, which takes 2.5 MB, wherever there is none.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from hsl_tui.models.enums import (
    Act,
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    Priority,
    RecipientState,
    UncertainPolicy,
)
from hsl_tui.models.metadata import Row
from hsl_tui.models.types import EPOCH, BigInt, EnumCode, EnumWord, SearchKey, UtcDateTime

delivery_status = EnumCode(DeliveryStatus)
broadcast_priority = EnumCode(Priority)
broadcast_act = EnumCode(Act)
PENDING_CODE = delivery_status.code(DeliveryStatus.PENDING)
SENDING_CODE = delivery_status.code(DeliveryStatus.SENDING)
SENT_CODE = delivery_status.code(DeliveryStatus.SENT)
INACTIVE = f"state <> '{RecipientState.ACTIVE.value}'"

COUNTERS = tuple(status.value for status in DeliveryStatus)
"""Columns of ``message_history`` that count its deliveries, one for each status."""


def _one_of(column: str, enum: type[Any]) -> str:
    return f"{column} IN ({', '.join(repr(member.value) for member in enum)})"


def _where_there(column: str) -> Index:
    there = text(f"{column} IS NOT NULL")
    name = f"ix_recipients_{column}"
    return Index(name, column, "id", sqlite_where=there)


class Recipient(Row, table=True):
    """A chat that the bot may write to."""

    __tablename__: ClassVar[str] = "recipients"
    __table_args__ = (
        CheckConstraint(_one_of("state", RecipientState), name="state"),
        CheckConstraint("chat_id <> 0", name="chat_id"),
        *map(_where_there, ("name_key", "last_name_key", "username_key", "language_code")),
        # Nearly all are active: only the others are worth an index.
        Index(
            "ix_recipients_inactive",
            "state",
            "id",
            sqlite_where=text(INACTIVE),
        ),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    chat_id: int = Field(sa_column=Column(BigInt, nullable=False, unique=True))
    username: str | None = Field(default=None, sa_column=Column(String(64)))
    """As Telegram writes it, without the @."""
    first_name: str | None = Field(default=None, sa_column=Column(String(256)))
    last_name: str | None = Field(default=None, sa_column=Column(String(256)))
    language_code: str | None = Field(default=None, sa_column=Column(String(16)))
    # What a search looks at; see ``store/search_keys.py``, which makes them.
    name_key: str | None = Field(default=None, sa_column=Column(SearchKey))
    """First and last name."""
    last_name_key: str | None = Field(default=None, sa_column=Column(SearchKey))
    username_key: str | None = Field(default=None, sa_column=Column(SearchKey))
    attributes: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Any other column of an import, for templates."""
    state: RecipientState = Field(
        default=RecipientState.ACTIVE, sa_column=Column(EnumWord(RecipientState), nullable=False)
    )
    state_reason: str | None = Field(default=None, sa_column=Column(Text))
    state_changed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Tag(Row, table=True):
    """A label on recipients."""

    __tablename__: ClassVar[str] = "tags"

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    name: str = Field(sa_column=Column(String(64), nullable=False, unique=True))


class RecipientTag(Row, table=True):
    """Which recipient bears which tag."""

    __tablename__: ClassVar[str] = "recipient_tags"
    __table_args__ = (
        Index(None, "tag_id", "recipient_id"),
        {"sqlite_with_rowid": False},
    )

    recipient_id: int = Field(
        sa_column=Column(BigInt, ForeignKey("recipients.id", ondelete="CASCADE"), primary_key=True)
    )
    tag_id: int = Field(
        sa_column=Column(BigInt, ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True)
    )


class AttributeName(Row, table=True):
    """A name that has occurred among recipients' attributes: what a template may ask for."""

    __tablename__: ClassVar[str] = "attribute_names"

    name: str = Field(sa_column=Column(String(64), primary_key=True))


class Broadcast(Row, table=True):
    """One text (with media, buttons, options) for many recipients, with a time."""

    __tablename__: ClassVar[str] = "message_history"
    __table_args__ = (
        CheckConstraint(_one_of("state", BroadcastState), name="state"),
        CheckConstraint(_one_of("on_uncertain", UncertainPolicy), name="on_uncertain"),
        CheckConstraint(f"priority BETWEEN 0 AND {len(Priority) - 1}", name="priority"),
        CheckConstraint(f"act BETWEEN 0 AND {len(Act) - 1}", name="act"),
        CheckConstraint(f"{' + '.join(COUNTERS)} = total_recipients", name="counts_add_up"),
        CheckConstraint(" AND ".join(f"{c} >= 0" for c in COUNTERS), name="counts_not_negative"),
        CheckConstraint(
            "state <> 'finished' OR (pending = 0 AND sending = 0)", name="finished_is_settled"
        ),
        # What workers ask for with each claim: a handful of rows, whatever lies in the history.
        Index("ix_message_history_state", "state", "scheduled_at"),
        # The list of one state, newest first.
        Index("ix_message_history_state_id", "state", "id"),
        Index(None, "finished_at"),
        Index(None, "target_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """:class:`~hsl_tui.models.content.MessageContent` without its text."""
    audience: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    """The selectors as they were given."""
    state: BroadcastState = Field(sa_column=Column(EnumWord(BroadcastState), nullable=False))
    state_reason: str | None = Field(default=None, sa_column=Column(Text))
    """Why the program paused it by itself."""
    on_uncertain: UncertainPolicy = Field(
        default=UncertainPolicy.HOLD, sa_column=Column(EnumWord(UncertainPolicy), nullable=False)
    )
    priority: Priority = Field(
        default=Priority.NORMAL,
        sa_column=Column(broadcast_priority, nullable=False, server_default="0"),
    )
    act: Act = Field(
        default=Act.SEND, sa_column=Column(broadcast_act, nullable=False, server_default="0")
    )
    target_id: int | None = Field(default=None, sa_column=Column(BigInt))
    """The broadcast whose messages are edited or recalled."""
    idempotency_key: str | None = Field(default=None, sa_column=Column(String(255), unique=True))
    created_by: str = Field(sa_column=Column(String(255), nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    scheduled_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """None: for now."""
    started_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When the first delivery was claimed."""
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    pruned_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When its deliveries were removed; the counters still say what became of them."""

    # The counters move in the transaction that moves the deliveries; nothing ever counts rows.
    total_recipients: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    pending: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    sending: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    sent: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    failed: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    uncertain: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    cancelled: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    deleted: int = Field(default=0, sa_column=Column(BigInt, nullable=False))


class AlbumMessage(Row, table=True):
    """A message of an album beyond its first, whose id is the delivery's own."""

    __tablename__: ClassVar[str] = "album_messages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["broadcast_id", "seq"],
            ["message_recipients.broadcast_id", "message_recipients.seq"],
            name="fk_album_messages_broadcast_id_seq_message_recipients",
        ),
        {"sqlite_with_rowid": False},
    )

    broadcast_id: int = Field(sa_column=Column(BigInt, primary_key=True, autoincrement=False))
    seq: int = Field(sa_column=Column(BigInt, primary_key=True, autoincrement=False))
    position: int = Field(sa_column=Column(SmallInteger, primary_key=True, autoincrement=False))
    """1 for the second message of the album."""
    telegram_message_id: int = Field(sa_column=Column(BigInt, nullable=False))


class DeliveryError(Row, table=True):
    """A reason, kept once however many deliveries share it."""

    __tablename__: ClassVar[str] = "delivery_errors"
    __table_args__ = (UniqueConstraint("kind", "code", "description"),)

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    kind: ErrorKind = Field(sa_column=Column(EnumWord(ErrorKind), nullable=False))
    code: int = Field(sa_column=Column(BigInt, nullable=False))
    """The Bot API's error_code; 0 where no answer was involved (a null is never equal to another,
    and this column is part of what makes a reason unique)."""
    description: str = Field(sa_column=Column(String(512), nullable=False))


class Worker(Row, table=True):
    """One process or thread that sweeps and sends, and when it was last alive."""

    __tablename__: ClassVar[str] = "workers"

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    host: str = Field(sa_column=Column(String(255), nullable=False))
    pid: int = Field(sa_column=Column(BigInt, nullable=False))
    process_started: str = Field(sa_column=Column(String(128), nullable=False))
    """Tells a process from a later one with the same pid; see ``worker/identity.py``."""
    bot_id: int = Field(sa_column=Column(BigInt, nullable=False))
    started_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    beat_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    stopped_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """Set when it ended in order, or was found dead and its deliveries were taken over."""


class Delivery(Row, table=True):
    """One recipient of one broadcast: a row of the ledger."""

    __tablename__: ClassVar[str] = "message_recipients"
    __table_args__ = (
        # The last word against doubles.
        UniqueConstraint("broadcast_id", "recipient_id"),
        CheckConstraint(f"status BETWEEN 0 AND {len(DeliveryStatus) - 1}", name="status"),
        # Only rows that wait are in it, in the order in which the claim takes them.
        Index(
            "ix_message_recipients_pending",
            "broadcast_id",
            "not_before",
            "seq",
            sqlite_where=text(f"status = {PENDING_CODE}"),
        ),
        # Calls in flight, by worker: what a dead worker leaves behind.
        Index(
            "ix_message_recipients_sending",
            "worker_id",
            sqlite_where=text(f"status = {SENDING_CODE}"),
        ),
        # What did not simply arrive, by what became of it: few among very many, and never what is
        # on the way to be sent. With the reason, so that reasons are counted from it alone.
        Index(
            "ix_message_recipients_exceptional",
            "broadcast_id",
            "status",
            "seq",
            "error_id",
            sqlite_where=text(f"status > {SENT_CODE}"),
        ),
        # Who has a reason: without it, to remove one would read all of the ledger.
        Index(
            "ix_message_recipients_error_id",
            "error_id",
            sqlite_where=text("error_id IS NOT NULL"),
        ),
        {"sqlite_with_rowid": False},
    )

    # These two keys are held by triggers on PostgreSQL: see migration 0012.
    broadcast_id: int = Field(
        sa_column=Column(BigInt, ForeignKey("message_history.id"), primary_key=True)
    )
    seq: int = Field(sa_column=Column(BigInt, primary_key=True, autoincrement=False))
    """1..N within the broadcast: a window anywhere in a million is one index range."""
    recipient_id: int = Field(sa_column=Column(BigInt, ForeignKey("recipients.id"), nullable=False))
    not_before: datetime = Field(default=EPOCH, sa_column=Column(UtcDateTime, nullable=False))
    """No attempt before this moment; 1970 until an attempt has failed."""
    sent_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    telegram_message_id: int | None = Field(default=None, sa_column=Column(BigInt))
    worker_id: int | None = Field(default=None, sa_column=Column(BigInt, ForeignKey("workers.id")))
    error_id: int | None = Field(
        default=None, sa_column=Column(BigInt, ForeignKey("delivery_errors.id"))
    )
    token: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    """Fencing token: grows with each claim, so that an old claim can be told from the newest."""
    attempts: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    """Attempts that count towards the limit; a 429 does not."""
    status: DeliveryStatus = Field(sa_column=Column(delivery_status, nullable=False))


class BotPace(Row, table=True):
    """The budget of sends of one bot, shared by all workers on this database (GCRA)."""

    __tablename__: ClassVar[str] = "bot_pace"

    bot_id: int = Field(sa_column=Column(BigInt, primary_key=True, autoincrement=False))
    arrival_us: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    """Theoretical arrival time of the next send: microseconds since 1970, database clock."""
    halted_until_us: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    """No send before this moment (after a 429), likewise."""
    stopped_reason: str | None = Field(default=None, sa_column=Column(Text))
    """Why nothing of this bot is sent at all (a refused token); None while it is."""
