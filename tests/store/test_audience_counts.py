"""Audiences of very many are counted from indexes alone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from sqlalchemy import event

from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import parse_line
from hsl_tui.store import audience, recipients, segments
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from tests.conftest import NOON
from tests.store.test_history_plans import explained

NUMBER = 3000
_READS = r"(SCAN|SEARCH|Scan).* (recipients|recipient_tags)(_\d+)?\b"


@pytest.fixture
def many(database: Database) -> Database:
    """Three thousand with tags and languages, one in fifty of whom has blocked the bot."""
    arrivals = [
        Arrival(
            chat,
            language_code="de" if chat % 5 == 0 else "en",
            tags=frozenset(
                tag for tag, of in (("news", 2), ("vip", 3), ("june", 40)) if chat % of == 0
            ),
        )
        for chat in range(1, NUMBER + 1)
    ]
    with database.write() as session:
        take_in(session, arrivals, now=NOON)
        segments.add(
            session, "less", ["all", "!tag:vip", "!lang:de"], created_by="tester", now=NOON
        )
        for one in list(recipients.every(session)):
            if one.chat_id % 50 == 0:
                recipients.set_state(session, one.id, RecipientState.BLOCKED, reason="", now=NOON)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE")
    database.dispose()
    if not database.is_sqlite:
        # So few lie in a few pages, which are read as a whole unless that is ruled out.
        event.listen(database.engine, "connect", _rule_out)
    return database


def plan_of(many: Database, line: str, counts: Callable[..., object]) -> str:
    """How the database finds what is counted."""
    return explained(many, lambda session: counts(session, parse_line(line)))


def _rule_out(connection: object, _: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined] # a driver's own
    cursor.execute("SET SESSION enable_seqscan = off")
    cursor.execute("SET SESSION enable_bitmapscan = off")
    cursor.execute("SET SESSION enable_hashagg = off")


@pytest.mark.parametrize(
    "line",
    [
        "all",
        "tag:news",
        "lang:de",
        "tag:news+tag:vip",
        "tag:news+lang:de",
        "tag:june+!tag:vip",
        "all !tag:vip",
        "tag:news !lang:de",
        "all !tag:news+lang:de",
        "tag:news tag:vip",
        "tag:news tag:vip !lang:de",
        "saved:less !tag:june",
    ],
)
def test_no_recipient_is_looked_at(many: Database, line: str) -> None:
    plan = plan_of(many, line, audience.count)
    by_index = "COVERING INDEX|USING PRIMARY KEY|Index Only Scan|SEARCH recipients$"
    read = [one for one in plan.splitlines() if re.search(_READS, one)]
    assert read
    assert [one for one in read if not re.search(by_index, one)] == []


@pytest.mark.parametrize(
    "line",
    [
        "tag:news tag:vip",
        "tag:news tag:vip tag:june",
        "tag:news tag:vip !lang:de",
        "tag:news lang:de !tag:june",
        "all !tag:news !lang:de",
    ],
)
def test_sets_are_walked_side_by_side(many: Database, line: str) -> None:
    """To gather those of one set, so as to look for those of the other, takes twice as long."""
    plan = plan_of(many, line, audience.count)
    if many.is_sqlite:
        assert "MERGE (UNION)" in plan
        assert "UNION USING TEMP B-TREE" not in plan
    else:
        assert "Merge Append" in plan


@pytest.mark.parametrize("line", ["tag:news lang:de", "tag:june+lang:de tag:vip"])
def test_few_are_looked_up_rather_than_all_gathered(many: Database, line: str) -> None:
    """Whom several selectors pick is no list that SQLite first makes for those not active."""
    if not many.is_sqlite:
        pytest.skip("PostgreSQL joins them as it sees fit")
    plan = plan_of(many, line, audience.tally)
    assert "LIST SUBQUERY" not in plan


@pytest.mark.parametrize(
    "line", ["all !tag:vip !lang:de", "all !tag:news+tag:vip !lang:de+tag:june"]
)
def test_whoever_is_taken_away_is_told_why_without_a_look(many: Database, line: str) -> None:
    """Only those who are not active are looked up, to tell who took them away."""
    plan = plan_of(many, line, audience.tally)
    looked_up = {"SEARCH recipients USING INTEGER PRIMARY KEY", "pk_recipients on recipients"}
    assert not [one for one in looked_up if one in plan], plan
