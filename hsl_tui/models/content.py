"""What a broadcast says: text, media, buttons and options, as one frozen value."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from hsl_tui.models.enums import ButtonStyle, MediaKind, PreviewSize


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Button(_Frozen):
    """One inline button that opens an address."""

    text: str
    url: str
    style: ButtonStyle | None = None


class Media(_Frozen):
    """One photo or other file: exactly one of the three sources is set."""

    kind: MediaKind
    media_file_id: int | None = None
    """Row of ``media_files`` that holds a file that was taken from disk."""
    url: str | None = None
    file_id: str | None = None
    """Telegram's own id of a file that the bot has sent or received before."""
    spoiler: bool = False
    """Covered until it is tapped."""


class MessageContent(_Frozen):
    """A message as it is kept and as it is sent.

    ``text`` is Telegram HTML and a template (``{{ first_name }}``); the gateway is handed what it
    came to for one recipient beside it. With ``media`` it is the caption, in an album of the first
    item.
    """

    text: str
    media: tuple[Media, ...] = ()
    """One item, or the 2 to 10 of an album."""
    buttons: tuple[tuple[Button, ...], ...] = ()
    """Rows of buttons, top to bottom."""
    silent: bool = False
    protect: bool = False
    link_preview: bool = True
    """Whether a preview of the first link, or of ``preview_url``, is shown."""
    preview_size: PreviewSize | None = None
    preview_above: bool = False
    preview_url: str | None = None
    caption_above: bool = False
    """Whether the caption stands above its photo, video or animation."""
    message_thread_id: int | None = None
    """The topic of a forum."""
    message_effect_id: str | None = None
    """In private chats only."""
