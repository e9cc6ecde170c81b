"""Recipients that are looked for: whom a search and filters find, in which order, page by page."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import pytest

from hsl_tui.models.criteria import Criteria, Found, Place
from hsl_tui.models.enums import RecipientState as State
from hsl_tui.models.selector import parse_selectors
from hsl_tui.store import matching, recipient_pages, recipients
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON

PEOPLE = (
    Arrival(11, username="anna_k", first_name="Юлия", last_name="Кузнецова"),
    Arrival(12, first_name="Åsa", last_name="Öberg", tags=frozenset({"staff"})),
    Arrival(13, username="percent", first_name="100%", tags=frozenset({"staff", "b", "a"})),
    Arrival(2**63 - 1, first_name="Bo"),
    Arrival(-(2**63), first_name="A group"),
    Arrival(-1001234567890, first_name="Anna's channel"),
    Arrival(1301, username="Zed", first_name="Anna", last_name="Bo", tags=frozenset({"b"})),
    Arrival(1302, username="anna", first_name="Anna", last_name="Annason"),
    Arrival(1303, username="BOB", last_name="Anna", tags=frozenset({"staff"})),
)


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as session:
        take_in(session, PEOPLE, now=NOON)
        for one in list(recipients.every(session)):
            if one.chat_id in {13, 1301}:
                recipients.set_state(session, one.id, State.BLOCKED, reason="so", now=NOON)
    return database


def find(database: Database, criteria: Criteria) -> list[int]:
    """The chats that are found; counted, too."""
    with database.read() as session:
        found = recipient_pages.page(session, criteria, limit=100)
        assert matching.count(session, criteria) == len(found)
    return [one.recipient.chat_id for one in found]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("юли", [11]),
        ("ЮЛИ", [11]),
        ("кузн", [11]),
        ("öb", [12]),
        ("ÅS", [12]),
        ("asa ob", [12]),
        ("@ANNA_", [11]),
        ("anna%", []),
        ("100%", [13]),
        ("_nna", []),
        ("13", [13, 1301, 1302, 1303]),
        ("9223372036854775807", [2**63 - 1]),
        ("922337203685477580", [2**63 - 1]),
        ("-9223372036854775808", [-(2**63)]),
        ("-100", [-1001234567890]),
        ("-", []),
        ("9223372036854775808", []),
        ("9" * 30, []),
        ("--5", []),
        ("1 3", []),
        ("٣", []),
        ("  bo ", [2**63 - 1, 1301, 1303]),
        ("anna", [1303, 1302, 1301, -1001234567890, 11]),
        ("anna b", [1301]),
        ("@", [1302, 11, 1303, 13, 1301]),
        ("\0", []),
        ("\ud800", []),
        ("'; DROP TABLE recipients; --", []),
    ],
)
def test_search(filled: Database, search: str, found: list[int]) -> None:
    assert find(filled, Criteria(search=search)) == found


@pytest.mark.parametrize("search", ["", "  ", "\u200b"])
def test_no_search_finds_everyone_as_they_came(filled: Database, search: str) -> None:
    assert find(filled, Criteria(search=search)) == [one.chat_id for one in PEOPLE]


@pytest.mark.parametrize(
    ("criteria", "found"),
    [
        (Criteria(tag="staff"), [12, 13, 1303]),
        (Criteria(tag="nobody"), []),
        (Criteria(tag="staff", state=State.ACTIVE), [12, 1303]),
        (Criteria(tag="staff", state=State.BLOCKED), [13]),
        (Criteria(state=State.BLOCKED), [13, 1301]),
        (Criteria(state=State.INVALID), []),
        (Criteria(search="anna", state=State.BLOCKED), [1301]),
        (Criteria(search="anna", state=State.ACTIVE), [1303, 1302, -1001234567890, 11]),
        (Criteria(search="anna", tag="staff"), [1303]),
        (Criteria(search="13", tag="b", state=State.BLOCKED), [13, 1301]),
        (Criteria(parse_selectors(["tag:staff", "!chat:12"])), [13, 1303]),
        (Criteria(parse_selectors(["all"]), search="13", state=State.ACTIVE), [1302, 1303]),
        (Criteria(ids=frozenset({2, 3}), tag="a"), [13]),
    ],
)
def test_criteria_hold_together(filled: Database, criteria: Criteria, found: list[int]) -> None:
    assert find(filled, criteria) == found
    with filled.read() as session:
        chosen = {
            one.chat_id
            for one in recipients.every(session)
            if matching.count(session, Criteria(ids=frozenset({one.id}))) == 1
            and one.chat_id in found
        }
    assert chosen == set(found)


SEARCHES = ("", "anna", "an", "1", "13", "-", "b", "@", "@an", "ю", "кузн", "z")
TAGS = (None, "staff", "b", "nobody")
STATES = (None, State.ACTIVE, State.BLOCKED)
EVERY_CRITERIA = [
    Criteria(search=search, tag=tag, state=state)
    for search, tag, state in itertools.product(SEARCHES, TAGS, STATES)
]


@pytest.mark.parametrize("few", [0, 5000])
def test_pages_of_any_length_give_the_same_from_both_ends(
    filled: Database, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By either way, that of few and that of many."""
    monkeypatch.setattr(recipient_pages, "_FEW", few)
    for criteria, limit in itertools.product(EVERY_CRITERIA, (1, 2, 100)):
        forwards = paged(filled, criteria, limit)
        assert paged(filled, criteria, limit, backwards=True) == forwards
        assert [one.place for one in forwards] == sorted({one.place for one in forwards})
        chats = [one.recipient.chat_id for one in forwards]
        assert len(set(chats)) == len(chats), criteria
        assert chats == find(filled, criteria)


def paged(
    database: Database, criteria: Criteria, limit: int, *, backwards: bool = False
) -> Sequence[Found]:
    """All that is found, a page at a time."""
    found: list[Found] = []
    beyond: Place | None = None
    with database.read() as session:
        while page := recipient_pages.page(
            session, criteria, limit=limit, beyond=beyond, backwards=backwards
        ):
            found = [*page, *found] if backwards else [*found, *page]
            beyond = found[0 if backwards else -1].place
    return found
