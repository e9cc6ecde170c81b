"""Whom any selectors pick, in SQL and as Python tells it one by one, is the same."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pytest
import sqlalchemy as sa
from hypothesis import example, given, note, settings
from hypothesis import strategies as st
from sqlmodel import col

from hsl_tui.models.criteria import Criteria
from hsl_tui.models.enums import DeliveryStatus as Status
from hsl_tui.models.enums import RecipientState as State
from hsl_tui.models.selector import Selector, SelectorKind, Term, parse_line
from hsl_tui.models.tables import Delivery
from hsl_tui.store import audience, forgetting, matching, people, recipients, segments
from hsl_tui.store.database import Database, Session
from hsl_tui.store.intake import Arrival, take_in
from tests.builders import add_broadcast
from tests.conftest import NOON

NUMBER: Final = 60
EMPTY: Final = 1
"""A broadcast without recipients."""
TAGS: Final = ("news", "vip", "two words", "c++")
CITIES: Final = ("Berlin", "New York", "O'Higgins", "berlin")
CODES: Final = (None, "en", "EN", "en-GB", "en_us", "de", "deu", "zh-hans-CN")
NAMES: Final = ("Ann", "ANN", "bob", None)
SAVED: Final = {
    "plain": "tag:news lang:de",
    "less": "all !tag:vip !lang:en",
    "joined": "tag:news+!tag:vip saved:plain+lang:de",
    "nested": "saved:less saved:plain !saved:joined",
    "gone": "state:blocked",
    "nobody": "chat:999",
}
REACHED: Final = {Status.SENT, Status.DELETED, Status.UNCERTAIN}
MISSED: Final = {Status.FAILED, Status.CANCELLED}


@dataclass
class Someone:
    """A recipient, as Python knows them."""

    chat: int
    username: str | None
    language: str | None
    city: str | None
    tags: frozenset[str]
    state: State = State.ACTIVE
    deliveries: dict[int, Status] = field(default_factory=dict)


def holds(term: Term, of: Someone) -> bool:
    """Whether a term is true of someone."""
    return _is(term, of) is not term.negated


def _is(term: Term, of: Someone) -> bool:  # noqa: C901, PLR0911 - a line for each kind
    value = term.value
    match term.kind:
        case SelectorKind.ALL:
            return True
        case SelectorKind.TAG:
            return value in of.tags
        case SelectorKind.CHAT:
            return of.chat == int(value)
        case SelectorKind.USERNAME:
            return of.username is not None and of.username.lower() == value.lower()
        case SelectorKind.LANG:
            code = (of.language or "").lower().replace("_", "-")
            return code == value or code.startswith(f"{value}-")
        case SelectorKind.ATTR:
            return term.key == "city" and of.city == value
        case SelectorKind.STATE:
            return of.state == value
        case SelectorKind.REACHED_BY:
            return of.deliveries.get(int(value)) in REACHED
        case SelectorKind.NOT_REACHED_BY:
            return of.deliveries.get(int(value)) in MISSED
        case SelectorKind.SAVED:
            return value in SAVED and is_picked(parse_line(SAVED[value]), of)


def picks(selector: Selector, of: Someone) -> bool:
    """Whether all terms of a selector are true of someone."""
    return all(holds(term, of) for term in selector.terms)


def is_picked(selectors: Sequence[Selector], of: Someone) -> bool:
    """Whether selectors pick someone, whatever their state."""
    included = any(picks(one, of) for one in selectors if not one.exclude)
    return included and not any(picks(one, of) for one in selectors if one.exclude)


def names_state(selector: Selector) -> bool:
    """Whether a selector says in which state recipients are meant."""
    return any(
        term.kind is SelectorKind.STATE
        or (
            term.kind is SelectorKind.SAVED
            and any(not one.exclude and names_state(one) for one in _meant(term.value))
        )
        for term in selector.terms
    )


def _meant(name: str) -> Sequence[Selector]:
    return parse_line(SAVED[name]) if name in SAVED else ()


# --- who there is -------------------------------------------------------------------------------


def populate(database: Database, chance: random.Random) -> list[Someone]:
    """Sixty of all sorts, two broadcasts to some of them, and saved segments."""
    crowd = [
        Someone(
            chat,
            chance.choice(NAMES),
            chance.choice(CODES),
            chance.choice((*CITIES, None)),
            frozenset(tag for tag in TAGS if chance.random() < 0.4),
        )
        for chat in range(1, NUMBER + 1)
    ]
    with database.write() as session:
        take_in(session, [_arrival(one) for one in crowd], now=NOON)
        for name, line in SAVED.items():
            written = [str(one) for one in parse_line(line)]
            segments.add(session, name, written, created_by="tester", now=NOON)
    assert add_broadcast(database, f"chat:{NUMBER + 1}") == EMPTY
    for to in ("all", "tag:news"):
        number = add_broadcast(database, to)
        _deliver(database, number, crowd, chance)
    with database.write() as session:
        numbers = {one.chat_id: one.id for one in recipients.every(session)}
        for one in crowd:
            one.state = chance.choice([State.ACTIVE] * 4 + list(State))
            recipients.set_state(session, numbers[one.chat], one.state, reason="", now=NOON)
    return crowd


def _arrival(of: Someone) -> Arrival:
    city = {} if of.city is None else {"city": of.city}
    return Arrival(
        of.chat,
        username=of.username,
        language_code=of.language,
        tags=of.tags,
        attributes={**city, "note": "Berlin"},
    )


def _deliver(
    database: Database, number: int, crowd: Sequence[Someone], chance: random.Random
) -> None:
    """Let a broadcast end in all sorts of ways."""
    with database.write() as session:
        chats = {one.id: one.chat_id for one in recipients.every(session)}
        rows = sa.select(col(Delivery.seq), col(Delivery.recipient_id))
        for seq, recipient_id in session.execute(
            rows.where(col(Delivery.broadcast_id) == number)
        ).all():
            status = chance.choice(list(Status))
            session.execute(
                sa.update(Delivery)
                .where(col(Delivery.broadcast_id) == number, col(Delivery.seq) == seq)
                .values(status=status)
            )
            crowd[chats[recipient_id] - 1].deliveries[number] = status


# --- what is asked ------------------------------------------------------------------------------

_TERMS = st.one_of(
    st.just(Term(SelectorKind.ALL)),
    st.sampled_from([*TAGS, "nobody's"]).map(lambda tag: Term(SelectorKind.TAG, tag)),
    st.integers(1, NUMBER + 2).map(lambda chat: Term(SelectorKind.CHAT, str(chat))),
    st.sampled_from(["ann", "BOB", "x"]).map(lambda a: Term(SelectorKind.USERNAME, a)),
    st.sampled_from(["en", "en-us", "de", "zh", "zh-hans", "fr"]).map(
        lambda code: Term(SelectorKind.LANG, code)
    ),
    st.builds(
        Term,
        st.just(SelectorKind.ATTR),
        st.sampled_from([*CITIES, "", "' OR 1=1 --", '"']),
        st.sampled_from(["city", "city", "town"]),
    ),
    st.sampled_from(State).map(lambda state: Term(SelectorKind.STATE, state.value)),
    st.builds(
        Term,
        st.sampled_from([SelectorKind.REACHED_BY, SelectorKind.NOT_REACHED_BY]),
        st.sampled_from(["2", "3", "7"]),
    ),
    st.sampled_from([*SAVED, "unknown"]).map(lambda name: Term(SelectorKind.SAVED, name)),
)


@st.composite
def _selectors(draw: st.DrawFn) -> Selector:
    first, *others = draw(st.lists(_TERMS, min_size=1, max_size=3))
    signed = (Term(one.kind, one.value, one.key, negated=draw(st.booleans())) for one in others)
    return Selector(tuple(dict.fromkeys((first, *signed))), draw(st.booleans()))


_AUDIENCES = st.lists(_selectors(), min_size=1, max_size=5)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [1, 2])
def test_sql_picks_whom_python_picks(database: Database, seed: int) -> None:
    crowd = populate(database, random.Random(seed))  # noqa: S311 - no secret
    with database.write() as session:
        someone = next(recipients.every(session))
        forgetting.blot_out(session, someone.id, someone.chat_id, now=NOON)
    del crowd[someone.chat_id - 1]

    @settings(max_examples=30, deadline=None)
    @given(_AUDIENCES)
    @example(parse_line("tag:news tag:vip"))
    @example(parse_line("tag:news tag:vip !lang:zh-hans !tag:two+!tag:c++"))
    @example(parse_line("reached-by:2 reached-by:3 !tag:news !tag:vip"))
    @example(parse_line("lang:zh-hans lang:en-us state:blocked"))
    @example(parse_line("tag:news !tag:vip+lang:en !attr:city=Berlin !reached-by:2"))
    @example(parse_line("saved:nested !tag:vip !saved:less"))
    @example(parse_line("tag:news tag:vip lang:en lang:de lang:zh tag:c++ !tag:vip+!lang:en"))
    @example(parse_line("all " + " ".join(f"!chat:{chat}" for chat in range(1, 13)) + " !tag:vip"))
    def agrees(selectors: Sequence[Selector]) -> None:
        note(" ".join(map(str, selectors)))
        with database.write() as session:
            _compare(session, selectors, crowd)

    agrees()


def _compare(session: Session, selectors: Sequence[Selector], crowd: list[Someone]) -> None:
    picked = [one for one in crowd if is_picked(selectors, one)]
    active = {one.chat for one in picked if one.state is State.ACTIVE}
    assert audience.count(session, selectors) == len(active)
    assert {one.chat_id for one in recipients.every(session, selectors)} == {
        one.chat for one in picked
    }
    assert audience.count_all(session, selectors) == len(picked)
    _compare_batches(session, selectors, active)
    _compare_said(session, selectors, crowd)
    _compare_tally(session, selectors, crowd)
    _compare_ledger(session, selectors, active)


def _compare_batches(session: Session, selectors: Sequence[Selector], active: set[int]) -> None:
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        batch, after = people.among(session, selectors, number=40, after=after)
        found += [one.chat_id for one in batch]
    assert sorted(found) == sorted(active)


def _compare_said(session: Session, selectors: Sequence[Selector], crowd: list[Someone]) -> None:
    """Whom commands that label mean."""
    criteria = Criteria(tuple(selectors), active_unless_said=True)
    taken = [one for one in selectors if one.exclude]
    meant = [
        one
        for one in crowd
        if any(
            picks(by, one) and (one.state is State.ACTIVE or names_state(by))
            for by in selectors
            if not by.exclude
        )
        and not any(picks(by, one) for by in taken)
    ]
    assert matching.count(session, criteria) == len(meant)


def _compare_tally(session: Session, selectors: Sequence[Selector], crowd: list[Someone]) -> None:
    tally = audience.tally(session, selectors)
    included = [one for one in selectors if not one.exclude]
    taken: Counter[Selector | None] = Counter()
    inactive: Counter[State] = Counter()
    picked = 0
    excluding = list(dict.fromkeys(one for one in selectors if one.exclude))
    named: dict[Selector, Selector | None] = {
        one: one if at < audience.NAMED else None for at, one in enumerate(excluding)
    }
    for one in crowd:
        if not is_picked(included, one):
            continue
        by = next((by for by in excluding if picks(by, one)), None)
        if by is not None:
            taken[named[by]] += one.state is State.ACTIVE
        elif one.state is not State.ACTIVE:
            inactive[one.state] += 1
        else:
            picked += 1
    assert tally.picked == picked
    assert tally.inactive == dict(inactive)
    assert tally.taken_away == dict.fromkeys(named.values(), 0) | taken


def _compare_ledger(session: Session, selectors: Sequence[Selector], active: set[int]) -> None:
    """Whom a broadcast would be queued to."""
    with session.begin_nested() as savepoint:
        assert audience.take_down(session, EMPTY, selectors) == len(active)
        savepoint.rollback()
