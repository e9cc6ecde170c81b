"""The files of a message: read from disk once, and held against what Telegram takes."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import MediaKind
from hsl_tui.services.composing import Attachment, Composition, check_parts, is_reference
from hsl_tui.services.pictures import wrong_with_photo

_MEGABYTE: Final = 1024**2
UPLOAD_LIMIT: Final = {
    MediaKind.PHOTO: 10 * _MEGABYTE,
    MediaKind.VIDEO: 50 * _MEGABYTE,
    MediaKind.ANIMATION: 50 * _MEGABYTE,
    MediaKind.AUDIO: 50 * _MEGABYTE,
    MediaKind.DOCUMENT: 50 * _MEGABYTE,
}
"""Bytes; Bot API, «Sending files»."""
_REQUEST_LIMIT: Final = 50 * _MEGABYTE
"""Bytes of all files of an album: they leave in one request."""

_ENDINGS: Final = {
    MediaKind.VIDEO: (".mp4", ".m4v", ".mov"),
    MediaKind.ANIMATION: (".gif", ".mp4"),
    MediaKind.AUDIO: (".mp3", ".m4a"),
}
"""Of other files Telegram makes documents, and those cannot be sent again by their ids as this."""

File = tuple[str, bytes]
"""Name and bytes."""


def read_attachments(composition: Composition) -> tuple[File | None, ...]:
    """The file of each attachment; None for what is kept already, lies with Telegram or on the web.

    Raises:
        InvalidInputError: there is no such file, Telegram would not take it, or what goes with it
            does not make one message (:func:`~hsl_tui.services.composing.check_parts`).
    """
    check_parts(composition)
    files: list[File | None] = []
    left = _REQUEST_LIMIT
    for attachment in composition.attachments:
        file = None if is_reference(attachment) else _read(attachment)
        files.append(file)
        left -= 0 if file is None else len(file[1])
        if left < 0:
            raise InvalidInputError(
                f"The files of the album are larger than {_REQUEST_LIMIT // _MEGABYTE} MB together;"
                " Telegram would not take them."
            )
    return tuple(files)


def _read(attachment: Attachment) -> File:
    path, limit = Path(attachment.source), UPLOAD_LIMIT[attachment.kind]
    try:
        with path.open("rb") as file:
            # No more than tells that it is too much: it may be a film of many gigabytes.
            data = file.read(limit + 1)
    except OSError as error:
        wrong = f"cannot be read: {error.strerror}"
        if isinstance(error, FileNotFoundError) and not path.suffix and len(path.parts) == 1:
            # More likely a file_id that was cut short than a file without an ending.
            wrong = "is neither a file here nor a file_id of Telegram's"
        raise InvalidInputError(f"The {attachment.kind} {attachment.source!r} {wrong}.") from error
    what = None
    if not 0 < len(data) <= limit:
        what = "is empty" if not data else f"is larger than {limit // _MEGABYTE} MB"
    elif attachment.kind is MediaKind.PHOTO:
        what = wrong_with_photo(data)
    elif not _has_ending(path, attachment.kind):
        what = f"does not end in {' or '.join(_ENDINGS[attachment.kind])}"
    if what is not None:
        msg = f"The {attachment.kind} {attachment.source!r} {what}; Telegram would not take it."
        raise InvalidInputError(msg)
    return path.name, data


def _has_ending(path: PurePath, kind: MediaKind) -> bool:
    return kind not in _ENDINGS or path.suffix.lower() in _ENDINGS[kind]
