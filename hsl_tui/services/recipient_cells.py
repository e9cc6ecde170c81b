"""What the cells of a recipient may hold, and what is made of them."""

from __future__ import annotations

import re
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.forgotten import is_tombstone
from hsl_tui.models.selector import check_chat_id
from hsl_tui.services.recipients import check_tag
from hsl_tui.services.spreadsheets import unguard

LIMITS: Final = {"username": 64, "first_name": 256, "last_name": 256, "language_code": 16}
"""Characters, as in the table of recipients."""
LONGEST_ATTRIBUTE: Final = 4096
_MOST_TAGS: Final = 100
_MOST_REMEMBERED: Final = 10_000

_ADDRESS: Final = re.compile(r"(?:@|(?:https?://)?(?:www\.)?(?:t|telegram)\.me/@?)", re.IGNORECASE)
_USERNAME: Final = re.compile(r"[A-Za-z0-9_]{4,32}")


class RowRefusedError(Exception):
    """Why a row is skipped, in a few words."""


def text_of(cell: str) -> str:
    """What a cell says: without blanks around it, and without a guard against spreadsheets."""
    stripped = cell.strip()
    return unguard(stripped) if stripped[:1] == "'" else stripped


def chat_id(text: str) -> int:
    """A chat id.

    Raises:
        RowRefusedError: it is none.
    """
    if not text:
        raise RowRefusedError("no chat id")
    try:
        found = check_chat_id(text)
    except InvalidInputError as error:
        raise RowRefusedError(str(error).rstrip(".")) from None
    if is_tombstone(found):
        raise RowRefusedError(f"{found} is not a chat id; no chat of Telegram's has one so low")
    return found


def username(text: str) -> str | None:
    """A user name, of whatever its address was; None where Telegram gives no such names.

    Who has none is still a recipient: it is only looked for, and nothing is sent by it.
    """
    address = _ADDRESS.match(text)
    name = (text[address.end() :] if address else text).rstrip("/")
    return name if _USERNAME.fullmatch(name) else None


def limited(name: str, text: str, limit: int) -> str:
    """The text again.

    Raises:
        RowRefusedError: it is too long.
    """
    if len(text) > limit:
        raise RowRefusedError(f"{name} is longer than {limit} characters")
    return text


class TagCells(dict[str, frozenset[str]]):
    """The tags of cells, each read once; the labels of the whole file are among them.

    Looking up a cell may raise :class:`RowRefusedError`.
    """

    def __init__(self, labels: frozenset[str]) -> None:
        super().__init__()
        self._labels = labels

    def __missing__(self, text: str) -> frozenset[str]:
        if len(self) >= _MOST_REMEMBERED:
            self.clear()
        names = [name for name in text.split(";") if name.strip()]
        found = self[text] = self.of(names)
        return found

    def of(self, names: list[str]) -> frozenset[str]:
        """The tags of these names.

        Raises:
            RowRefusedError: there are too many, or one cannot be a tag.
        """
        if len(names) > _MOST_TAGS:
            raise RowRefusedError(f"more than {_MOST_TAGS} tags")
        try:
            return frozenset(map(check_tag, names)) | self._labels
        except InvalidInputError as error:
            raise RowRefusedError(str(error).rstrip(".")) from None
