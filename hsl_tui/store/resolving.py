"""Selectors with what they name looked up, so that one statement can ask for whom they pick.

Tags become the numbers of their rows, so that the planner of PostgreSQL knows whether their bearers
are many or few; languages become the codes that occur, so that their index serves whatever the
case; saved segments become what they stand for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlmodel import Session, col

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import Selector, SelectorKind, Term
from hsl_tui.models.selector_values import comparable_language
from hsl_tui.models.tables import INACTIVE, Delivery, Recipient, RecipientTag, Tag
from hsl_tui.store import languages, rows, segments
from hsl_tui.store.segments import Definitions

_GREATEST: Final = 2**62
_WINDOWS: Final = 8
_SHARE: Final = 50
"""One in so many recipients is looked at to find out which facts hold of fewer."""
_LEAST: Final = 50
"""So many in each window, where there are."""
_MOST_CLAUSES: Final = 300
"""SQLite takes 500 parts of a union, and 1000 conditions one within the other."""
_BATCH: Final = 1000
"""Names in one statement; databases limit the values that one may carry."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that holds of a recipient.

    Attributes:
        values: any of which it is that has to be met; nobody meets none.
        key: of which attribute.
        negated: it must not hold.
        audience: whom a saved segment picks.
    """

    kind: SelectorKind
    values: tuple[Any, ...] = ()
    key: str = ""
    negated: bool = False
    audience: Audience | None = None

    @property
    def names_state(self) -> bool:
        """Whether it says in which state recipients are meant."""
        if self.audience is not None:
            return any(map(names_state, self.audience.included))
        return self.kind is SelectorKind.STATE


Clause = tuple[Fact, ...]
"""All of which hold."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Those of whom any of the included clauses holds, and none of the excluded."""

    included: tuple[Clause, ...]
    excluded: tuple[Clause, ...] = ()

    @property
    def spread(self) -> Audience:
        """The same, with what a saved segment stands for in its place where it alone is included.

        Not for whoever asks which clauses name a state.
        """
        if len(self.included) != 1 or len(self.included[0]) != 1:
            return self
        (fact,) = self.included[0]
        if fact.audience is None or fact.negated:
            return self
        meant = fact.audience.spread
        return Audience(meant.included, (*meant.excluded, *self.excluded))


def names_state(clause: Clause) -> bool:
    """Whether a clause says in which state recipients are meant."""
    return any(fact.names_state for fact in clause)


def resolve(session: Session, selectors: Sequence[Selector]) -> Audience:
    """Look up what selectors name; what is not on record picks nobody.

    Raises:
        InvalidInputError: they ask for more than one statement can.
    """
    return resolver(session, selectors).audience(selectors)


def resolver(session: Session, selectors: Sequence[Selector]) -> Resolver:
    """What these selectors, all or some of them, can be resolved by."""
    definitions = segments.definitions(session, selectors)
    terms = [term for one in (selectors, *definitions.values()) for of in one for term in of.terms]
    return Resolver(session, definitions, _tags(session, terms), _languages(session, terms))


def _tags(session: Session, terms: Iterable[Term]) -> Mapping[str, int]:
    names = sorted({term.value for term in terms if term.kind is SelectorKind.TAG})
    numbers: dict[str, int] = {}
    for start in range(0, len(names), _BATCH):
        wanted = col(Tag.name).in_(names[start : start + _BATCH])
        numbers.update(session.execute(sa.select(col(Tag.name), col(Tag.id)).where(wanted)).all())
    return numbers


def _languages(session: Session, terms: Iterable[Term]) -> Mapping[str, list[str]]:
    if all(term.kind is not SelectorKind.LANG for term in terms):
        return {}
    codes: dict[str, list[str]] = defaultdict(list)
    for code in languages.codes(session):
        parts = comparable_language(code).split("-")
        # `zh-hans-cn` is `zh-hans` and `zh`, too.
        for length in range(1, len(parts) + 1):
            codes["-".join(parts[:length])].append(code)
    return codes


