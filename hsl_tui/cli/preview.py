"""The console's preview of a message, printed to a terminal or a pipe."""

from __future__ import annotations

import os
import shutil
import sys
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hsl_tui.services.composing import Composition
    from hsl_tui.telegram.markup import ParsedText

# The terminal's own colours: its background may be light or dark.
_COLOURS: Final = {
    "text-muted": "ansi_bright_black",
    "text-accent": "ansi_cyan",
    "text-success": "ansi_green",
    "text-warning": "ansi_yellow",
    "text-error": "ansi_red",
    "border-blurred": "ansi_bright_black",
    "text": "ansi_default",
    "boost": "ansi_default",
}


def preview(
    text: ParsedText, composition: Composition, at: datetime, *, revealed: bool = False
) -> str:
    """How a message looks in Telegram, in lines for standard output as it is.

    Coloured for a terminal without ``NO_COLOR``, in plain text for anything else.

    Args:
        text: what the composition's text comes to for its reader.
        at: when it is read, in the zone in which times are shown.
        revealed: whether what spoilers hide is shown, and quotes that expand are in full.
    """
    from hsl_tui.console.preview.bubble import Bubble
    from hsl_tui.console.preview.message import message_of
    from hsl_tui.services.previewing import appearance

    message = message_of(appearance(text, composition), composition, at)
    content = Bubble(message, revealed=revealed).content(shutil.get_terminal_size().columns)
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return "".join(f"{line.rstrip()}\n" for line in content.plain.split("\n"))

    from rich.console import Console
    from rich.segment import Segment, Segments
    from textual.style import Style

    def style_of(written: str | Style) -> Style:
        return Style.parse(written, _COLOURS) if isinstance(written, str) else written

    pieces = content.render(Style.null(), end="\n", parse_style=style_of)
    console = Console(color_system="standard", force_terminal=True)
    with console.capture() as captured:
        segments = [Segment(piece, style.rich_style) for piece, style in pieces]
        console.print(Segments(segments), end="")
    return captured.get()
