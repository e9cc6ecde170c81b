"""What stands for a person whose data was removed.

The ledger goes on counting their deliveries, so their row stays, with nothing in it: in place of
the chat id it has a number that no chat can have (Telegram uses at most 52 significant bits). Such
a row is in no list, no count and no audience, and nothing is sent for it.
"""

from __future__ import annotations

from typing import Final

LAST_TOMBSTONE: Final = -(2**62)
FIRST_TOMBSTONE: Final = LAST_TOMBSTONE - 2**48
"""Chat ids between these are those of people who were forgotten."""

MARK: Final = "[forgotten]"
"""Stands where a text held them."""

WHY: Final = "forgotten"
"""The reason beside their row's state."""


def tombstone(recipient_id: int) -> int:
    """What a forgotten person's row has for a chat id."""
    return LAST_TOMBSTONE - recipient_id


def is_tombstone(chat_id: int) -> bool:
    """Whether a row's chat id says that its person was forgotten."""
    return FIRST_TOMBSTONE <= chat_id <= LAST_TOMBSTONE


def shown_chat(chat_id: int) -> int | None:
    """A row's chat id for whoever reads it; None where its person was forgotten."""
    return None if is_tombstone(chat_id) else chat_id
