"""The tables of how recipients moved from state to state, and why."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, ForeignKey, Index, String
from sqlmodel import Field

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.metadata import Row
from hsl_tui.models.types import BigInt, EnumCode, UtcDateTime

recipient_state = EnumCode(RecipientState)


class MoveReason(Row, table=True):
    """Why recipients moved, kept once however many moved for it."""

    __tablename__: ClassVar[str] = "move_reasons"

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    description: str = Field(sa_column=Column(String(512), nullable=False, unique=True))


class RecipientMove(Row, table=True):
    """A recipient that went from one state to another.

    One broadcast may block a million of them, so that a row is small: about 60 bytes on SQLite with
    its indexes, of which the second is all that totals are counted from.
    """

    __tablename__: ClassVar[str] = "recipient_moves"
    __table_args__ = (
        Index(None, "recipient_id"),
        Index("ix_recipient_moves_at", "at", "after", "reason_id"),
    )

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    recipient_id: int = Field(sa_column=Column(BigInt, ForeignKey("recipients.id"), nullable=False))
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    reason_id: int = Field(sa_column=Column(BigInt, ForeignKey("move_reasons.id"), nullable=False))
    before: RecipientState = Field(sa_column=Column(recipient_state, nullable=False))
    after: RecipientState = Field(sa_column=Column(recipient_state, nullable=False))
