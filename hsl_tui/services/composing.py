"""From what an operator typed to a message that Telegram will take."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.content import Button, Media, MessageContent
from hsl_tui.models.enums import ButtonStyle, MediaKind, PreviewSize
from hsl_tui.store import media
from hsl_tui.store.database import Session

MOST_IN_ALBUM: Final = 10
"""Items; Bot API, «sendMediaGroup»."""

_ALBUMS: Final = (
    {MediaKind.PHOTO, MediaKind.VIDEO},
    {MediaKind.DOCUMENT},
    {MediaKind.AUDIO},
)
"""Which kinds go together."""
_SHOWN: Final = {MediaKind.PHOTO, MediaKind.VIDEO, MediaKind.ANIMATION}
"""Kinds that are seen at once, and so can be covered, or have their caption above them."""

_FILE_ID = re.compile(r"[A-Za-z0-9_-]{20,}")
_STYLED = re.compile(rf"\[({'|'.join(ButtonStyle)})\]\s*(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Attachment:
    """Media as it was asked for: a path, an address, or one of Telegram's file ids."""

    kind: MediaKind
    source: str
    spoiler: bool = False
    media_file_id: int | None = None
    """Row of ``media_files`` of a file that is kept already; its source is then its name."""
    size: int | None = None
    """Bytes of that file."""


@dataclass(frozen=True, slots=True)
class Composition:
    """A message as an operator composed it, before anything was checked or kept."""

    text: str
    attachments: tuple[Attachment, ...] = ()
    """Several are an album."""
    buttons: tuple[tuple[Button, ...], ...] = ()
    silent: bool = False
    protect: bool = False
    link_preview: bool = True
    preview_size: PreviewSize | None = None
    preview_above: bool = False
    preview_url: str | None = None
    caption_above: bool = False
    message_thread_id: int | None = None
    message_effect_id: str | None = None


def parse_buttons(rows: Sequence[str]) -> tuple[tuple[Button, ...], ...]:
    """Read rows of buttons: ``Text=https://…``, several on a row with ``|`` between them.

    ``[danger]``, ``[success]`` or ``[primary]`` before the text is the button's style.

    Raises:
        InvalidInputError: one of them is no button.
    """
    return tuple(tuple(_button(one) for one in row.split("|")) for row in rows)


def check_parts(composition: Composition) -> None:
    """Check what goes with the text, as far as that can be told without reading its files.

    Raises:
        InvalidInputError: Telegram would refuse it, or not do what was asked for.
    """
    for wrong, sentence in (*_wrong_media(composition), *_wrong_options(composition)):
        if wrong:
            raise InvalidInputError(sentence)


def _wrong_media(composition: Composition) -> Iterator[tuple[bool, str]]:
    attachments = composition.attachments
    kinds = {one.kind for one in attachments}
    is_album = len(attachments) > 1
    yield (
        len(attachments) > MOST_IN_ALBUM,
        f"An album holds {MOST_IN_ALBUM} items at most, not {len(attachments)}.",
    )
    for one in attachments:
        yield (
            _is_url(one.source) and not is_link(one.source, {"http", "https"}),
            f"The {one.kind} lies at {one.source!r}; that is no https:// or http:// link.",
        )
    yield (
        is_album and MediaKind.ANIMATION in kinds,
        "An animation is no part of an album; send it on its own, or as a video.",
    )
    yield (
        is_album and not any(kinds <= together for together in _ALBUMS),
        "An album holds photos and videos, or documents alone, or audio alone.",
    )
    yield (
        is_album and any(composition.buttons),
        "Telegram shows no buttons under an album; leave them out, or send one item.",
    )
    yield (
        any(one.spoiler and one.kind not in _SHOWN for one in attachments),
        "Only photos, videos and animations can be covered by a spoiler.",
    )


