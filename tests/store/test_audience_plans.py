"""Whom earlier broadcasts reached is found by index, not by reading what all broadcasts did."""

from __future__ import annotations

import pytest

from hsl_tui.models.criteria import EVERYONE
from hsl_tui.models.selector import parse_selectors
from hsl_tui.store import audience, people, tags
from hsl_tui.store.database import Database
from tests.builders import add_broadcast, add_recipients
from tests.store.test_history_plans import explained


@pytest.mark.parametrize(
    "to",
    ["not-reached-by:3", "reached-by:3", "all !reached-by:3", "chat:1001 not-reached-by:3"],
)
def test_the_ledger_of_one_broadcast_is_read_alone(database: Database, to: str) -> None:
    add_recipients(database, 400)
    for _ in range(20):
        add_broadcast(database)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    database.dispose()
    selectors = parse_selectors(to.split())
    plan = explained(database, lambda session: audience.count(session, selectors))
    if database.is_sqlite:
        assert "SEARCH message_recipients_1 USING" in plan
        assert "broadcast_id=?" in plan
    else:
        assert "_message_recipients" in plan
        assert "broadcast_id = " in plan
    assert "SCAN message_recipients" not in plan
    assert "Seq Scan on message_recipients" not in plan
    # PostgreSQL searches such a list from its beginning for each recipient once it grows.
    assert "SubPlan" not in plan


@pytest.mark.parametrize("to", ["reached-by:1", "tag:news", "all !reached-by:1"])
def test_a_batch_of_an_audience_costs_no_more_than_its_share(database: Database, to: str) -> None:
    """A million are gone through in a thousand batches."""
    add_recipients(database, 400)
    add_broadcast(database)
    with database.write() as session:
        tags.add(session, "news", EVERYONE)
    selectors = parse_selectors(to.split())
    plan = explained(
        database, lambda session: people.among(session, selectors, number=10, after=200)
    )
    wanted = {"recipient_id>? AND recipient_id<?", "recipient_id=?", "recipient_id > "}
    assert any(one in plan for one in wanted), plan


def test_batches_of_an_audience_are_all_of_it(database: Database) -> None:
    chats = add_recipients(database, 50)
    selectors = parse_selectors([f"chat:{chat}" for chat in chats[::7]])
    found: list[int] = []
    after: int | None = 0
    with database.read() as session:
        while after is not None:
            batch, after = people.among(session, selectors, number=8, after=after)
            found += [person.chat_id for person in batch]
    assert found == chats[::7]
