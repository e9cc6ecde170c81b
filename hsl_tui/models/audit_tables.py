"""The tables of the audit log: a chain of entries, and its end."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, String, Text
from sqlmodel import Field

from hsl_tui.models.metadata import Row
from hsl_tui.models.types import BigInt, UtcDateTime


class AuditEntry(Row, table=True):
    """One act of an operator or one outcome of a broadcast; changed only to forget a person."""

    __tablename__: ClassVar[str] = "audit_log"
    __table_args__ = (
        Index(None, "broadcast_id"),
        Index(None, "action"),
        Index(None, "at"),
        Index("ix_audit_log_actor", "actor", "id"),
    )

    id: int = Field(sa_column=Column(BigInt, primary_key=True, autoincrement=False))
    """Without gaps: a missing number is a removed entry."""
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    actor: str = Field(sa_column=Column(String(255), nullable=False))
    action: str = Field(sa_column=Column(String(64), nullable=False))
    broadcast_id: int | None = Field(
        default=None, sa_column=Column(BigInt, ForeignKey("message_history.id"))
    )
    details: str = Field(sa_column=Column(Text, nullable=False))
    """Canonical JSON, kept as text because the hash is over these very characters."""
    hash: str = Field(sa_column=Column(String(64), nullable=False))
    """SHA-256 over the hash before it and this entry; see ``store/audit.py``."""
    redacted_by: int | None = Field(default=None, sa_column=Column(BigInt))
    """The later entry that vouches for these details, from which a person was taken out."""


class AuditHead(Row, table=True):
    """The end of the audit chain, in one row: the writers' lock, and what shows a cut tail."""

    __tablename__: ClassVar[str] = "audit_head"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: int = Field(sa_column=Column(BigInt, primary_key=True, autoincrement=False))
    last_id: int = Field(sa_column=Column(BigInt, nullable=False))
    last_hash: str = Field(sa_column=Column(String(64), nullable=False))
