"""What a reader will see of a message beside its text: the links that Telegram finds, its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import MediaKind
from hsl_tui.services.composing import Attachment, Composition, is_reference, take_up
from hsl_tui.services.context import Context
from hsl_tui.telegram.found import found_in, previewed_link
from hsl_tui.telegram.markup import CAPTION_LIMIT, TEXT_LIMIT, Entity, ParsedText


@dataclass(frozen=True, slots=True)
class MediaItem:
    """One photo or file, as a preview names it.

    Attributes:
        name: a file's name, an address, or one of Telegram's ids.
        size: bytes, where known.
        spoiler: whether it is covered until it is tapped.
    """

    kind: MediaKind
    name: str
    size: int | None = None
    spoiler: bool = False


@dataclass(frozen=True, slots=True)
class Appearance:
    """A message in the parts that its reader sees.

    Attributes:
        entities: what the markup says, then what Telegram finds on its own.
        length: of the text, in UTF-16 code units.
        limit: the most of them that Telegram takes.
        link: the address of which a preview is shown.
    """

    text: str
    length: int
    limit: int
    entities: tuple[Entity, ...]
    media: tuple[MediaItem, ...]
    link: str | None


def appearance(text: ParsedText, composition: Composition) -> Appearance:
    """How a composed message looks to someone for whom its text comes to ``text``."""
    link = None
    if composition.link_preview and not composition.attachments:
        link = composition.preview_url or previewed_link(text)
    return Appearance(
        text.text,
        text.length,
        CAPTION_LIMIT if composition.attachments else TEXT_LIMIT,
        (*text.entities, *found_in(text)),
        tuple(_item(one) for one in composition.attachments),
        link,
    )


def _item(attachment: Attachment) -> MediaItem:
    name, size = attachment.source, attachment.size
    if not is_reference(attachment):
        name = PurePath(name).name
        try:
            size = Path(attachment.source).stat().st_size
        except (OSError, ValueError):  # to be told when it is read
            size = None
    return MediaItem(attachment.kind, name, size, attachment.spoiler)


def composition_of(context: Context, content: MessageContent) -> Composition:
    """What a broadcast says, with its files by name and size."""
    with context.database.read() as session:
        return take_up(session, content)
