"""A message's files when it is sent: by Telegram's ids where they are known, else themselves."""

from __future__ import annotations

from hsl_tui.models.content import MessageContent
from hsl_tui.store import media
from hsl_tui.store.database import Session
from hsl_tui.telegram.outcomes import Outcome
from hsl_tui.telegram.uploads import Upload


def with_files(
    session: Session, bot_id: int, content: MessageContent
) -> tuple[MessageContent, dict[int, Upload]]:
    """The content with Telegram's ids of its files, and those that are to be uploaded."""
    media_items, uploads = list(content.media), {}
    for at, item in enumerate(content.media):
        if item.media_file_id is None:
            continue
        file_id = media.uploaded(session, item.media_file_id, bot_id, item.kind)
        if file_id is None:
            uploads[at] = Upload(*media.read(session, item.media_file_id))
        else:
            media_items[at] = item.model_copy(update={"media_file_id": None, "file_id": file_id})
    return content.model_copy(update={"media": tuple(media_items)}), uploads


def note_files(session: Session, bot_id: int, content: MessageContent, outcome: Outcome) -> None:
    """Keep the ids that Telegram gave the files of a content, for the next time."""
    for item, file_id in zip(content.media, outcome.file_ids, strict=False):
        if item.media_file_id is not None and file_id is not None:
            media.note_upload(session, item.media_file_id, bot_id, item.kind, file_id)
