"""Whoever is looked for among however many, a page reads about as many rows as it has."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hsl_tui.models.criteria import Criteria, Place
from hsl_tui.models.enums import RecipientState as State
from hsl_tui.models.types import UtcDateTime
from hsl_tui.store import matching, recipient_pages
from hsl_tui.store.database import Database
from tests.conftest import NOON
from tests.store.test_history_plans import explained

PEOPLE = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 30000)
INSERT INTO recipients (chat_id, first_name, name_key, last_name_key, username_key, attributes,
    state, created_at, updated_at)
SELECT n, 'Ada', 'ada ' || n % 100, 'lovelace', 'user' || n, '{}',
    CASE WHEN n % 1000 = 0 THEN 'blocked' ELSE 'active' END, :now, :now
FROM numbers
"""
LABELS = "INSERT INTO tags (id, name) VALUES (1, 'many'), (2, 'few')"
LABELLED = """
INSERT INTO recipient_tags (recipient_id, tag_id)
SELECT id, 1 FROM recipients WHERE id % 2 = 0
UNION ALL SELECT id, 2 FROM recipients WHERE id % 3000 = 0
"""


@pytest.fixture
def many(database: Database) -> Database:
    now = sa.bindparam("now", NOON, UtcDateTime())
    with database.write() as session:
        session.execute(sa.text(PEOPLE).bindparams(now))
        session.execute(sa.text(LABELS))
        session.execute(sa.text(LABELLED))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    database.dispose()
    return database


SEARCHED = {
    "first name": (Criteria(search="a"), "ix_recipients_name_key"),
    "whole name": (Criteria(search="ada 7"), "ix_recipients_name_key"),
    "last name": (Criteria(search="love"), "ix_recipients_last_name_key"),
    "user name": (Criteria(search="@u"), "ix_recipients_username_key"),
    "chat": (Criteria(search="29"), "recipients"),
    "state": (Criteria(state=State.BLOCKED), "ix_recipients_inactive"),
    "tag": (Criteria(tag="many"), "recipient_tags"),
    "name and usual state": (Criteria(search="a", state=State.ACTIVE), "ix_recipients_name_key"),
    "name and rare state": (Criteria(search="a", state=State.BLOCKED), "ix_recipients_inactive"),
    "name and usual tag": (Criteria(search="a", tag="many"), "ix_recipients_name_key"),
    "name and rare tag": (Criteria(search="a", tag="few"), "recipient_tags_tag_id_recipient_id"),
}


@pytest.mark.parametrize("searched", SEARCHED)
@pytest.mark.parametrize("backwards", [False, True])
def test_no_page_reads_all_recipients(many: Database, searched: str, *, backwards: bool) -> None:
    criteria, index = SEARCHED[searched]
    plan = explained(
        many,
        lambda session: recipient_pages.page(session, criteria, limit=20, backwards=backwards),
    )
    assert index in plan
    _reads_no_table(plan)


@pytest.mark.parametrize("place", [Place(1, "ada 5", 15_005), Place(3, "user5", 5)])
@pytest.mark.parametrize("backwards", [False, True])
def test_the_page_behind_another_is_a_range(
    many: Database, place: Place, *, backwards: bool
) -> None:
    criteria = Criteria(search="@u" if place.rank == 3 else "a")
    plan = explained(
        many,
        lambda session: recipient_pages.page(
            session, criteria, limit=20, beyond=place, backwards=backwards
        ),
    )
    _reads_no_table(plan)


@pytest.mark.parametrize(
    "criteria",
    [
        Criteria(search="ada 7"),
        Criteria(search="29"),
        Criteria(state=State.BLOCKED),
    ],
)
def test_what_matches_is_counted_by_index(many: Database, criteria: Criteria) -> None:
    _reads_no_table(explained(many, lambda session: matching.count(session, criteria)))


def _reads_no_table(plan: str) -> None:
    assert "Seq Scan on recipients" not in plan, plan
    assert "Seq Scan on recipient_tags" not in plan, plan
    assert "SCAN recipient" not in plan, plan
