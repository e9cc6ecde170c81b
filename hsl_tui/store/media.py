"""Files that broadcasts carry, and Telegram's ids of those that were uploaded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from sqlmodel import Session, col, select

from hsl_tui.models.enums import MediaKind
from hsl_tui.models.tables import MediaFile, MediaUpload
from hsl_tui.store import rows
from hsl_tui.store.texts import storable

_LONGEST_NAME: Final = 255


def keep(session: Session, file_name: str, data: bytes) -> int:
    """Keep a file, once however often it is used, and return its id."""
    digest = hashlib.sha256(data).hexdigest()
    query = select(MediaFile.id).where(MediaFile.sha256 == digest)
    found = session.exec(query).one_or_none()
    if found is not None:
        return found
    # The end of a name is what tells the kind of file.
    name = storable(file_name[-_LONGEST_NAME:], _LONGEST_NAME)
    values = {"sha256": digest, "file_name": name, "size": len(data), "data": data}
    # Another transaction may be keeping the same file.
    rows.add_missing(session, MediaFile, values)
    return session.exec(query).one()  # type: ignore[return-value] # a primary key is never null


def read(session: Session, media_file_id: int) -> tuple[str, bytes]:
    """A file's name and bytes."""
    row = session.exec(select(MediaFile).where(MediaFile.id == media_file_id)).one()
    return row.file_name, row.data


def names(session: Session, media_file_ids: Sequence[int]) -> dict[int, str]:
    """The names of files, by their ids."""
    query = select(MediaFile.id, MediaFile.file_name).where(col(MediaFile.id).in_(media_file_ids))
    return {number: name for number, name in session.exec(query) if number is not None}


def uploaded(session: Session, media_file_id: int, bot_id: int, kind: MediaKind) -> str | None:
    """Telegram's id of the file, if this bot has uploaded it as this kind."""
    query = select(MediaUpload.file_id).where(
        MediaUpload.media_file_id == media_file_id,
        MediaUpload.bot_id == bot_id,
        MediaUpload.kind == kind.value,
    )
    return session.exec(query).one_or_none()


def note_upload(
    session: Session, media_file_id: int, bot_id: int, kind: MediaKind, file_id: str
) -> None:
    """Remember Telegram's id, so that the file is uploaded once."""
    values = {
        "media_file_id": media_file_id,
        "bot_id": bot_id,
        "kind": kind.value,
        "file_id": file_id,
    }
    rows.add_missing(session, MediaUpload, values)
