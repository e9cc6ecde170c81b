"""A message's letters as they are shown, with the formatting that lies over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from rich.cells import cell_len
from textual.content import Content, Span

from hsl_tui.console.preview.dates import written_date
from hsl_tui.console.preview.message import Entity, Message
from hsl_tui.console.preview.notes import Notes
from hsl_tui.console.terminal_text import UNEVEN, terminal_text

PLAIN_CODE: Final = "$text-warning"
"""Code in a line, and a block whose language is not told."""

_LINK: Final = "$text-accent underline"
_STYLES: Final = {
    "bold": "bold",
    "italic": "italic",
    "underline": "underline",
    "strikethrough": "strike",
    "code": PLAIN_CODE,
    "text_link": _LINK,
    "text_mention": _LINK,
    "url": _LINK,
    "email": _LINK,
    "mention": "$text-accent",
    "hashtag": "$text-accent",
    "cashtag": "$text-accent",
    "bot_command": "$text-accent",
    "phone_number": "$text-accent",
    "date_time": _LINK,
}
_HIDDEN: Final = "$text-muted not bold not italic not underline not strike"
_SHOWN: Final = "on $boost"
_COVER: Final = "▒"

_ASTRAL: Final = 0x10000


@dataclass(frozen=True, slots=True)
class Stretch:
    """An entity over characters, not code units."""

    start: int
    end: int
    entity: Entity


class Letters:
    """The text of a message, character by character, safe to show.

    Args:
        revealed: whether what spoilers hide is shown.
        notes: collects where links lead.

    Attributes:
        stretches: the entities that cover something, in their order.
        text: what was written.
    """

    def __init__(self, message: Message, notes: Notes, *, revealed: bool) -> None:
        self.text = message.text
        self.stretches = list(_stretches(message))
        self._shown = _safe(message.text)
        self._marks: dict[int, str] = {}
        """What stands behind a character."""
        self._spans: list[tuple[int, int, str]] = []
        for one in self.stretches:
            self._write_date(one, message)
            style = _STYLES.get(one.entity.type)
            if style is not None:
                self._spans.append((one.start, one.end, style))
            self._note_link(one, notes)
        for one in self.stretches:
            if one.entity.type == "spoiler":
                if not revealed:
                    self._cover(one.start, one.end)
                self._spans.append((one.start, one.end, _SHOWN if revealed else _HIDDEN))

    def content(self, start: int, end: int) -> Content:
        """Characters ``start`` to ``end`` with their formatting."""
        pieces: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        length = 0
        for index in range(start, end):
            begins.append(length)
            length += len(self._shown[index])
            ends.append(length)
            pieces.append(self._shown[index])
            mark = self._marks.get(index)
            if mark is not None:
                pieces.append(mark)
                length += len(mark)
        spans = [
            Span(begins[max(first, start) - start], ends[min(last, end) - 1 - start], style)
            for first, last, style in self._spans
            if first < end and last > start
        ]
        return Content("".join(pieces), spans=spans)

    def _cover(self, start: int, end: int) -> None:
        """Hide a stretch word by word: it wraps as it will when it is shown."""
        at = start
        while at < end:
            stop = at
            while stop < end and not self.text[stop].isspace():
                stop += 1
            if stop > at:
                word = "".join(self._shown[at:stop])
                self._shown[at:stop] = [_COVER * cell_len(word), *[""] * (stop - at - 1)]
            at = stop + 1

    def _write_date(self, one: Stretch, message: Message) -> None:
        entity = one.entity
        if entity.unix_time is None or message.at is None:
            return
        date = written_date(entity.unix_time, entity.date_time_format or "", message.at)
        if date is not None:
            self._shown[one.start : one.end] = [date, *[""] * (one.end - one.start - 1)]

    def _note_link(self, one: Stretch, notes: Notes) -> None:
        address = one.entity.url
        if one.entity.user_id is not None:
            address = f"user {one.entity.user_id}"
        if address is None or address.removesuffix("/") == self.text[one.start : one.end]:
            return
        behind = one.end - 1
        while behind > one.start and self.text[behind].isspace():
            behind -= 1
        self._marks[behind] = self._marks.get(behind, "") + notes.mark(address)


def _stretches(message: Message) -> Iterator[Stretch]:
    text = message.text
    units = accumulate((2 if ord(one) >= _ASTRAL else 1 for one in text), initial=0)
    at_unit = {unit: index for index, unit in enumerate(units)}
    for entity in message.entities:
        start = at_unit.get(entity.offset, len(text))
        end = at_unit.get(entity.offset + entity.length, len(text))
        if start < end:
            yield Stretch(start, end, entity)


def _safe(text: str) -> list[str]:
    uneven = {at for match in UNEVEN.finditer(text) for at in range(*match.span())}
    return [
        "" if at in uneven else terminal_text(character, newlines=True)
        for at, character in enumerate(text)
    ]
