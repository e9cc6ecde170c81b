"""The journal of imports: how far each came, so that one that was cut off can go on."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import Column, String
from sqlmodel import Field

from hsl_tui.models.metadata import Row
from hsl_tui.models.types import BigInt, UtcDateTime


class ImportRun(Row, table=True):
    """One import; its counts move in the transaction that takes a batch in."""

    __tablename__: ClassVar[str] = "imports"

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    digest: str = Field(sa_column=Column(String(64), nullable=False))
    """SHA-256 over what is in the file and how it is to be taken in."""
    last_line: int = Field(sa_column=Column(BigInt, nullable=False))
    """The line up to which all is taken in or skipped for good."""
    imported: int = Field(sa_column=Column(BigInt, nullable=False))
    updated: int = Field(sa_column=Column(BigInt, nullable=False))
    unchanged: int = Field(sa_column=Column(BigInt, nullable=False))
    duplicates: int = Field(sa_column=Column(BigInt, nullable=False))
    began_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
