"""What a preview is drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hsl_tui.models.content import Button
from hsl_tui.services.composing import Composition
from hsl_tui.services.previewing import Appearance, MediaItem


class Entity(Protocol):
    """A stretch of formatted text, in UTF-16 code units."""

    @property
    def type(self) -> str:
        """The Bot API's name for the kind of formatting."""

    @property
    def offset(self) -> int:
        """Where it begins."""

    @property
    def length(self) -> int:
        """How long it is."""

    @property
    def url(self) -> str | None:
        """Where a link leads."""

    @property
    def language(self) -> str | None:
        """What a block of code is written in."""

    @property
    def user_id(self) -> int | None:
        """Whom a mention names."""

    @property
    def unix_time(self) -> int | None:
        """The moment that a date stands for."""

    @property
    def date_time_format(self) -> str | None:
        """How Telegram writes that moment; empty where the text stays as it is."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message for one reader.

    Attributes:
        at: when it is read, in the zone in which times are shown; None shows no time, and leaves
            dates as they were written.
        link: the address of which Telegram shows a preview, above the text or below it.
    """

    text: str
    entities: Sequence[Entity] = ()
    media: Sequence[MediaItem] = ()
    buttons: Sequence[Sequence[Button]] = ()
    caption_above: bool = False
    link: str | None = None
    link_above: bool = False
    at: datetime | None = None


def message_of(seen: Appearance, composition: Composition, at: datetime) -> Message:
    """A composed message as it appears at a moment."""
    return Message(
        text=seen.text,
        entities=seen.entities,
        media=seen.media,
        buttons=composition.buttons,
        caption_above=composition.caption_above,
        link=seen.link,
        link_above=composition.preview_above,
        at=at,
    )
