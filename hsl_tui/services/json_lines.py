"""Recipients as JSON lines: an object a line, in the words of a CSV file's header."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.services import recipient_cells as cells
from hsl_tui.services.parsed_rows import ParsedRows
from hsl_tui.services.recipient_cells import LIMITS, LONGEST_ATTRIBUTE, RowRefusedError, TagCells
from hsl_tui.services.recipient_columns import entry
from hsl_tui.services.recipient_rows import (
    IGNORED,
    KEYS,
    MOST_COLUMNS,
    TAGS,
    Renaming,
    check_attribute,
)
from hsl_tui.services.rejects import Reject
from hsl_tui.services.text_lines import LONGEST_LINE, Lines
from hsl_tui.store.intake import Entry

ATTRIBUTES: Final = "attributes"
"""What our own listing has them in; others may stand beside it."""
_MANY: Final = 1000
_SHOWN: Final = 60


class JsonLines:
    """Recipients of JSON lines.

    Args:
        lines: all of the file.
        name: what to call it in messages.
        labels: tags for all of them.
        needs_chat_ids: refuse objects that hold none.

    Attributes:
        header: names that occur in the first thousand lines.

    Raises:
        InvalidInputError: the first line is no object, or no object holds a chat id.
    """

    def __init__(
        self,
        lines: Lines,
        name: str,
        renaming: Renaming,
        labels: frozenset[str],
        *,
        needs_chat_ids: bool = True,
    ) -> None:
        self._lines = lines
        self._renaming = renaming
        self._tags = TagCells(labels)
        self._names: dict[str, str | None] = {}
        self.header = self._look(name, needs_chat_ids=needs_chat_ids)

    def stretches(self) -> Iterator[ParsedRows]:
        """The recipients, about a thousand at a time.

        Raises:
            HslTuiError: the file can no longer be read.
        """
        while lines := self._lines.peek(_MANY):
            first = self._lines.number + 1
            self._lines.skip(len(lines))
            parsed = ParsedRows(first, self._lines.number)
            for number, line in enumerate(lines, first):
                if line.strip():
                    self._read_line(number, line, parsed)
            yield parsed

    def first_rows(self, count: int) -> Iterator[tuple[str, ...]]:
        """What the first objects say below each name of the header."""
        for line in self._lines.peek(_MANY)[:count]:
            try:
                found = _object(line)
            except RowRefusedError:
                continue
            values = (found.get(name) for name in self.header)
            yield tuple(
                value if isinstance(value, str) else "" if value is None else json.dumps(value)
                for value in values
            )

    def _look(self, name: str, *, needs_chat_ids: bool) -> list[str]:
        found: dict[str, None] = {}
        begun = False
        for line in self._lines.peek(_MANY):
            if not line.strip():
                continue
            try:
                found.update(dict.fromkeys(_object(line)))
            except RowRefusedError as error:
                if not begun:
                    said = line.strip()[:_SHOWN]
                    msg = f"{name} holds no object in its first line: {error}; it reads {said!r}."
                    raise InvalidInputError(msg) from None
            begun = True
        if not begun:
            raise InvalidInputError(f"{name} is empty.")
        if needs_chat_ids and not any(self._renaming.name(one) in KEYS for one in found):
            wanted = " or ".join(self._renaming.keys)
            raise InvalidInputError(f"{name} has no {wanted} in any of its first lines.")
        return list(found)

    def _read_line(self, number: int, line: str, parsed: ParsedRows) -> None:
        try:
            parsed.entries.append(self._entry(_object(line), parsed))
        except RowRefusedError as bad:
            parsed.rejects.append(Reject(number, str(bad), (line.rstrip("\r\n"),)))

    def _entry(self, given: dict[str, Any], parsed: ParsedRows) -> Entry:
        said: dict[str, Any] = {}
        nested = given.get(ATTRIBUTES)
        if isinstance(nested, dict):
            given = {**given, **nested}
            del given[ATTRIBUTES]
        if len(given) > MOST_COLUMNS:
            raise RowRefusedError(f"more than {MOST_COLUMNS} values")
        for written, value in given.items():
            if (name := self._name(written)) is not None:
                if name in said:
                    raise RowRefusedError(f"two values of {name}")
                said[name] = value
        chat = next((said.pop(key) for key in KEYS if said.get(key) is not None), "")
        tags = said.pop(TAGS, None)
        said.pop(IGNORED, None)
        fields = {
            name: cells.limited(name, _text(name, said.pop(name)), LIMITS[name])
            for name in LIMITS
            if name in said
        }
        attributes = {
            name: cells.limited(name, text, LONGEST_ATTRIBUTE)
            for name, value in said.items()
            if (text := _text(name, value))
        }
        chat_id = cells.chat_id(_text(KEYS[0], chat))
        return entry(chat_id, fields, attributes, self._tags_of(tags), parsed)

    def _name(self, written: str) -> str | None:
        """What a name of the file is here, each looked at once."""
        if written not in self._names:
            name = self._renaming.name(written)
            if name is not None and name not in {*KEYS, *LIMITS, TAGS, IGNORED}:
                try:
                    check_attribute(name, "a value")
                except InvalidInputError as error:
                    raise RowRefusedError(str(error).rstrip(".")) from None
            if len(self._names) >= MOST_COLUMNS * 10:
                self._names.clear()
            self._names[written] = name
        return self._names[written]

    def _tags_of(self, value: Any) -> frozenset[str]:
        if not isinstance(value, list):
            return self._tags[_text(TAGS, value)]
        names = [_text(TAGS, one) for one in value]
        return self._tags.of([name for name in names if name])


def _object(line: str) -> dict[str, Any]:
    """The object that a line is.

    Raises:
        RowRefusedError: it is none.
    """
    if len(line) > LONGEST_LINE:
        raise RowRefusedError(f"longer than {LONGEST_LINE} characters")
    try:
        found = json.loads(line.rstrip(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        where = f" at column {error.colno}" if isinstance(error, json.JSONDecodeError) else ""
        raise RowRefusedError(f"is not JSON{where}") from None
    if not isinstance(found, dict):
        raise RowRefusedError("is JSON, but no object in braces")
    return found


def _refuse_constant(word: str) -> None:
    raise ValueError(word)


def _text(name: str, value: Any) -> str:
    """A value as the cell of a table would say it.

    Raises:
        RowRefusedError: it is a list or an object, or holds what cannot be kept.
    """
    if value is None:
        return ""
    if isinstance(value, list | Mapping):
        kind = "a list" if isinstance(value, list) else "an object"
        raise RowRefusedError(f"{name[:_SHOWN]} is {kind}, and only texts and numbers are taken")
    text = value.strip() if isinstance(value, str) else json.dumps(value)
    if "\0" in text:
        raise RowRefusedError("holds a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RowRefusedError(f"{name[:_SHOWN]} holds half of a character") from None
    return text
