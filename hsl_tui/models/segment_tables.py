"""The table of saved segments: audiences that have a name."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from sqlalchemy import JSON, Column, String
from sqlmodel import Field

from hsl_tui.models.metadata import Row
from hsl_tui.models.types import BigInt, UtcDateTime


class Segment(Row, table=True):
    """Selectors under a name, which ``saved:NAME`` stands for."""

    __tablename__: ClassVar[str] = "segments"

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    name: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    selectors: list[str] = Field(sa_column=Column(JSON, nullable=False))
    """Each as it is written, to stand by itself."""
    created_by: str = Field(sa_column=Column(String(255), nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_by: str = Field(sa_column=Column(String(255), nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
