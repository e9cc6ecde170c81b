"""Recipients on their way from a file into the database, gathered by the ten thousand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from hsl_tui.services.parsed_rows import ParsedRows
from hsl_tui.store.import_journal import Counts
from hsl_tui.store.intake import Entry, Landed

_PAGE: Final = 16
"""Binary digits of a number within its page."""


@dataclass(slots=True)
class Batch:
    """Rows that follow one another, those about one chat made into one.

    Attributes:
        entries: by chat id.
        attributes: names that they give something of.
        repeats_new: rows that said something else of a chat than an earlier one of the batch did.
        repeats_same: rows that said the same again.
        rejected: rows that were skipped.
    """

    first_line: int = 0
    last_line: int = 0
    entries: dict[int, Entry] = field(default_factory=dict)
    attributes: set[str] = field(default_factory=set)
    repeats_new: int = 0
    repeats_same: int = 0
    rejected: int = 0

    def add(self, parsed: ParsedRows) -> None:
        """Add the rows behind; the last about a chat has the last word."""
        self.first_line = self.first_line or parsed.first_line
        self.last_line = parsed.last_line
        self.rejected += len(parsed.rejects)
        self.attributes |= parsed.attributes
        of_chats = {one[0]: one for one in parsed.entries}
        if len(of_chats) == len(parsed.entries) and self.entries.keys().isdisjoint(of_chats):
            self.entries.update(of_chats)
            return
        for one in parsed.entries:
            self._add_one(one)

    def _add_one(self, one: Entry) -> None:
        earlier = self.entries.get(one.chat_id)
        if earlier is not None:
            one = earlier.followed_by(one)
            self.repeats_new += one != earlier
            self.repeats_same += one == earlier
        self.entries[one.chat_id] = one

    def counts(self, landed: Landed, met: Met) -> Counts:
        """What became of the rows.

        Args:
            met: whom the import has met before; those of this batch are added.
        """
        again = met.add(landed.known_ids)
        met.add(landed.new_ids)
        return Counts(
            landed.taken.added,
            landed.taken.changed + self.repeats_new,
            landed.taken.same + self.repeats_same,
            self.repeats_new + self.repeats_same + again,
        )


class Met:
    """Ids of recipients that were met: a bit for each that is on record."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, ids: Iterable[int]) -> int:
        """Add some; how many of them had been met before."""
        again = 0
        for one in ids:
            number = one >> _PAGE
            page = self._pages.get(number)
            if page is None:
                page = self._pages[number] = bytearray(1 << (_PAGE - 3))
            place, bit = (one >> 3) % len(page), 1 << (one & 7)
            again += bool(page[place] & bit)
            page[place] |= bit
        return again
