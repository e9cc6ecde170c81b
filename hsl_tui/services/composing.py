"""From what an operator typed to a message that Telegram will take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.content import Button, Media, MessageContent
from hsl_tui.models.enums import MediaKind
from hsl_tui.store import media
from hsl_tui.store.database import Session

UPLOAD_LIMIT: Final = {
    MediaKind.PHOTO: 10 * 1024**2,
    MediaKind.VIDEO: 50 * 1024**2,
    MediaKind.DOCUMENT: 50 * 1024**2,
}
"""Bytes; Bot API, «Sending files»."""

_FILE_ID = re.compile(r"[A-Za-z0-9_-]{20,}")


@dataclass(frozen=True, slots=True)
class Attachment:
    """Media as it was asked for: a path, an address, or one of Telegram's file ids."""

    kind: MediaKind
    source: str


@dataclass(frozen=True, slots=True)
class Composition:
    """A message as an operator composed it, before anything was checked or kept."""

    text: str
    attachment: Attachment | None = None
    buttons: tuple[tuple[Button, ...], ...] = ()
    silent: bool = False
    protect: bool = False
    link_preview: bool = True


def parse_buttons(rows: Sequence[str]) -> tuple[tuple[Button, ...], ...]:
    """Read rows of buttons: ``Text=https://…``, several on a row with ``|`` between them.

    Raises:
        InvalidInputError: one of them is no button.
    """
    return tuple(tuple(_button(one) for one in row.split("|")) for row in rows)


def read_attachment(attachment: Attachment | None) -> tuple[str, bytes] | None:
    """The name and bytes of a file on disk; None for what lies with Telegram or on the web.

    Raises:
        InvalidInputError: there is no such file, or Telegram would not take it.
    """
    if attachment is None or _is_url(attachment.source):
        return None
    path = Path(attachment.source)
    if _FILE_ID.fullmatch(attachment.source) and not _is_there(path):
        return None
    limit = UPLOAD_LIMIT[attachment.kind]
    try:
        with path.open("rb") as file:
            # No more than tells that it is too much: it may be a film of many gigabytes.
            data = file.read(limit + 1)
    except OSError as error:
        msg = f"The {attachment.kind} {attachment.source!r} cannot be read: {error.strerror}."
        raise InvalidInputError(msg) from error
    if not 0 < len(data) <= limit:
        what = "is empty" if not data else f"is larger than {limit // 1024**2} MB"
        msg = f"The {attachment.kind} {attachment.source!r} {what}; Telegram would not take it."
        raise InvalidInputError(msg)
    return path.name, data


def keep(
    session: Session, composition: Composition, file: tuple[str, bytes] | None
) -> MessageContent:
    """Make a composition what can be sent: its file is kept in the database."""
    return MessageContent(
        text=composition.text,
        media=_media(session, composition.attachment, file),
        buttons=composition.buttons,
        silent=composition.silent,
        protect=composition.protect,
        link_preview=composition.link_preview,
    )


def _media(
    session: Session, attachment: Attachment | None, file: tuple[str, bytes] | None
) -> tuple[Media, ...]:
    if attachment is None:
        return ()
    if file is not None:
        return (Media(kind=attachment.kind, media_file_id=media.keep(session, *file)),)
    if _is_url(attachment.source):
        return (Media(kind=attachment.kind, url=attachment.source),)
    return (Media(kind=attachment.kind, file_id=attachment.source),)


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long for one
        return False


def _button(written: str) -> Button:
    text, equals, url = (part.strip() for part in written.partition("="))
    if not (text and equals and url):
        msg = f"{written!r} is not a button; write it like Read more=https://example.org."
        raise InvalidInputError(msg)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https", "tg"} or not parts.netloc or re.search(r"\s", url):
        msg = f"The button {text!r} leads to {url!r}; it takes an https://, http:// or tg:// link."
        raise InvalidInputError(msg)
    return Button(text=text, url=url)