def _wrong_options(composition: Composition) -> Iterator[tuple[bool, str]]:
    kinds = {one.kind for one in composition.attachments}
    url, topic, effect = (
        composition.preview_url,
        composition.message_thread_id,
        composition.message_effect_id,
    )
    previews = bool(composition.preview_size or composition.preview_above or url)
    yield (
        composition.caption_above and not (kinds and kinds <= _SHOWN),
        "A caption can stand above photos, videos and animations only.",
    )
    yield previews and bool(kinds), "A caption has no link preview; leave out its options."
    yield (
        previews and not composition.link_preview,
        "A preview that is off has no size, place or address; leave those out, or leave it on.",
    )
    yield (
        url is not None and not is_link(url, {"http", "https"}),
        f"The preview is of {url!r}; it takes an https:// or http:// link.",
    )
    yield topic is not None and topic < 1, f"{topic} is not the number of a topic."
    yield (
        effect is not None and not re.fullmatch(r"[1-9][0-9]{0,19}", effect),
        f"{effect!r} is not the id of a message effect: that is a number.",
    )


def keep(
    session: Session, composition: Composition, files: Sequence[tuple[str, bytes] | None]
) -> MessageContent:
    """Make a composition what can be sent: its files are kept in the database.

    Args:
        files: as :func:`~hsl_tui.services.attachments.read_attachments` gives them.
    """
    return MessageContent(
        text=composition.text,
        media=tuple(
            _media(session, attachment, file)
            for attachment, file in zip(composition.attachments, files, strict=True)
        ),
        buttons=composition.buttons,
        silent=composition.silent,
        protect=composition.protect,
        link_preview=composition.link_preview,
        preview_size=composition.preview_size,
        preview_above=composition.preview_above,
        preview_url=composition.preview_url,
        caption_above=composition.caption_above,
        message_thread_id=composition.message_thread_id,
        message_effect_id=composition.message_effect_id,
    )


def take_up(session: Session, content: MessageContent) -> Composition:
    """The composition that what is kept came from, to go on from it; its files stay as they are."""
    kept = [one.media_file_id for one in content.media if one.media_file_id]
    names, sizes = media.names(session, kept), media.sizes(session, kept)
    return Composition(
        text=content.text,
        attachments=tuple(
            Attachment(
                kind=one.kind,
                source=one.url or one.file_id or names.get(one.media_file_id or 0, ""),
                spoiler=one.spoiler,
                media_file_id=one.media_file_id,
                size=sizes.get(one.media_file_id or 0),
            )
            for one in content.media
        ),
        buttons=content.buttons,
        silent=content.silent,
        protect=content.protect,
        link_preview=content.link_preview,
        preview_size=content.preview_size,
        preview_above=content.preview_above,
        preview_url=content.preview_url,
        caption_above=content.caption_above,
        message_thread_id=content.message_thread_id,
        message_effect_id=content.message_effect_id,
    )


def is_reference(attachment: Attachment) -> bool:
    """Whether it is with Telegram, on the web or kept already, rather than a file on disk."""
    source = attachment.source
    if attachment.media_file_id is not None or _is_url(source):
        return True
    return bool(_FILE_ID.fullmatch(source) and not _is_there(Path(source)))


def _media(session: Session, attachment: Attachment, file: tuple[str, bytes] | None) -> Media:
    kind, source, spoiler = attachment.kind, attachment.source, attachment.spoiler
    if attachment.media_file_id is not None:
        return Media(kind=kind, media_file_id=attachment.media_file_id, spoiler=spoiler)
    if file is not None:
        return Media(kind=kind, media_file_id=media.keep(session, *file), spoiler=spoiler)
    if _is_url(source):
        return Media(kind=kind, url=source, spoiler=spoiler)
    return Media(kind=kind, file_id=source, spoiler=spoiler)


def _is_url(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name that is too long for one
        return False


def _button(written: str) -> Button:
    text, equals, url = (part.strip() for part in written.partition("="))
    styled = _STYLED.fullmatch(text)
    style = None if styled is None else ButtonStyle(styled[1])
    text = text if styled is None else styled[2]
    if not (text and equals and url):
        msg = f"{written!r} is not a button; write it like Read more=https://example.org."
        raise InvalidInputError(msg)
    if not is_link(url, {"http", "https", "tg"}):
        msg = f"The button {text!r} leads to {url!r}; it takes an https://, http:// or tg:// link."
        raise InvalidInputError(msg)
    return Button(text=text, url=url, style=style)


def is_link(url: str, schemes: Container[str]) -> bool:
    """Whether it is an address with a host, of one of these schemes."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.netloc) and re.search(r"\s", url) is None
