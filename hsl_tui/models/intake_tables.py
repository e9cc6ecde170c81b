"""The tables of intake: how far each bot's updates were taken in, and by whom; what is answered."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Text
from sqlmodel import Field

from hsl_tui.models.intake import AnswerKind, AnswerStatus
from hsl_tui.models.metadata import Row
from hsl_tui.models.types import EPOCH, BigInt, EnumWord, UtcDateTime


class BotIntake(Row, table=True):
    """One bot's updates: who takes them in, and up to which they were."""

    __tablename__: ClassVar[str] = "bot_intake"

    bot_id: int = Field(sa_column=Column(BigInt, primary_key=True, autoincrement=False))
    holder_id: int | None = Field(default=None, sa_column=Column(BigInt, ForeignKey("workers.id")))
    """The worker that takes them in; None after it has ended in order."""
    token: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    """Fencing token: grows with each holder, so that an old one can be told from the newest."""
    held_until_us: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    """End of the lease: microseconds as ``store/server_clock.py`` counts them."""
    server: str = Field(default="", sa_column=Column(String(255), nullable=False))
    """The Bot API server that the last update came from: each numbers updates by itself."""
    last_update_id: int | None = Field(default=None, sa_column=Column(BigInt))
    """The last update that was taken in; it is committed with what it changed."""
    last_update_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    """When that was, by the database's clock."""
    trouble: str | None = Field(default=None, sa_column=Column(Text))
    """Why nothing can be taken in (another program has the updates); None while it can."""


class BotAnswer(Row, table=True):
    """An answer to a command. Its text is made up when it is sent: none is kept here."""

    __tablename__: ClassVar[str] = "bot_answers"
    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(one.value) for one in AnswerKind)})", "kind"),
        CheckConstraint(
            f"status IN ({', '.join(repr(one.value) for one in AnswerStatus)})", "status"
        ),
        Index(None, "bot_id", "status", "not_before"),
        Index(None, "bot_id", "chat_id", "id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    bot_id: int = Field(sa_column=Column(BigInt, nullable=False))
    chat_id: int = Field(sa_column=Column(BigInt, nullable=False))
    kind: AnswerKind = Field(sa_column=Column(EnumWord(AnswerKind), nullable=False))
    status: AnswerStatus = Field(
        default=AnswerStatus.PENDING, sa_column=Column(EnumWord(AnswerStatus), nullable=False)
    )
    attempts: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    token: int = Field(default=0, sa_column=Column(BigInt, nullable=False))
    """The fencing token of whoever claimed it last: that of ``bot_intake``."""
    not_before: datetime = Field(default=EPOCH, sa_column=Column(UtcDateTime, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    error: str | None = Field(default=None, sa_column=Column(String(512)))
    """Why it was not sent, or may not have been."""
