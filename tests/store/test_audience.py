"""Audiences: what selectors pick."""

from __future__ import annotations

import pytest

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import (
    DeliveryStatus,
    RecipientState,
    UncertainPolicy,
)
from hsl_tui.models.selector import parse_selectors
from hsl_tui.store import audience, broadcasts, deliveries, known, recipients, settling
from hsl_tui.store.broadcasts import NewDraft
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests.builders import add_broadcast, add_worker, claim, record, result, statuses
from tests.conftest import NOON


@pytest.fixture
def five(database: Database) -> Database:
    """Chats 1 to 4, a group, and a blocked one that every rule would pick."""
    arrivals = [
        Arrival(1, username="Ann", tags=frozenset({"staff"})),
        Arrival(2, username="bob", tags=frozenset({"staff", "vip"})),
        Arrival(3, username="Çelik", tags=frozenset({"vip"})),
        Arrival(4),
        Arrival(-1001, first_name="A group"),
        Arrival(6, username="gone", tags=frozenset({"staff", "vip"})),
    ]
    with database.write() as session:
        take_in(session, arrivals, now=NOON)
        gone = next(one for one in recipients.every(session) if one.chat_id == 6)
        recipients.set_state(session, gone.id, RecipientState.BLOCKED, reason="", now=NOON)
    return database


@pytest.mark.parametrize(
    ("to", "picked"),
    [
        (["all"], {1, 2, 3, 4, -1001}),
        (["tag:staff"], {1, 2}),
        (["tag:staff", "tag:vip"], {1, 2, 3}),
        (["tag:staff", "!tag:vip"], {1}),
        (["all", "!tag:staff", "!tag:vip"], {4, -1001}),
        (["all", "!username:ANN"], {2, 3, 4, -1001}),
        (["all", "!username:nobody"], {1, 2, 3, 4, -1001}),
        (["username:@aNN", "username:BOB", "chat:4"], {1, 2, 4}),
        (["chat:-1001", "chat:6"], {-1001}),
        (["all", "!all"], set()),
        (["all", "!chat:1", "!username:bob", "!tag:vip"], {4, -1001}),
    ],
)
def test_selectors_pick(five: Database, to: list[str], picked: set[int]) -> None:
    selectors = parse_selectors(to)
    with five.read() as session:
        assert audience.count(session, selectors) == len(picked)
        everyone = recipients.every(session, selectors)
        found = {one.chat_id for one in everyone if one.state is RecipientState.ACTIVE}
    assert found == picked


def test_thousands_of_selectors_are_one_condition(five: Database) -> None:
    many = [f"chat:{n}" for n in range(1, 3001)] + [f"username:nobody{n}" for n in range(3000)]
    with five.read() as session:
        assert audience.count(session, parse_selectors(many)) == 4
        assert audience.count(session, parse_selectors(["all", *(f"!{one}" for one in many)])) == 1


def test_what_is_nowhere_on_record_is_named(five: Database) -> None:
    written = ["all", "tag:staff", "!tag:stuff", "chat:6", "chat:7", "username:ANN", "username:x"]
    with five.read() as session:
        missing = known.missing(session, parse_selectors(written))
    assert [str(one) for one in missing] == ["!tag:stuff", "chat:7", "username:x"]


@pytest.fixture
def one_of_each(five: Database) -> Database:
    """Broadcast 1 to all, with a delivery in each of the states that a cancelled one can have."""
    number, worker = add_broadcast(five), add_worker(five)
    ended = (DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.UNCERTAIN)
    claims = claim(five, number, worker, limit=4)
    record(five, *(result(*one) for one in zip(claims, ended, strict=False)))
    with five.write() as session:
        (locked,) = broadcasts.lock(session, [number]).values()
        settling.cancel_pending(session, locked, now=NOON)
    assert statuses(five, number) == ["sent", "failed", "uncertain", "sending", "cancelled"]
    return five


@pytest.mark.parametrize(
    ("to", "picked"),
    [
        (["not-reached-by:1"], {2, -1001}),
        (["reached-by:1"], {1, 3}),
        (["all", "!reached-by:1"], {2, 4, -1001}),
        (["all", "!not-reached-by:1"], {1, 3, 4}),
        (["NOT-reached-by: 01", "tag:staff"], {1, 2, -1001}),
        (["not-reached-by:1", "!tag:staff"], {-1001}),
        (["not-reached-by:1", "reached-by:1", "!username:bob"], {1, 3, -1001}),
        (["not-reached-by:1", "not-reached-by:2", "!reached-by:2"], {2, -1001}),
    ],
)
def test_those_whom_a_broadcast_did_or_did_not_reach(
    one_of_each: Database, to: list[str], picked: set[int]
) -> None:
    add_broadcast(one_of_each, "tag:vip")
    with one_of_each.read() as session:
        everyone = recipients.every(session, parse_selectors(to))
        found = {one.chat_id for one in everyone if one.state is RecipientState.ACTIVE}
    assert found == picked


def test_who_became_inactive_is_not_picked_by_what_they_missed(one_of_each: Database) -> None:
    with one_of_each.write() as session:
        group = next(one for one in recipients.every(session) if one.chat_id == -1001)
        recipients.set_state(session, group.id, RecipientState.BLOCKED, reason="", now=NOON)
    with one_of_each.read() as session:
        assert audience.count(session, parse_selectors(["not-reached-by:1"])) == 1


def test_a_broadcast_that_is_none_is_named(one_of_each: Database) -> None:
    written = ["reached-by:1", "!reached-by:7", "not-reached-by:9223372036854775807"]
    with one_of_each.read() as session:
        missing = known.missing(session, parse_selectors(written))
    assert [str(one) for one in missing] == written[1:]


@pytest.mark.parametrize("number", ["", "0", "-1", "seven", "1.0", "٣", "9" * 19, "1" * 5000])
def test_what_is_no_number_of_a_broadcast_is_no_selector(number: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse_selectors([f"not-reached-by:{number}"])
    assert len(str(refused.value)) < 200


def test_an_audience_is_taken_down_once_and_counted(five: Database) -> None:
    selectors = parse_selectors(["tag:staff", "tag:vip"])
    with five.write() as session:
        draft = NewDraft(
            content=MessageContent(text="Hello"),
            audience=[str(one) for one in selectors],
            on_uncertain=UncertainPolicy.HOLD,
            created_by="tester",
            created_at=NOON,
        )
        broadcast_id = broadcasts.add(session, draft)
        assert audience.take_down(session, broadcast_id, selectors) == 3
    with five.read() as session:
        rows = list(deliveries.every(session, broadcast_id))
    assert [(row.seq, row.chat_id) for row in rows] == [(1, 1), (2, 2), (3, 3)]
    assert {row.status for row in rows} == {DeliveryStatus.PENDING}
