"""The tables of what messages are made of: files, templates, and what someone is composing."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, Column, ForeignKey, LargeBinary, String, Text
from sqlmodel import Field

from hsl_tui.models.metadata import Row
from hsl_tui.models.types import BigInt, UtcDateTime


class MediaFile(Row, table=True):
    """A file as it was when its broadcast was approved, so that any worker can send it."""

    __tablename__: ClassVar[str] = "media_files"

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    sha256: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    file_name: str = Field(sa_column=Column(String(255), nullable=False))
    size: int = Field(sa_column=Column(BigInt, nullable=False))
    """Bytes."""
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class MediaUpload(Row, table=True):
    """Telegram's id of a file that a bot has uploaded; it belongs to that bot alone."""

    __tablename__: ClassVar[str] = "media_uploads"

    media_file_id: int = Field(
        sa_column=Column(BigInt, ForeignKey("media_files.id"), primary_key=True)
    )
    bot_id: int = Field(sa_column=Column(BigInt, primary_key=True))
    kind: str = Field(sa_column=Column(String(16), primary_key=True))
    """The same bytes have one id as a photo and another as a document."""
    file_id: str = Field(sa_column=Column(String(255), nullable=False))


class UploadClaim(Row, table=True):
    """The worker that uploads a file; the others wait for the id that Telegram gives it."""

    __tablename__: ClassVar[str] = "upload_claims"

    media_file_id: int = Field(
        sa_column=Column(BigInt, ForeignKey("media_files.id"), primary_key=True)
    )
    bot_id: int = Field(sa_column=Column(BigInt, primary_key=True, autoincrement=False))
    kind: str = Field(sa_column=Column(String(16), primary_key=True))
    worker_id: int = Field(sa_column=Column(BigInt, ForeignKey("workers.id"), nullable=False))


class Template(Row, table=True):
    """A message under a name, to begin others from."""

    __tablename__: ClassVar[str] = "templates"

    id: int | None = Field(default=None, sa_column=Column(BigInt, primary_key=True))
    name: str = Field(sa_column=Column(String(64), nullable=False, unique=True))
    text: str = Field(sa_column=Column(Text, nullable=False))
    content: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    """:class:`~hsl_tui.models.content.MessageContent` without its text."""
    changed_by: str = Field(sa_column=Column(String(255), nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    changed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class ComposeDraft(Row, table=True):
    """What an operator was composing when the line was lost."""

    __tablename__: ClassVar[str] = "compose_drafts"

    owner: str = Field(sa_column=Column(String(255), primary_key=True))
    form: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    saved_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
