"""Recipients: windows, states."""

from __future__ import annotations

import pytest

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import parse_selectors
from hsl_tui.models.views import RecipientView
from hsl_tui.store import recipients
from hsl_tui.store.database import Database, Session
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


def named(session: Session, first_name: str) -> RecipientView:
    return next(one for one in recipients.every(session) if one.first_name == first_name)


def test_windows_follow_one_another(filled: Database) -> None:
    with filled.read() as session:
        first = recipients.window(session, limit=2)
        rest = recipients.window(session, limit=10, after=first[-1].id)
        assert [one.chat_id for one in (*first, *rest)] == [11, 12, 13, 2**63 - 1, -(2**63)]


def test_a_state_is_moved_with_its_reason_and_time(filled: Database) -> None:
    with filled.write() as session:
        asa = named(session, "Åsa")
        blocked = RecipientState.BLOCKED
        assert recipients.set_state(session, asa.id, blocked, reason="said so", now=NOON)
        assert not recipients.set_state(session, asa.id, blocked, reason="again", now=NOON)
    with filled.read() as session:
        moved = named(session, "Åsa")
        assert (moved.state, moved.state_reason) == (RecipientState.BLOCKED, "said so")
        assert moved.state_changed_at == NOON
        selectors = parse_selectors(["tag:staff", "!chat:13"])
        assert [one.chat_id for one in recipients.every(session, selectors)] == [12]


def test_every_goes_through_all_batches(database: Database) -> None:
    with database.write() as session:
        take_in(session, [Arrival(n) for n in range(1, 2502)], now=NOON)
    with database.read() as session:
        assert [one.chat_id for one in recipients.every(session)] == list(range(1, 2502))


def test_a_group_that_moved_keeps_its_row(filled: Database) -> None:
    with filled.write() as session:
        asa = named(session, "Åsa")
        assert recipients.move_chat(session, asa.id, -1000000000012, now=NOON)
        assert recipients.move_chat(session, asa.id, -1000000000012, now=NOON)
        assert not recipients.move_chat(session, asa.id, 13, now=NOON)
    with filled.read() as session:
        assert named(session, "Åsa").chat_id == -1000000000012
