"""Recipients as the rows of a file give them: which column says what."""

from __future__ import annotations

import difflib
import keyword
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.recipient_cells import LIMITS
from hsl_tui.services.spreadsheets import unguard

KEYS: Final = ("chat_id", "user_id")
"""Columns of which there must be one; the second is an attribute where both are there."""
TAGS: Final = "tags"
IGNORED: Final = "state"
"""Written by our own export; only Telegram's answers move a recipient from state to state."""
TARGETS: Final = (KEYS[0], *LIMITS, TAGS)
"""What columns can be, beside attributes."""
KNOWN: Final = frozenset({*KEYS, *LIMITS, TAGS, IGNORED})

LONGEST_NAME: Final = 64
MOST_COLUMNS: Final = 200


@dataclass(frozen=True, slots=True)
class Columns:
    """At which place in a row stands what."""

    chat_id: int
    fields: Mapping[str, int]
    tags: int | None
    attributes: Mapping[str, int]
    unnamed: Sequence[int]
    """Spreadsheets leave such columns behind; nothing may be in them."""
    width: int
    """How many columns there are."""


class Renaming:
    """How the columns of a file are called here: what an operator said of them, and how else.

    Args:
        said: by a column's name in the file, what it is meant to be; nothing: it is left out.
    """

    def __init__(self, said: Mapping[str, str] | None = None) -> None:
        self._said = {_key(name): target.strip() for name, target in (said or {}).items()}
        self.given = tuple(sorted(self._said.items()))
        """All of it, to tell it from another."""

    @property
    def keys(self) -> Collection[str]:
        """Lower-case names of columns, one of which holds the chat ids."""
        targets = {name for name, target in self._said.items() if target.lower() in KEYS}
        return (*(key for key in KEYS if key not in self._said), *sorted(targets))

    def name(self, written: str) -> str | None:
        """What a column of the file is here; None where it is left out."""
        said = self._said.get(_key(written))
        if said is not None:
            return _known(said) or None
        name = unguard(written)
        return _known(name if _can_be_used(name) else _usable(name))

    def repaired(self, header: Collection[str]) -> Mapping[str, str]:
        """Columns whose names no text could use, and what they are here instead."""
        written = [name for name in header if name and _key(name) not in self._said]
        return {name: self.name(name) or "" for name in written if not _can_be_used(unguard(name))}

    def refuse_unknown(self, header: Collection[str]) -> None:
        """Refuse what was said of columns that the file does not have.

        Raises:
            InvalidInputError: naming one, and what it may have meant.
        """
        there = {_key(name): name for name in header}
        for name in self._said.keys() - there.keys():
            nearest = difflib.get_close_matches(name, there, n=1)
            hint = (
                f"did you mean {there[nearest[0]]!r}?"
                if nearest
                else f"it has {', '.join(map(repr, list(header)[:_SHOWN]))}."
            )
            raise InvalidInputError(f"The file has no column {name!r} to map; {hint}")


_SHOWN: Final = 8


def _key(name: str) -> str:
    return name.strip().lower()


def _known(name: str) -> str:
    return name.lower() if name.lower() in KNOWN else name


def _can_be_used(name: str) -> bool:
    """Whether a text could name a value so; `self` is the template language's own."""
    return name.isidentifier() and not keyword.iskeyword(name) and name != "self"


def _usable(name: str) -> str:
    """The nearest name that a text could use, such as ``e_mail`` for ``e-mail``."""
    # Behind a letter, where digits may stand too.
    letters = "".join(one if f"a{one}".isidentifier() else " " for one in name)
    together = "_".join(letters.split()) or "_"[: len(name)]
    if not together or _can_be_used(together):
        return together
    return f"{together}_" if together.isidentifier() else f"_{together}"


def read_header(header: Sequence[str], renaming: Renaming) -> Columns:
    """What the columns are, one of which holds the chat ids.

    Raises:
        InvalidInputError: a column is there twice, or was given a name that no text could use.
    """
    if len(header) > MOST_COLUMNS:
        msg = f"The file has {len(header)} columns; at most {MOST_COLUMNS} are taken."
        raise InvalidInputError(msg)
    places: dict[str, int] = {}
    unnamed: list[int] = []
    for place, written in enumerate(header):
        name = renaming.name(written)
        if name is None:
            continue
        if name in places:
            msg = f"The file has two columns {name!r}; give each a name of its own."
            raise InvalidInputError(msg)
        if name:
            places[name] = place
        else:
            unnamed.append(place)
    chat_id = next(places.pop(key) for key in KEYS if key in places)
    fields = {name: places.pop(name) for name in LIMITS if name in places}
    tags = places.pop(TAGS, None)
    places.pop(IGNORED, None)
    for name, place in places.items():
        check_attribute(name, f"column {place + 1}")
    return Columns(chat_id, fields, tags, places, unnamed, len(header))


def check_attribute(name: str, where: str) -> None:
    """Refuse a name that no text could use.

    Raises:
        InvalidInputError: it is one.
    """
    if len(name) > LONGEST_NAME:
        msg = f"The name of {where} is longer than {LONGEST_NAME} characters."
        raise InvalidInputError(msg)
    if not _can_be_used(name):
        msg = (
            f"{where[:1].upper()}{where[1:]}, {name!r}, could not be used in a text; give it"
            " another name, of letters, digits and _ only, such as course_name."
        )
        raise InvalidInputError(msg)
