"""The options that say what a message says, alike for all commands that take one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hsl_tui.errors import InvalidInputError

if TYPE_CHECKING:
    from hsl_tui.services.composing import Attachment, Composition

TextOption = Annotated[
    str | None, typer.Option("--text", metavar="TEXT", help="The text, in Telegram's HTML.")
]
TextFileOption = Annotated[
    str | None,
    typer.Option("--text-file", metavar="FILE", help="A file with the text; - reads it here."),
]
PhotoOption = Annotated[
    str | None, typer.Option("--photo", metavar="SOURCE", help="A file, URL or file_id.")
]
VideoOption = Annotated[
    str | None, typer.Option("--video", metavar="SOURCE", help="A file, URL or file_id.")
]
DocumentOption = Annotated[
    str | None, typer.Option("--document", metavar="SOURCE", help="A file, URL or file_id.")
]
ButtonOption = Annotated[
    list[str] | None,
    typer.Option(
        "--button", metavar="TEXT=URL", help="A row of buttons, with | between two. Repeatable."
    ),
]
SilentOption = Annotated[bool, typer.Option("--silent", help="Arrive without a sound.")]
ProtectOption = Annotated[
    bool, typer.Option("--protect", help="Keep it from being forwarded and saved.")
]
NoPreviewOption = Annotated[
    bool, typer.Option("--no-preview", help="Show no preview of the first link.")
]


def read_text(text: str | None, text_file: str | None) -> str:
    """The text itself, however it was given.

    Raises:
        InvalidInputError: neither or both were given, or the file cannot be read.
    """
    if text is not None and text_file is None:
        return text
    if text_file is None or text is not None:
        raise InvalidInputError("Give the text in one way: with --text or with --text-file.")
    try:
        raw = sys.stdin.buffer.read() if text_file == "-" else Path(text_file).read_bytes()
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        msg = f"The text in {text_file!r} cannot be read: {(error.strerror or '').lower()}."
        raise InvalidInputError(msg) from None
    except UnicodeDecodeError:
        raise InvalidInputError(f"The text in {text_file!r} is not UTF-8; save it so.") from None


def compose(
    *,
    text: str | None,
    text_file: str | None,
    photo: str | None,
    video: str | None,
    document: str | None,
    buttons: Sequence[str] | None,
    silent: bool,
    protect: bool,
    no_preview: bool,
) -> Composition:
    """What was given by these options; nothing is checked against Telegram's rules yet.

    Raises:
        InvalidInputError: it does not make one message.
    """
    from hsl_tui.services.composing import Composition, parse_buttons

    attachment = _attachment(photo=photo, video=video, document=document)
    if text is None and text_file is None and attachment is not None:
        text = ""
    return Composition(
        text=read_text(text, text_file),
        attachments=() if attachment is None else (attachment,),
        buttons=parse_buttons(buttons or ()),
        silent=silent,
        protect=protect,
        link_preview=not no_preview,
    )


def _attachment(**sources: str | None) -> Attachment | None:
    from hsl_tui.models.enums import MediaKind
    from hsl_tui.services.composing import Attachment

    given = [(kind, source) for kind, source in sources.items() if source is not None]
    if len(given) > 1:
        raise InvalidInputError("A message carries one of --photo, --video and --document.")
    return Attachment(MediaKind(given[0][0]), given[0][1]) if given else None