@dataclass(frozen=True, slots=True)
class Resolver:
    """What selectors name, looked up.

    Attributes:
        tags: their numbers by their names.
        codes: language codes as they occur, by those that selectors may ask for.
    """

    session: Session
    definitions: Definitions
    tags: Mapping[str, int]
    codes: Mapping[str, list[str]]

    def audience(
        self, selectors: Sequence[Selector], within: frozenset[str] = frozenset()
    ) -> Audience:
        spread = list(self._spread(selectors, within))
        included = self._clauses([one for one in spread if not one.exclude], within)
        excluded = self._clauses([one for one in spread if one.exclude], within)
        if len(included) + len(excluded) > _MOST_CLAUSES:
            msg = (
                f"These selectors ask for more than {_MOST_CLAUSES} combinations of terms at once,"
                " those of saved segments with them; tag those who are meant, and name the tag."
            )
            raise InvalidInputError(msg)
        return Audience(included, excluded)

    def _spread(self, selectors: Iterable[Selector], within: frozenset[str]) -> Iterator[Selector]:
        """Selectors, with what segments that only add stand for in their place."""
        for one in selectors:
            meant = self._meant(one, within)
            if meant is None or any(other.exclude for other in meant):
                yield one
                continue
            inside = within | {one.terms[0].value}
            for other in self._spread(meant, inside):
                yield Selector(other.terms, one.exclude)

    def _meant(self, one: Selector, within: frozenset[str]) -> tuple[Selector, ...] | None:
        if not one.is_single(SelectorKind.SAVED) or one.terms[0].value in within:
            return None
        return self.definitions.get(one.terms[0].value, ())

    def _clauses(self, selectors: Iterable[Selector], within: frozenset[str]) -> tuple[Clause, ...]:
        """A clause for each selector; but one for all of one term of the same kind.

        SQLite refuses a condition that is a thousand alternatives deep.
        """
        alike: dict[tuple[SelectorKind, str], list[Any]] = {}
        others: list[Clause] = []
        for one in selectors:
            facts = tuple(self._fact(term, within) for term in one.terms)
            if len(facts) > 1:
                facts = tuple(sorted(facts, key=self._place))
            if len(facts) == 1 and facts[0].audience is None:
                alike.setdefault((facts[0].kind, facts[0].key), []).extend(facts[0].values)
            else:
                others.append(facts)
        grouped = ((Fact(kind, tuple(values), key),) for (kind, key), values in alike.items())
        return (*grouped, *others)

    def _fact(self, term: Term, within: frozenset[str]) -> Fact:
        if term.kind is SelectorKind.SAVED:
            # One that refers to itself was never saved, and picks nobody.
            meant = () if term.value in within else self.definitions.get(term.value, ())
            audience = self.audience(meant, within | {term.value})
            return Fact(term.kind, (term.value,), "", term.negated, audience)
        return Fact(term.kind, self._values(term), term.key, term.negated)

    def _values(self, term: Term) -> tuple[Any, ...]:
        match term.kind:
            case SelectorKind.TAG:
                return (self.tags[term.value],) if term.value in self.tags else ()
            case SelectorKind.LANG:
                return tuple(self.codes.get(term.value, ()))
            case SelectorKind.CHAT | SelectorKind.REACHED_BY | SelectorKind.NOT_REACHED_BY:
                return (int(term.value),)
            case _:
                return (term.value,)

    def _place(self, fact: Fact) -> int:
        """The less, the fewer a fact holds of: SQLite goes through those of the first one.

        PostgreSQL finds out by itself. What must not hold comes last.
        """
        if fact.kind in {SelectorKind.CHAT, SelectorKind.USERNAME} and not fact.negated:
            return 0
        found = None if fact.negated else _indexed(fact)
        if found is None or not rows.is_sqlite(self.session):
            return _GREATEST + fact.negated
        number, conditions = found
        query = sa.select(sa.func.count()).where(*conditions)
        parts = [query.where(number.between(*window)) for window in self._windows()]
        if not parts:
            return 0
        met = sum(map(int, self.session.execute(sa.union_all(*parts)).scalars()))
        # It is looked up more quickly whether someone bears a tag than which language they read.
        return met * 2 if fact.kind is SelectorKind.TAG else met

    def _windows(self) -> list[tuple[int, int]]:
        """Some of the numbers of recipients, few among very many, here and there."""
        highest = self.session.execute(sa.select(sa.func.max(col(Recipient.id)))).scalar() or 0
        step = highest // _WINDOWS + 1
        width = max(step // _SHARE, _LEAST)
        return [(low, low + width - 1) for low in range(1, highest + 1, step)]


def _indexed(fact: Fact) -> tuple[Any, Sequence[ColumnElement[bool]]] | None:
    """Where an index tells of whom a fact holds: what numbers them there, and conditions."""
    values = fact.values
    match fact.kind:
        case SelectorKind.TAG:
            return col(RecipientTag.recipient_id), [col(RecipientTag.tag_id).in_(values)]
        case SelectorKind.LANG:
            return col(Recipient.id), [col(Recipient.language_code).in_(values)]
        case SelectorKind.REACHED_BY | SelectorKind.NOT_REACHED_BY:
            return col(Delivery.recipient_id), [col(Delivery.broadcast_id).in_(values)]
        case SelectorKind.STATE if RecipientState.ACTIVE not in values:
            return col(Recipient.id), [sa.literal_column(INACTIVE, sa.Boolean)]
        case _:
            return None
