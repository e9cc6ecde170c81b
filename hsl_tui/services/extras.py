"""Media and buttons as lines that people write, and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePath
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.content import Button
from hsl_tui.models.enums import MediaKind
from hsl_tui.services import composing
from hsl_tui.services.attachments import read_attachments
from hsl_tui.services.composing import Attachment, Composition
from hsl_tui.services.context import Context

_KINDS_BY_ENDING: Final = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp"), MediaKind.PHOTO),
    **dict.fromkeys((".mp4", ".m4v", ".mov"), MediaKind.VIDEO),
    **dict.fromkeys((".mp3", ".m4a"), MediaKind.AUDIO),
    ".gif": MediaKind.ANIMATION,
}


def media_lines(composition: Composition) -> list[str]:
    """One line for each item: its kind, and its file, address or id."""
    return [f"{one.kind} {one.source}" for one in composition.attachments]


def read_media(lines: Sequence[str], before: Composition) -> tuple[Attachment, ...]:
    """Read what :func:`media_lines` gives, or a person wrote; blank lines are nothing.

    The kind may be left out where the file's name tells it; other files are documents.

    Args:
        before: what it was; a line that is still there stands for the same file.

    Raises:
        InvalidInputError: a line names a kind and nothing else.
    """
    kept = dict(zip(media_lines(before), before.attachments, strict=True))
    written = (line.strip() for line in lines)
    return tuple(kept.get(line) or _attachment(line) for line in written if line)


def read_buttons(lines: Sequence[str]) -> tuple[tuple[Button, ...], ...]:
    """Read rows of buttons, one a line, as ``--button`` takes them; blank lines are nothing.

    Raises:
        InvalidInputError: one of them is no button.
    """
    return composing.parse_buttons([line for line in lines if line.strip()])


def bring_in(context: Context, composition: Composition) -> Composition:
    """Check what goes with a text, and keep its files as they are now.

    Raises:
        InvalidInputError: Telegram would refuse it, or there is no such file.
    """
    files = read_attachments(composition)
    with context.database.write() as session:
        return composing.take_up(session, composing.keep(session, composition, files))


def covered(attachments: Sequence[Attachment], *, spoiler: bool) -> tuple[Attachment, ...]:
    """The same media, each covered until it is tapped, or none of it."""
    return tuple(replace(one, spoiler=spoiler) for one in attachments)


def _attachment(line: str) -> Attachment:
    word, _, rest = line.partition(" ")
    if word.lower() in set(MediaKind):
        source = rest.strip()
        if not source:
            msg = f"{line!r} names no file; write it like photo picture.jpg."
            raise InvalidInputError(msg)
        return Attachment(MediaKind(word.lower()), source)
    ending = PurePath(line).suffix.lower()
    return Attachment(_KINDS_BY_ENDING.get(ending, MediaKind.DOCUMENT), line)
