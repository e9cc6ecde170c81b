"""The table of how fast broadcasts went: what became of their deliveries in each ten seconds."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, ForeignKey
from sqlmodel import Field

from hsl_tui.models.metadata import Row
from hsl_tui.models.types import BigInt, UtcDateTime


class Throughput(Row, table=True):
    """The outcomes of one broadcast that fell into ten seconds; none, no row."""

    __tablename__: ClassVar[str] = "broadcast_throughput"
    __table_args__ = ({"sqlite_with_rowid": False},)

    broadcast_id: int = Field(
        sa_column=Column(
            BigInt, ForeignKey("message_history.id"), primary_key=True, autoincrement=False
        )
    )
    at: datetime = Field(sa_column=Column(UtcDateTime, primary_key=True))
    """When the ten seconds begin: a whole multiple of ten seconds since 1970."""
    sent: int = Field(sa_column=Column(BigInt, nullable=False))
    """Messages that Telegram accepted; of an edit or a recall, those it edited or deleted."""
    failed: int = Field(sa_column=Column(BigInt, nullable=False))
    uncertain: int = Field(sa_column=Column(BigInt, nullable=False))
