"""Tags, set by set."""

from __future__ import annotations

import pytest

from hsl_tui.models.criteria import Criteria
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import parse_selectors
from hsl_tui.store import recipients, tags
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON


def picked(to: list[str]) -> Criteria:
    return Criteria(parse_selectors(to), state=RecipientState.ACTIVE)


@pytest.fixture
def three(database: Database) -> Database:
    """Chats 1 to 3; 1 and 2 bear a tag, 3 is blocked."""
    with database.write() as session:
        arrivals = [Arrival(1, tags=frozenset("a")), Arrival(2, tags=frozenset("a")), Arrival(3)]
        take_in(session, arrivals, now=NOON)
        third = next(one for one in recipients.every(session) if one.chat_id == 3)
        recipients.set_state(session, third.id, RecipientState.BLOCKED, reason="", now=NOON)
    return database


def test_tagging_counts_only_who_did_not_bear_it(three: Database) -> None:
    with three.write() as session:
        assert tags.add(session, "b", picked(["chat:1"])) == 1
        assert tags.add(session, "b", picked(["all"])) == 1
        assert tags.add(session, "b", picked(["all"])) == 0
        assert tags.counts(session) == [("a", 2), ("b", 2)]


def test_untagging_counts_who_bore_it_and_keeps_the_tag(three: Database) -> None:
    with three.write() as session:
        assert tags.remove(session, "a", picked(["all", "!chat:2"])) == 1
        assert tags.remove(session, "a", picked(["all"])) == 1
        assert tags.remove(session, "a", picked(["all"])) == 0
        assert tags.remove(session, "never seen", picked(["all"])) == 0
        assert tags.counts(session) == [("a", 0)]


def test_a_tag_can_be_moved_by_itself(three: Database) -> None:
    with three.write() as session:
        assert tags.remove(session, "a", picked(["tag:a"])) == 2


def test_more_names_than_one_statement_carries(database: Database) -> None:
    names = [f"tag {number}" for number in range(33_000)]
    with database.write() as session:
        first = tags.ids(session, names)
        assert len(set(first.values())) == 33_000
        assert tags.ids(session, names) == first
        assert tags.ids(session, []) == {}
