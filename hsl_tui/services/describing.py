"""What goes with a message's text, in a few words."""

from __future__ import annotations

from hsl_tui.models.content import MessageContent
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.store import media


def media_words(context: Context, content: MessageContent) -> list[str]:
    """Each item of media: its kind, and its file's name, its address, or Telegram's id of it."""
    kept = [item.media_file_id for item in content.media if item.media_file_id is not None]
    with context.database.read() as session:
        names = media.names(session, kept)
    words = []
    for item in content.media:
        source = item.url or item.file_id or names.get(item.media_file_id or 0, "")
        words.append(f"{item.kind} {source}{', covered' if item.spoiler else ''}")
    return words


def kinds_of_media(content: MessageContent) -> str:
    """What stands for a message without a text, such as ``(photo, video)``."""
    return f"({', '.join(item.kind for item in content.media)})" if content.media else ""


def button_words(content: MessageContent | Composition) -> list[str]:
    """Each row of buttons, as ``--button`` takes it."""
    return [
        " | ".join(
            f"{f'[{button.style}] ' if button.style else ''}{button.text}={button.url}"
            for button in row
        )
        for row in content.buttons
    ]


def option_words(content: MessageContent | Composition) -> list[str]:
    """Each option that is not as usual."""
    chosen: tuple[tuple[object, str], ...] = (
        (content.silent, "silent"),
        (content.protect, "protected"),
        (not content.link_preview, "no link preview"),
        (content.preview_size, f"{content.preview_size} link preview"),
        (content.preview_above, "link preview above the text"),
        (content.preview_url, f"link preview of {content.preview_url}"),
        (content.caption_above, "caption above the media"),
        (content.message_thread_id, f"topic {content.message_thread_id}"),
        (content.message_effect_id, f"effect {content.message_effect_id}"),
    )
    return [words for is_chosen, words in chosen if is_chosen]
