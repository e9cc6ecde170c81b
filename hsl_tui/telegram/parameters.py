"""A message's parameters in the form that python-telegram-bot takes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from telegram import (
    Animation,
    Audio,
    Document,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    InputMedia,
    LinkPreviewOptions,
    PhotoSize,
    Video,
)
from telegram.constants import ParseMode

from hsl_tui.models.content import Button, Media, MessageContent
from hsl_tui.models.enums import MediaKind, PreviewSize
from hsl_tui.telegram.uploads import Upload

_UNSAFE_IN_FILE_NAME: Final = re.compile(r'[\x00-\x1f\x7f"\\/]')
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)


@lru_cache(maxsize=64)
def keyboard(buttons: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    """The buttons under a message; None without any."""
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [
            [
                InlineKeyboardButton(
                    button.text,
                    url=button.url,
                    style=None if button.style is None else button.style.value,
                )
                for button in row
            ]
            for row in buttons
        ]
    )


def link_preview(message: MessageContent) -> LinkPreviewOptions | None:
    """How the preview of a link is shown; None where Telegram chooses all of it."""
    if not message.link_preview:
        return _NO_PREVIEW
    size, above, url = message.preview_size, message.preview_above, message.preview_url
    if size is None and not above and url is None:
        return None
    return LinkPreviewOptions(
        url=url,
        prefer_small_media=size is PreviewSize.SMALL or None,
        prefer_large_media=size is PreviewSize.LARGE or None,
        show_above_text=above or None,
    )


def single(
    media: Media, upload: Upload | None
) -> InputFile | PhotoSize | Video | Animation | Audio | Document:
    """The media of a message that has one.

    A plain string would not do: where it happens to name a file of this machine,
    python-telegram-bot uploads that file.

    Raises:
        ValueError: it comes from disk, and neither its upload nor its file_id is given.
    """
    if upload is not None:
        return _file(upload)
    reference = _reference(media)
    match media.kind:
        case MediaKind.PHOTO:
            return PhotoSize(reference, "unknown", 0, 0)
        case MediaKind.VIDEO:
            return Video(reference, "unknown", 0, 0, 0)
        case MediaKind.ANIMATION:
            return Animation(reference, "unknown", 0, 0, 0)
        case MediaKind.AUDIO:
            return Audio(reference, "unknown", 0)
        case MediaKind.DOCUMENT:
            return Document(reference, "unknown")


def album(message: MessageContent, text: str, uploads: Mapping[int, Upload]) -> list[InputMedia]:
    """The media of a message that has several; the first has the text as its caption.

    The classes for each kind would not do: they take a string for a file of this machine, and of
    an object they repeat a width and a length that are not known here.

    Raises:
        ValueError: as :func:`single`.
    """
    return [
        InputMedia(
            media_type=media.kind.value,
            media=_file(uploads[position], attach=True)
            if position in uploads
            else _reference(media),
            caption=text or None if position == 0 else None,
            parse_mode=ParseMode.HTML if text and position == 0 else None,
            api_kwargs=shown(message, media),
        )
        for position, media in enumerate(message.media)
    ]


def shown(message: MessageContent, media: Media) -> dict[str, Any]:
    """How media is shown, as far as that is not as usual."""
    options: dict[str, Any] = {}
    if media.spoiler:
        options["has_spoiler"] = True
    if message.caption_above:
        options["show_caption_above_media"] = True
    return options


def _file(upload: Upload, *, attach: bool = False) -> InputFile:
    name = _UNSAFE_IN_FILE_NAME.sub("_", upload.file_name)
    return InputFile(upload.data, name, attach=attach)


def _reference(media: Media) -> str:
    reference = media.file_id or media.url
    if reference is None:
        raise ValueError("media from disk needs its upload or its file_id")
    return reference
