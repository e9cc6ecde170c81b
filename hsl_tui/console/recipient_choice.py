"""Which recipients of the list are meant: marked ones, all that match, or the one in front."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field, replace

from hsl_tui.console.wording import name_of, number, people
from hsl_tui.models.criteria import Criteria, Found
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import Selector, SelectorKind
from hsl_tui.models.views import RecipientView

MOST_CHATS = 200
"""More than that are not written out one by one."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a marked row is known by.

    Attributes:
        id: its row's number.
        chat_id: for selectors.
        is_active: whether it was, when it was marked.
    """

    id: int
    chat_id: int = field(compare=False)
    is_active: bool = field(compare=False)


def mark_of(found: Found) -> Mark:
    """What a row is known by."""
    one = found.recipient
    return Mark(one.id, one.chat_id, one.state is RecipientState.ACTIVE)


@dataclass(frozen=True, slots=True)
class Choice:
    """Those to whom something is to be done.

    Attributes:
        criteria: who they are.
        marks: those that were marked one by one; none where all are meant that match.
        single: the one, where it is one alone.
    """

    criteria: Criteria
    marks: frozenset[Mark] = frozenset()
    single: RecipientView | None = None

    @classmethod
    def of_marks(cls, marks: Iterable[Hashable]) -> Choice:
        """Those that were marked."""
        chosen = frozenset(mark for mark in marks if isinstance(mark, Mark))
        return cls(Criteria(ids=frozenset(mark.id for mark in chosen)), chosen)

    @classmethod
    def of_one(cls, found: Found) -> Choice:
        """The one in front."""
        return replace(cls.of_marks([mark_of(found)]), single=found.recipient)

    def told(self, count: int) -> str:
        """Who they are, in words that are safe to show."""
        if self.single is not None:
            return name_of(self.single.person)
        if self.marks:
            return (
                "the marked recipient" if count == 1 else f"the {number(count)} marked recipients"
            )
        if self.criteria == Criteria():
            return f"all {people(count)}"
        return f"all {people(count)} that match"

    def selectors(self) -> list[Selector] | None:
        """What picks the active ones of them for a message; None where no selector can say it."""
        if self.marks:
            if len(self.marks) > MOST_CHATS:
                return None
            chats = sorted(mark.chat_id for mark in self.marks)
            return [Selector.of(SelectorKind.CHAT, chat) for chat in chats]
        criteria = self.criteria
        if criteria.search.strip() or criteria.state not in {None, RecipientState.ACTIVE}:
            return None
        if criteria.tag is not None:
            return [Selector.of(SelectorKind.TAG, criteria.tag)]
        return list(criteria.selectors) or [Selector.of(SelectorKind.ALL)]
