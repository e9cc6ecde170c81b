"""Which recipients are meant: what a command names, what a screen narrows to, what is marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import Selector
from hsl_tui.models.views import RecipientView


@dataclass(frozen=True, slots=True)
class Criteria:
    """What holds of each recipient that is meant; nothing said is everyone, whatever their state.

    Attributes:
        selectors: pick them.
        active_unless_said: of the selectors, those that name no state pick active ones alone.
        search: the beginning of a name (first, last, or both), of a user name (of nothing else
            where it begins with an @) or of a chat id.
        tag: they bear it.
        state: they are in it.
        ids: their rows' numbers, of those that were marked one by one.
    """

    selectors: tuple[Selector, ...] = ()
    search: str = ""
    tag: str | None = None
    state: RecipientState | None = None
    ids: frozenset[int] | None = None
    active_unless_said: bool = False

    def written(self) -> list[str]:
        """In words, for the audit log; those that were marked are told apart, by their chats."""
        said = [str(selector) for selector in self.selectors]
        if self.search:
            said.append(f"search:{self.search}")
        if self.tag is not None:
            said.append(f"tag:{self.tag}")
        if self.state is not None:
            said.append(f"state:{self.state}")
        return said or ["everyone"]


EVERYONE: Final = Criteria()


class Place(NamedTuple):
    """Where a recipient stands among those that are found: by what of it matches, then by that."""

    rank: int
    key: str
    number: int


@dataclass(frozen=True, slots=True)
class Found:
    """A recipient and its place in what was looked for."""

    place: Place
    recipient: RecipientView
