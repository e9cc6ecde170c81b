"""The tables by which a chat is known again whose person was forgotten."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, LargeBinary
from sqlmodel import Field

from hsl_tui.models.metadata import Row
from hsl_tui.models.types import BigInt


class ForgottenKey(Row, table=True):
    """The secret under which digests are made, in one row; there since somebody was forgotten."""

    __tablename__: ClassVar[str] = "forgotten_key"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: int = Field(sa_column=Column(BigInt, primary_key=True, autoincrement=False))
    secret: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class ForgottenChat(Row, table=True):
    """A chat that was forgotten, as a digest; see ``store/suppression.py``.

    It says neither when nor whose row it was, and its order is that of the digests: no delivery
    leads to it.
    """

    __tablename__: ClassVar[str] = "forgotten_chats"
    __table_args__: ClassVar[dict[str, bool]] = {"sqlite_with_rowid": False}

    digest: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
