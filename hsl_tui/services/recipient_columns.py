"""Rows of a file made into recipients, column by column.

A million rows are read so in a few seconds. Where a cell among a thousand rows is not as it should
be, they are halved, until the few are left that are read one by one, which says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import repeat
from json import dumps
from json.encoder import encode_basestring_ascii
from typing import Final

from hsl_tui.services import recipient_cells as cells
from hsl_tui.services.csv_files import Block
from hsl_tui.services.parsed_rows import ParsedRows
from hsl_tui.services.recipient_cells import LIMITS, LONGEST_ATTRIBUTE, RowRefusedError, TagCells
from hsl_tui.services.recipient_rows import Columns
from hsl_tui.services.rejects import Reject
from hsl_tui.store.intake import Entry

_FEW: Final = 4
_ORDINARY: Final = 2**53
"""Telegram's chat ids are less, on either side of 0; what is beyond deserves a closer look."""
_USERNAMES: Final = re.compile(r"(?:(?:[A-Za-z0-9_]{4,32})?\n)*")
_entry: Final[Callable[[Iterable[object]], Entry]] = partial(tuple.__new__, Entry)

_Texts = Sequence[str]


class _OddError(Exception):
    """Some cell of these rows needs a closer look."""


class RowReader:
    """Makes recipients of rows; an empty cell says nothing.

    Args:
        labels: tags for all of them.
    """

    def __init__(self, columns: Columns, labels: frozenset[str]) -> None:
        self._columns = columns
        self._tags = TagCells(labels)

    def read(self, block: Block) -> ParsedRows:
        """The recipients of some rows, and which rows are skipped; blank ones are none."""
        parsed = ParsedRows(block.first_line, block.last_line)
        self._read(block.lines, block.rows, parsed)
        if block.bad:
            parsed.rejects += (Reject(bad.line, bad.reason, (bad.text,)) for bad in block.bad)
            parsed.rejects.sort(key=lambda one: one.line)
        return parsed

    def _read(self, lines: Sequence[int], rows: Sequence[list[str]], parsed: ParsedRows) -> None:
        try:
            parsed.entries += self._together(rows, parsed)
        except (_OddError, RowRefusedError):
            if len(rows) <= _FEW:
                for line, row in zip(lines, rows, strict=True):
                    self._read_one(line, row, parsed)
                return
            middle = len(rows) // 2
            self._read(lines[:middle], rows[:middle], parsed)
            self._read(lines[middle:], rows[middle:], parsed)

    def _read_one(self, line: int, row: list[str], parsed: ParsedRows) -> None:
        if not any(map(str.strip, row)):
            return
        try:
            parsed.entries.append(self._alone(row, parsed))
        except RowRefusedError as bad:
            parsed.rejects.append(Reject(line, str(bad), tuple(row)))

    # --- many rows ------------------------------------------------------------------------------

    def _together(self, rows: Sequence[list[str]], parsed: ParsedRows) -> Iterable[Entry]:
        """The recipients of rows, all of which are as they should be."""
        try:
            columns = list(zip(*rows, strict=True))
        except ValueError:
            raise _OddError from None
        there = self._columns
        if len(columns) != there.width:
            raise _OddError
        if any(any(map(str.strip, columns[place])) for place in there.unnamed):
            raise _OddError
        chat_ids = _chat_ids(columns[there.chat_id])
        texts = {name: _texts(columns[place]) for name, place in there.fields.items()}
        fields = [_field(name, texts.get(name)) for name in LIMITS]
        given = [
            (name, part)
            for name, place in there.attributes.items()
            if any(part := _attribute(name, _texts(columns[place])))
        ]
        tags = (
            repeat(self._tags[""])
            if there.tags is None
            else map(self._tags.__getitem__, _texts(columns[there.tags]))
        )
        objects = _objects([part for _, part in given])
        # What is missing is repeated without end.
        found = list(map(_entry, zip(chat_ids, *fields, objects, tags, strict=False)))
        parsed.attributes.update(name for name, _ in given)
        return found

    # --- one row --------------------------------------------------------------------------------

    def _alone(self, row: Sequence[str], parsed: ParsedRows) -> Entry:
        """The recipient of one row, with the labels beside its own tags.

        Raises:
            RowRefusedError: it has no usable chat id, or a cell holds what cannot be kept.
        """
        there = self._columns
        if any(cell.strip() for cell in row[there.width :]):
            msg = f"too many fields: {len(row)}, and {there.width} columns"
            raise RowRefusedError(msg)
        texts = list(map(cells.text_of, row)) + [""] * (there.width - len(row))
        for place in there.unnamed:
            if texts[place]:
                raise RowRefusedError(f"a value in column {place + 1}, which has no name")
        fields = {
            name: cells.limited(name, texts[place], LIMITS[name])
            for name, place in there.fields.items()
        }
        attributes = {
            name: cells.limited(name, texts[place], LONGEST_ATTRIBUTE)
            for name, place in there.attributes.items()
            if texts[place]
        }
        return entry(
            cells.chat_id(texts[there.chat_id]),
            fields,
            attributes,
            self._tags["" if there.tags is None else texts[there.tags]],
            parsed,
        )


def entry(
    chat_id: int,
    fields: dict[str, str],
    attributes: dict[str, str],
    tags: frozenset[str],
    parsed: ParsedRows,
) -> Entry:
    """One recipient, whose names and the like are texts of no more than :data:`LIMITS`."""
    written = fields.get("username", "")
    username = cells.username(written)
    parsed.no_usernames += bool(written) and username is None
    parsed.attributes.update(attributes)
    return Entry(
        chat_id,
        username,
        fields.get("first_name") or None,
        fields.get("last_name") or None,
        fields.get("language_code") or None,
        dumps(attributes),
        tags,
    )


def _texts(column: Sequence[str]) -> _Texts:
    return [text if (text := cell.strip())[:1] != "'" else cells.text_of(text) for cell in column]


def _chat_ids(column: Sequence[str]) -> Sequence[int]:
    together = "".join(column)
    # Python would take digits of any script, and underscores among them.
    if not together.isascii() or "_" in together:
        raise _OddError
    try:
        found = list(map(int, column))
    except ValueError:
        raise _OddError from None
    if not -_ORDINARY < min(found) <= max(found) < _ORDINARY or 0 in found:
        raise _OddError
    return found


def _field(name: str, texts: _Texts | None) -> Iterable[str | None]:
    if texts is None:
        return repeat(None)
    if name == "username":
        if not _USERNAMES.fullmatch("\n".join(texts) + "\n"):
            raise _OddError
    elif max(map(len, texts)) > LIMITS[name]:
        raise _OddError
    return [text or None for text in texts]


def _attribute(name: str, texts: _Texts) -> Sequence[str]:
    """A member of a JSON object for each text, or nothing for an empty one."""
    if max(map(len, texts)) > LONGEST_ATTRIBUTE:
        raise _OddError
    start = f"{dumps(name)}: "
    return [start + encode_basestring_ascii(text) if text else "" for text in texts]


def _objects(parts: Sequence[Sequence[str]]) -> Iterable[str]:
    """JSON objects of these members, as :func:`json.dumps` writes them."""
    if not parts:
        return repeat("{}")
    return [f"{{{', '.join(filter(None, members))}}}" for members in zip(*parts, strict=True)]
