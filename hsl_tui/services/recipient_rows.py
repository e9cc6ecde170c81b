"""Recipients as the rows of a file give them: which column says what, and what a cell may hold."""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.selector import check_chat_id
from hsl_tui.services.recipients import check_tag
from hsl_tui.services.spreadsheets import unguard
from hsl_tui.store.intake import Arrival

KEYS: Final = ("chat_id", "user_id")
"""Columns of which there must be one; the second is an attribute where both are there."""

_LIMITS: Final = {"username": 64, "first_name": 256, "last_name": 256, "language_code": 16}
"""Characters, as in the table of recipients."""
_IGNORED: Final = "state"
"""Written by our own export; only Telegram's answers move a recipient from state to state."""
_LONGEST_ATTRIBUTE: Final = 4096
_LONGEST_NAME: Final = 64
_MOST_COLUMNS: Final = 200
_MOST_TAGS: Final = 100


class RowRefusedError(Exception):
    """Why a row is skipped, in a few words."""


@dataclass(frozen=True, slots=True)
class Columns:
    """At which place in a row stands what."""

    chat_id: int
    fields: Mapping[str, int]
    tags: int | None
    attributes: Mapping[str, int]
    unnamed: Sequence[int]
    """Spreadsheets leave such columns behind; nothing may be in them."""


def read_header(header: Sequence[str]) -> Columns:
    """What the columns are; the header must have one of :data:`KEYS`.

    Raises:
        InvalidInputError: a column is there twice, or has a name that no text could use.
    """
    if len(header) > _MOST_COLUMNS:
        msg = f"The file has {len(header)} columns; at most {_MOST_COLUMNS} are taken."
        raise InvalidInputError(msg)
    places: dict[str, int] = {}
    unnamed: list[int] = []
    known = {*KEYS, *_LIMITS, "tags", _IGNORED}
    for place, written in enumerate(header):
        lower = written.lower()
        name = lower if lower in known else unguard(written)
        if name in places:
            msg = f"The file has two columns {name!r}; give each a name of its own."
            raise InvalidInputError(msg)
        if name:
            places[name] = place
        else:
            unnamed.append(place)
    chat_id = next(places.pop(key) for key in KEYS if key in places)
    fields = {name: places.pop(name) for name in _LIMITS if name in places}
    tags = places.pop("tags", None)
    places.pop(_IGNORED, None)
    for name, place in places.items():
        _check_attribute(name, place)
    return Columns(chat_id, fields, tags, places, unnamed)


def read_row(cells: Sequence[str], columns: Columns, labels: frozenset[str]) -> Arrival:
    """The recipient of one row, with these labels beside its own; an empty cell says nothing.

    Raises:
        RowRefusedError: it has no usable chat id, or a cell holds what cannot be kept.
    """
    texts = [unguard(cell.strip()) for cell in cells]

    def at(place: int | None) -> str:
        return texts[place] if place is not None and place < len(texts) else ""

    for place in columns.unnamed:
        if at(place):
            raise RowRefusedError(f"a value in column {place + 1}, which has no name")
    return Arrival(
        _chat_id(at(columns.chat_id)),
        tags=_tags(at(columns.tags)) | labels,
        attributes={
            name: _limited(name, value, _LONGEST_ATTRIBUTE)
            for name, place in columns.attributes.items()
            if (value := at(place))
        },
        **{name: _field(name, at(place)) for name, place in columns.fields.items()},
    )


def merged(earlier: Arrival, later: Arrival) -> Arrival:
    """Two rows about one chat as one, as if they had been taken in one after the other."""
    said = {name: value for name in _LIMITS if (value := getattr(later, name)) is not None}
    return replace(
        earlier,
        tags=earlier.tags | later.tags,
        attributes={**earlier.attributes, **later.attributes},
        **said,
    )


def _check_attribute(name: str, place: int) -> None:
    if len(name) > _LONGEST_NAME:
        msg = f"The name of column {place + 1} is longer than {_LONGEST_NAME} characters."
        raise InvalidInputError(msg)
    # `self` is the template language's own.
    if not name.isidentifier() or keyword.iskeyword(name) or name == "self":
        msg = (
            f"Column {place + 1}, {name!r}, could not be used in a text; give it another name, of"
            " letters, digits and _ only, such as course_name."
        )
        raise InvalidInputError(msg)


def _chat_id(cell: str) -> int:
    if not cell:
        raise RowRefusedError("no chat id")
    try:
        return check_chat_id(cell)
    except InvalidInputError as error:
        raise RowRefusedError(str(error).rstrip(".")) from None


def _field(name: str, cell: str) -> str | None:
    text = cell.removeprefix("@") if name == "username" else cell
    return _limited(name, text, _LIMITS[name]) or None


def _limited(name: str, text: str, limit: int) -> str:
    if len(text) > limit:
        raise RowRefusedError(f"{name} is longer than {limit} characters")
    return text


def _tags(cell: str) -> frozenset[str]:
    names = [name for name in cell.split(";") if name.strip()]
    if len(names) > _MOST_TAGS:
        raise RowRefusedError(f"more than {_MOST_TAGS} tags")
    try:
        return frozenset(map(check_tag, names))
    except InvalidInputError as error:
        raise RowRefusedError(str(error).rstrip(".")) from None
