"""Who selectors pick, who is left out and why: told while an audience is put together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import Selector, parse_selectors
from hsl_tui.models.views import Person
from hsl_tui.services.context import Context
from hsl_tui.services.recipients import require_known
from hsl_tui.store import audience, people

NAMED: Final = 5
"""How many of the recipients are named."""


@dataclass(frozen=True, slots=True)
class Survey:
    """Who would get a message at this moment.

    Attributes:
        recipients: how many.
        first: the first of them, up to :data:`NAMED`.
        taken_away: how many active ones each excluding selector takes away, the first that does
            counting; None stands for all beyond the first ten selectors.
        inactive: how many are left out because of their state.
    """

    recipients: int
    first: tuple[Person, ...]
    taken_away: Mapping[Selector | None, int]
    inactive: Mapping[RecipientState, int]

    @property
    def left_out(self) -> int:
        """How many of those who are meant would not get it."""
        return sum(self.taken_away.values()) + sum(self.inactive.values())


def survey(context: Context, to: Sequence[str]) -> Survey:
    """Count and name whom the selectors pick.

    Raises:
        InvalidInputError: a selector is wrong, or names what is not on record.
    """
    selectors = parse_selectors(to)
    with context.database.read() as session:
        require_known(session, selectors)
        tally = audience.tally(session, selectors)
        first = people.window(session, selectors, limit=NAMED) if tally.picked else []
    return Survey(
        tally.picked, tuple(person for _, person in first), tally.taken_away, tally.inactive
    )
