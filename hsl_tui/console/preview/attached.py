"""What a bubble holds beside its text: photos and files, and the preview of a link."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from textual.content import Content

from hsl_tui.console.preview.notes import Notes
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.models.enums import MediaKind
from hsl_tui.services.previewing import MediaItem

GLYPHS: Final = {
    MediaKind.PHOTO: "📷",
    MediaKind.VIDEO: "🎬",
    MediaKind.ANIMATION: "🔁",
    MediaKind.AUDIO: "🎵",
    MediaKind.DOCUMENT: "📄",
}
"""Emoji that every terminal draws two cells wide."""
_COVER: Final = "▒▒"
_IN_A_ROW: Final = 3
_LEAST: Final = 8
"""Cells of the narrowest item in a row."""
_KILO: Final = 1024


def media_lines(
    items: Sequence[MediaItem], width: int, notes: Notes, *, revealed: bool
) -> list[Content]:
    """One line for one item; an album in rows of up to three. Long names are noted in full."""
    if len(items) == 1:
        return [_one(items[0], width, notes, revealed=revealed)]
    if not items:
        return []
    # Rows are filled evenly: four items are two and two.
    most = max(1, min(_IN_A_ROW, (width + 3) // (_LEAST + 3)))
    rows = -(-len(items) // most)
    columns = -(-len(items) // rows)
    cell = (width - 3 * (columns - 1)) // columns
    between = Content.styled(" │ ", "$border-blurred")
    return [
        between.join(
            _named(item, cell, notes, revealed=revealed) for item in items[start : start + columns]
        )
        for start in range(0, len(items), columns)
    ]


def link_lines(address: str, width: int) -> list[Content]:
    """Whose preview is shown; what is in it, Telegram finds when it sends."""
    bar = Content.styled("▎ ", "$text-accent")
    host = terminal_text(_host(address))
    return [
        bar
        + Content.assemble("🔗 ", (host, "bold $text-accent")).truncate(width - 2, ellipsis=True),
        bar + Content.styled("link preview", "$text-muted").truncate(width - 2, ellipsis=True),
    ]


def size_of(size: int) -> str:
    """``812 B``, ``240 kB``, ``1.2 MB``."""
    if size < _KILO:
        return f"{size} B"
    if size < _KILO**2:
        return f"{size // _KILO} kB"
    return f"{size / _KILO**2:.1f} MB"


def _one(item: MediaItem, width: int, notes: Notes, *, revealed: bool) -> Content:
    said = [item.kind.value.capitalize()]
    if item.size is not None:
        said.append(size_of(item.size))
    if item.spoiler:
        said.append("spoiler")
    tail = Content.styled(f"  {' · '.join(said)}", "$text-muted")
    room = max(_LEAST, width - tail.cell_length)
    return (_named(item, room, notes, revealed=revealed, fill=False) + tail).truncate(width)


def _named(
    item: MediaItem, width: int, notes: Notes, *, revealed: bool, fill: bool = True
) -> Content:
    glyph = _COVER if item.spoiler and not revealed else GLYPHS[item.kind]
    name, mark = Content(terminal_text(item.name)), ""
    room = width - 3
    if name.cell_length > room:
        mark = notes.mark(item.name)
        name = name.truncate(max(1, room - len(mark)), ellipsis=True)
    named = Content.assemble((glyph, "$text-muted"), " ", name.stylize_before("$text-accent"), mark)
    return named.pad_right(max(0, width - named.cell_length)) if fill else named


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or address
    except ValueError:
        return address
