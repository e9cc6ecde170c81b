"""What people search for, as ranges of the indexes on recipients."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlmodel import col

from hsl_tui.models.tables import Recipient
from hsl_tui.store import search_keys

_CHAT: Final = re.compile(r"(-?)([1-9][0-9]{0,18})")
_DIGITS: Final = 19
"""Of the greatest number of 64 bits."""
_GREATEST: Final = 2**63 - 1

Rank = int
CHAT: Final[Rank] = 0
"""Those whose chat id begins so come first, then names, last names, user names."""
_BY_KEY: Final[tuple[str, ...]] = search_keys.COLUMNS


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for.

    Attributes:
        chats: ranges of chat ids, ascending, both ends included.
        key: how a name begins, folded.
        columns: those in which it is looked for, in the order of what is found.
    """

    chats: Sequence[tuple[int, int]]
    key: str
    columns: Sequence[str]

    def ranks(self) -> Iterator[tuple[Rank, str | None]]:
        """In their order: a number, and the column; None for chat ids."""
        if self.chats:
            yield CHAT, None
        for column in self.columns:
            yield 1 + _BY_KEY.index(column), column


def read(search: str) -> Sought | None:
    """What is looked for, or None where that is nothing in particular."""
    wanted = search.strip()
    if wanted.startswith("@"):
        return Sought((), search_keys.fold(wanted[1:]), ("username_key",))
    key = search_keys.fold(wanted)
    if not key:
        return None
    return Sought(tuple(_chat_ranges(wanted)), key, _BY_KEY)


def _chat_ranges(wanted: str) -> Iterator[tuple[int, int]]:
    found = _CHAT.fullmatch(wanted)
    if found is None:
        return
    sign, digits = found.groups()
    # A prefix of d digits is one range for each number of digits behind it.
    ranges = []
    for more in range(_DIGITS - len(digits) + 1):
        low = int(digits) * 10**more
        high = low + 10**more - 1
        if low <= _GREATEST + (sign == "-"):
            ranges.append((low, min(high, _GREATEST + (sign == "-"))))
    yield from ((-high, -low) for low, high in reversed(ranges)) if sign else ranges


def within(column: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """Whether a key begins so."""
    following = search_keys.end(beginning)
    low = column >= beginning
    return low if following is None else and_(low, column < following)


def matches(of: Any, sought: Sought, column: str | None) -> ColumnElement[bool]:
    """Whether a recipient is found by this column; by its chat id where that is None."""
    if column is None:
        return or_(false(), *(of.chat_id.between(*ends) for ends in sought.chats))
    return within(getattr(of, column), sought.key)


def is_found_first(of: Any, sought: Sought, column: str) -> ColumnElement[bool]:
    """Whether what is found by a column is not found by what comes before it."""
    conditions: list[ColumnElement[bool]] = []
    for _, one in sought.ranks():
        if one == column:
            break
        by_it = matches(of, sought, one)
        # What is empty is not found, and SQL does not know what it is not.
        conditions.append(~by_it if one is None else or_(getattr(of, one).is_(None), ~by_it))
    return and_(true(), *conditions)


def ids(sought: Sought) -> sa.CompoundSelect[Any]:
    """The numbers of all that are found, from the indexes alone; some of them twice."""
    return sa.union_all(*arms(sought))


def arms(sought: Sought) -> list[sa.Select[Any]]:
    """The numbers of all that are found, a statement for each index range."""
    number = sa.select(col(Recipient.id))
    by_chat = [number.where(col(Recipient.chat_id).between(*ends)) for ends in sought.chats]
    return by_chat + [number.where(matches(Recipient, sought, one)) for one in sought.columns]
