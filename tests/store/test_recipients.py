"""Recipients: windows, search, states."""

from __future__ import annotations

import pytest

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import parse_selectors
from hsl_tui.store import recipients
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON


@pytest.fixture
def filled(database: Database) -> Database:
    arrivals = [
        Arrival(11, username="anna_k", first_name="Юлия", last_name="Кузнецова"),
        Arrival(12, first_name="Åsa", last_name="Öberg", tags=frozenset({"staff"})),
        Arrival(13, username="percent", first_name="100%", tags=frozenset({"staff", "b", "a"})),
        Arrival(2**63 - 1, first_name="Bo"),
        Arrival(-(2**63), first_name="A group"),
    ]
    with database.write() as session:
        take_in(session, arrivals, now=NOON)
    return database


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("юли", [11]),
        ("ЮЛИ", [11]),
        ("кузн", [11]),
        ("öb", [12]),
        ("ÅS", [12]),
        ("@ANNA_", [11]),
        ("anna%", []),
        ("100%", [13]),
        ("_nna", []),
        ("13", [13]),
        ("9223372036854775807", [2**63 - 1]),
        ("-9223372036854775808", [-(2**63)]),
        ("9223372036854775808", []),
        ("--5", []),
        ("٣", []),
        ("  bo ", [2**63 - 1]),
        ("'; DROP TABLE recipients; --", []),
    ],
)
def test_search(filled: Database, search: str, found: list[int]) -> None:
    with filled.read() as session:
        rows = recipients.window(session, limit=10, search=search)
    assert [one.chat_id for one in rows] == found


@pytest.mark.parametrize("search", ["", "  "])
def test_no_search_finds_everyone(filled: Database, search: str) -> None:
    with filled.read() as session:
        assert len(recipients.window(session, limit=10, search=search)) == 5


def test_windows_follow_one_another(filled: Database) -> None:
    with filled.read() as session:
        first = recipients.window(session, limit=2)
        rest = recipients.window(session, limit=10, after=first[-1].id)
        assert [one.chat_id for one in (*first, *rest)] == [11, 12, 13, 2**63 - 1, -(2**63)]
        assert recipients.count(session) == 5


def test_filters_hold_together(filled: Database) -> None:
    with filled.write() as session:
        asa = recipients.window(session, limit=1, search="Åsa")[0]
        assert recipients.set_state(
            session, asa.id, RecipientState.BLOCKED, reason="said so", now=NOON
        )
        assert not recipients.set_state(
            session, asa.id, RecipientState.BLOCKED, reason="again", now=NOON
        )
    with filled.read() as session:
        staff = recipients.window(session, limit=10, tag="staff")
        assert [(one.chat_id, one.tags) for one in staff] == [
            (12, ("staff",)),
            (13, ("a", "b", "staff")),
        ]
        (blocked,) = recipients.window(session, limit=10, state=RecipientState.BLOCKED)
        assert (blocked.chat_id, blocked.state_reason) == (12, "said so")
        assert blocked.state_changed_at == NOON
        selectors = parse_selectors(["tag:staff", "!chat:13"])
        assert [one.chat_id for one in recipients.every(session, selectors)] == [12]


def test_every_goes_through_all_batches(database: Database) -> None:
    with database.write() as session:
        take_in(session, [Arrival(n) for n in range(1, 2502)], now=NOON)
    with database.read() as session:
        assert [one.chat_id for one in recipients.every(session)] == list(range(1, 2502))


def test_a_group_that_moved_keeps_its_row(filled: Database) -> None:
    with filled.write() as session:
        asa = recipients.window(session, limit=1, search="Åsa")[0]
        assert recipients.move_chat(session, asa.id, -1000000000012, now=NOON)
        assert recipients.move_chat(session, asa.id, -1000000000012, now=NOON)
        assert not recipients.move_chat(session, asa.id, 13, now=NOON)
    with filled.read() as session:
        assert recipients.window(session, limit=1, search="Åsa")[0].chat_id == -1000000000012
