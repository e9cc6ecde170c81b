"""What a stretch of a file was read as."""

from __future__ import annotations

from dataclasses import dataclass, field

from hsl_tui.services.rejects import Reject
from hsl_tui.store.intake import Entry


@dataclass(slots=True)
class ParsedRows:
    """The rows of a stretch of lines.

    Attributes:
        first_line: of the stretch.
        last_line: likewise.
        entries: rows that can be taken in, in their order.
        rejects: rows that cannot, likewise.
        attributes: names that the entries give something of.
        no_usernames: user names that were left out, since Telegram gives none such.
    """

    first_line: int
    last_line: int
    entries: list[Entry] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    no_usernames: int = 0

    @property
    def rows(self) -> int:
        """How many they are."""
        return len(self.entries) + len(self.rejects)
