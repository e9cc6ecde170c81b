"""What an audience can be put together from, as rows to choose among."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from hsl_tui.console.audience_choice import EVERYONE, AudienceChoice
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.wording import RECIPIENT_SIGNS, handle, name_of, number
from hsl_tui.errors import SelectorError
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import Selector, SelectorKind, parse_selector
from hsl_tui.models.selector_values import comparable_language
from hsl_tui.models.views import RecipientView

_TAGS_SHOWN: Final = 200
_LISTED: Final = frozenset(
    {SelectorKind.ALL, SelectorKind.TAG, SelectorKind.LANG, SelectorKind.SAVED}
)
"""What has rows of its own, chosen or not."""


@dataclass(frozen=True, slots=True)
class Row:
    """Something that can be added or taken away; what is said of it is safe to show."""

    selector: Selector
    label: str
    said: str


@dataclass(slots=True)
class Offer:
    """What there is to choose from.

    Attributes:
        everyone: how many there are, whatever their state.
        tags: with how many bear each.
        languages: codes, with how many have each.
        saved: names of saved segments, with what is to be said of each.
        names: what to call chats that were met, by their ids.
        found: whom the letters that are typed find.
    """

    everyone: int = 0
    tags: Sequence[tuple[str, int]] = ()
    languages: Sequence[tuple[str, int]] = ()
    saved: Mapping[str, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    found: Sequence[RecipientView] = ()

    def rows(self, choice: AudienceChoice, wanted: str) -> Iterator[Row]:
        """Those whose names hold what is wanted, and whom that finds; all without it."""
        if not wanted:
            yield Row(EVERYONE, "everyone", number(self.everyone))
            yield from (self._chosen(one) for one in choice.met if not _is_listed(one))
        elif (typed := _typed(wanted)) is not None:
            yield Row(typed, terminal_text(str(typed)), "as typed")
        yield from self._named(wanted.casefold())
        yield from map(_person, self.found)

    def _named(self, wanted: str) -> Iterator[Row]:
        for name, said in self.saved.items():
            if wanted in name.casefold():
                selector = Selector.of(SelectorKind.SAVED, name)
                yield Row(selector, f"saved {terminal_text(name)}", said)
        tags = (one for one in self.tags if wanted in one[0].casefold())
        for name, bearers in islice(tags, _TAGS_SHOWN):
            selector = Selector.of(SelectorKind.TAG, name)
            yield Row(selector, f"tag {terminal_text(name)}", number(bearers))
        for code, speakers in self.languages:
            if wanted in code.casefold():
                selector = Selector.of(SelectorKind.LANG, comparable_language(code))
                yield Row(selector, f"language {terminal_text(code)}", number(speakers))

    def _chosen(self, one: Selector) -> Row:
        term = one.single
        if term is not None and term.kind is SelectorKind.CHAT:
            name = self.names.get(int(term.value))
            if name is not None:
                return Row(one, name, term.value)
        return Row(one, terminal_text(str(one)), "")


def _is_listed(one: Selector) -> bool:
    return one.single is not None and one.single.kind in _LISTED


def _typed(wanted: str) -> Selector | None:
    """What is typed, where it is more of a selector than a part of a name."""
    if ":" not in wanted:
        return None
    try:
        return parse_selector(wanted)
    except SelectorError:
        return None


def _person(person: RecipientView) -> Row:
    selector = Selector.of(SelectorKind.CHAT, str(person.chat_id))
    said = f"{person.chat_id} {handle(person.username)}"
    if person.state is not RecipientState.ACTIVE:
        said = f"{RECIPIENT_SIGNS[person.state].glyph} {person.state} {said}"
    return Row(selector, name_of(person.person), said)
