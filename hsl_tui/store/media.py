"""Files that broadcasts carry, and Telegram's ids of those that were uploaded."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import sqlalchemy as sa
from sqlalchemy import delete
from sqlmodel import Session, col, select

from hsl_tui.models.enums import MediaKind
from hsl_tui.models.message_tables import MediaFile, MediaUpload, UploadClaim
from hsl_tui.models.tables import Worker
from hsl_tui.store import rows
from hsl_tui.store.texts import storable

_LONGEST_NAME: Final = 255


class FileKey(NamedTuple):
    """A file as one kind of media: what has one id for each bot."""

    media_file_id: int
    kind: str


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


def sizes(session: Session, media_file_ids: Sequence[int]) -> dict[int, int]:
    """The bytes of files, by their ids."""
    query = select(MediaFile.id, MediaFile.size).where(col(MediaFile.id).in_(media_file_ids))
    return {number: size for number, size in session.exec(query) if number is not None}


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


def take_uploads(session: Session, files: Collection[FileKey], bot_id: int, worker_id: int) -> bool:
    """Claim that this worker uploads these files, all of them or none.

    What an ended or dead worker has claimed is free, and so is what this one has: whoever asks
    knows what it has under way. Commit before the upload begins.

    Returns:
        False where another worker that lives uploads one of them.
    """
    ours = _claims_of(files, bot_id)
    living = select(Worker.id).where(col(Worker.stopped_at).is_(None), col(Worker.id) != worker_id)
    held = select(UploadClaim).where(ours, col(UploadClaim.worker_id).in_(living))
    if not files or session.exec(held.limit(1)).first() is not None:
        return not files
    session.execute(delete(UploadClaim).where(ours, col(UploadClaim.worker_id).not_in(living)))
    values = [
        {**file._asdict(), "bot_id": bot_id, "worker_id": worker_id} for file in sorted(files)
    ]
    # In one order, so that two who want the same files do not wait for each other.
    rows.add_missing(session, UploadClaim, *values)
    own = select(sa.func.count()).where(ours, col(UploadClaim.worker_id) == worker_id)
    if session.exec(own).one() == len(values):
        return True
    # Another worker was faster by a moment.
    session.execute(delete(UploadClaim).where(ours, col(UploadClaim.worker_id) == worker_id))
    return False


def end_uploads(session: Session, uploads: Mapping[FileKey, str | None], bot_id: int) -> None:
    """Give claims up, and remember the ids that Telegram gave; None where it gave none."""
    for file, file_id in uploads.items():
        if file_id is not None:
            note_upload(session, file.media_file_id, bot_id, MediaKind(file.kind), file_id)
    if uploads:
        session.execute(delete(UploadClaim).where(_claims_of(uploads, bot_id)))


def _claims_of(files: Collection[FileKey], bot_id: int) -> sa.ColumnElement[bool]:
    columns = sa.tuple_(col(UploadClaim.media_file_id), col(UploadClaim.kind))
    return sa.and_(columns.in_(sorted(files)), col(UploadClaim.bot_id) == bot_id)
