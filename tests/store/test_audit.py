"""The audit log: one chain without gaps, and whoever changes it is found out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from hsl_tui.models.types import UtcDateTime
from hsl_tui.store import audit
from hsl_tui.store.database import Database
from tests.builders import at_once
from tests.conftest import NOON
from tests.store.test_history_plans import explained

HEAD = "UPDATE audit_head SET last_id = {}, last_hash = '{}'"
DROP_TRIGGERS = {
    "sqlite": (
        "DROP TRIGGER audit_log_no_update",
        "DROP TRIGGER audit_log_no_delete",
        "DROP TRIGGER audit_log_no_replace",
    ),
    "postgresql": (
        "DROP TRIGGER audit_log_no_change ON audit_log",
        "DROP TRIGGER audit_log_no_truncate ON audit_log",
    ),
}


def write(database: Database, number: int = 1, **details: Any) -> None:
    for _ in range(number):
        with database.write() as session:
            audit.append(session, at=NOON, actor="ann", action="test.done", details=details)


def verify(database: Database) -> tuple[int, audit.BrokenEntry | None]:
    with database.read() as session:
        return audit.verify(session)


def tamper(database: Database, *statements: str) -> None:
    """Change the log as someone with the database's password can."""
    with database.write() as session:
        for statement in (*DROP_TRIGGERS[database.engine.dialect.name], *statements):
            session.execute(sa.text(statement))


def test_an_empty_log_is_whole(database: Database) -> None:
    assert verify(database) == (0, None)


def test_entries_are_numbered_without_gaps_and_verify(database: Database) -> None:
    for number in range(1, 6):
        with database.write() as session:
            given_number = audit.append(
                session, at=NOON, actor="ann", action="test.done", details={"n": number}
            )
            assert given_number == number
    assert verify(database) == (5, None)


def test_a_log_of_many_batches_verifies(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_BATCH", 3)
    write(database, 7)
    assert verify(database) == (7, None)
    write(database, 2)  # now the last batch is a full one
    assert verify(database) == (9, None)


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'bob'",
        "action = 'test.undone'",
        "details = '{}'",
        "details = details || ' '",
        "hash = 'f' || substr(hash, 2)",
        "broadcast_id = 1",
        "at = (SELECT at FROM audit_log WHERE id = 1)",
    ],
)
def test_a_changed_entry_is_found_and_named(database: Database, change: str) -> None:
    write(database)
    with database.write() as session:
        later = NOON + timedelta(microseconds=1)
        audit.append(session, at=later, actor="ann", action="test.done", details={"n": 1})
    write(database)
    tamper(
        database,
        "INSERT INTO message_history (id, text, content, audience, state, on_uncertain,"
        " created_by, created_at, total_recipients, pending, sending, sent, failed, uncertain,"
        " cancelled, deleted) SELECT 1, '', '{}', '[]', 'draft', 'hold', '', at,"
        " 0, 0, 0, 0, 0, 0, 0, 0 FROM audit_log WHERE id = 1",
        f"UPDATE audit_log SET {change} WHERE id = 2",  # noqa: S608 - written right above
    )
    whole, broken = verify(database)
    assert whole == 1
    assert broken is not None
    assert broken.id == 2
    assert "changed" in broken.reason


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_entry_is_found_and_named(database: Database, number: int) -> None:
    write(database, 3)
    tamper(database, f"DELETE FROM audit_log WHERE id = {number}")  # noqa: S608 - a number
    assert verify(database) == (number - 1, audit.BrokenEntry(number, "it is missing"))


def test_a_gap_that_was_closed_again_is_found(database: Database) -> None:
    for number in range(3):
        write(database, n=number)
    tamper(
        database,
        "DELETE FROM audit_log WHERE id = 2",
        "UPDATE audit_log SET id = 2 WHERE id = 3",
    )
    _, broken = verify(database)
    assert broken is not None
    assert broken.id == 2


def test_entries_that_changed_places_are_found(database: Database) -> None:
    for number in range(3):
        write(database, n=number)
    tamper(
        database,
        "UPDATE audit_log SET id = 9 WHERE id = 2",
        "UPDATE audit_log SET id = 2 WHERE id = 3",
        "UPDATE audit_log SET id = 3 WHERE id = 9",
    )
    whole, broken = verify(database)
    assert whole == 1
    assert broken is not None
    assert (broken.id, "place" in broken.reason) == (2, True)


@pytest.mark.parametrize("kept", [0, 2])
def test_a_cut_tail_is_found(database: Database, kept: int) -> None:
    write(database, 4)
    tamper(database, f"DELETE FROM audit_log WHERE id > {kept}")  # noqa: S608 - a number
    whole, broken = verify(database)
    assert whole == kept
    assert broken is not None
    assert broken.id == kept + 1
    assert "4 were written" in broken.reason


def test_an_inserted_entry_is_found(database: Database) -> None:
    write(database, 2)
    tamper(
        database,
        "INSERT INTO audit_log (id, at, actor, action, broadcast_id, details, hash)"
        " SELECT 3, at, actor, action, broadcast_id, details, hash FROM audit_log WHERE id = 2",
    )
    whole, broken = verify(database)
    assert (whole, None if broken is None else broken.id) == (2, 3)


def test_an_entry_with_its_right_hash_but_past_the_end_is_found(database: Database) -> None:
    write(database, 2)
    with database.read() as session:
        row = session.execute(sa.text("SELECT last_id, last_hash FROM audit_head")).one()
    write(database)
    # The head as it was before the third was written.
    tamper(database, HEAD.format(*row))
    whole, broken = verify(database)
    assert broken is not None
    assert (whole, broken.id) == (2, 3)
    assert "never written" in broken.reason


def test_a_lost_head_is_found(database: Database) -> None:
    write(database)
    tamper(database, "DELETE FROM audit_head")
    _, broken = verify(database)
    assert broken is not None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'bob'",
        "UPDATE audit_log SET id = id + 1",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log",
    ],
)
def test_the_database_refuses_to_change_an_entry(database: Database, statement: str) -> None:
    if database.is_sqlite and statement.startswith("TRUNCATE"):
        pytest.skip("SQLite has no TRUNCATE")
    if not database.is_sqlite and "REPLACE" in statement:
        pytest.skip("PostgreSQL has no REPLACE")
    write(database, 2)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(sa.text(statement))
    assert verify(database) == (2, None)


def test_the_database_says_why_to_whoever_looks_elsewhere_for_tables(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    write(database)
    for trial, says in {
        "UPDATE hsl_tui.audit_log SET actor = 'bob'": "append-only",
        "INSERT INTO hsl_tui.message_recipients (broadcast_id, seq, recipient_id, status, token,"
        " attempts, not_before) VALUES (1, 1, 1, 0, 0, 0, now())": "needs a recipient",
    }.items():
        with database.write() as session:
            # As psql and pg_restore come, without this program's own path to its schema.
            session.execute(sa.text("SET LOCAL search_path TO public"))
            with pytest.raises(DBAPIError, match=says):
                session.execute(sa.text(trial))
            session.rollback()
    database.dispose()


def test_an_entry_goes_with_the_transaction_that_it_tells_of(database: Database) -> None:
    write(database)
    with database.write() as session:
        audit.append(session, at=NOON, actor="ann", action="test.undone")
        session.rollback()
    assert verify(database) == (1, None)
    write(database)
    assert verify(database) == (2, None)


def test_writers_at_once_keep_one_chain(database: Database) -> None:
    def many(which: int) -> None:
        write(database, 15, writer=which)

    at_once(5, many)
    assert verify(database) == (75, None)


def test_a_log_that_grows_while_it_is_verified_is_whole(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_BATCH", 2)
    write(database, 5)
    digest, more = audit._digest, iter([write])

    def and_someone_writes(*parts: Any) -> str:
        for add in more:
            add(database)
        return digest(*parts)

    monkeypatch.setattr(audit, "_digest", and_someone_writes)
    assert verify(database)[1] is None
    assert verify(database) == (6, None)


any_text = st.text(st.characters(categories=None))  # half surrogate pairs and NUL included


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None
)
@given(
    details=st.dictionaries(any_text, any_text | st.integers() | st.none() | st.lists(any_text)),
    actor=any_text,
)
def test_details_of_any_kind_verify_and_read_back(
    database: Database, details: dict[str, Any], actor: str
) -> None:
    with database.write() as session:
        audit.append(session, at=NOON, actor=actor, action="test.done", details=details)
    assert verify(database)[1] is None
    with database.read() as session:
        (newest,) = audit.latest(session, limit=1)
    assert newest.details == details


@pytest.mark.parametrize(
    "at",
    [
        datetime(2030, 6, 1, 12, 0, 0, 123456, tzinfo=UTC),
        datetime(2030, 6, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=-11, minutes=-30))),
        datetime(1, 1, 2, tzinfo=UTC),
        datetime(9999, 12, 30, 23, 59, 59, 999999, tzinfo=UTC),
    ],
)
def test_a_moment_verifies_to_the_microsecond(database: Database, at: datetime) -> None:
    with database.write() as session:
        audit.append(session, at=at, actor="ann", action="test.done")
    assert verify(database) == (1, None)
    with database.read() as session:
        assert audit.latest(session, limit=1)[0].at == at


def test_entries_are_found_by_what_they_tell(database: Database) -> None:
    for hour, (actor, action) in enumerate(
        [("ann", "broadcast.queued"), ("bob", "broadcast.paused"), ("bob", "recipients.imported")]
    ):
        with database.write() as session:
            audit.append(session, at=NOON + timedelta(hours=hour), actor=actor, action=action)

    def ids(**wanted: Any) -> list[int]:
        with database.read() as session:
            return [entry.id for entry in audit.latest(session, **{"limit": 9, **wanted})]

    assert ids() == [3, 2, 1]
    assert ids(before=3) == [2, 1]
    assert ids(action="broadcast.*") == [2, 1]
    assert ids(action="broadcast%") == []
    assert ids(action="broadcast.queued") == [1]
    assert ids(actor="bob") == [3, 2]
    assert ids(since=NOON + timedelta(hours=1)) == [3, 2]
    assert ids(actor="bob", action="broadcast.paused") == [2]
    assert ids(actor="b*") == [3, 2]
    assert ids(until=NOON + timedelta(hours=1)) == [1]
    assert ids(since=NOON + timedelta(hours=1), until=NOON + timedelta(hours=2)) == [2]
    assert ids(after=0) == [3, 2, 1]
    assert ids(after=1) == [3, 2]
    assert ids(after=0, limit=2) == [2, 1]
    assert ids(after=2, actor="ann") == []


def test_a_chain_is_verified_bit_by_bit(database: Database) -> None:
    write(database, 5)
    with database.read() as session:
        first = audit.verify_further(session, audit.START, limit=3)
        assert (first.link.id, first.broken, first.whole) == (3, None, False)
        last = audit.verify_further(session, first.link, limit=3)
        assert (last.link.id, last.broken, last.whole) == (5, None, True)
    write(database)
    with database.read() as session:
        again = audit.verify_further(session, last.link, limit=3)
    assert (again.link.id, again.whole) == (6, True)


def test_what_is_changed_behind_a_verified_entry_is_found_from_there(database: Database) -> None:
    write(database, 4)
    with database.read() as session:
        known = audit.verify_further(session, audit.START, limit=2)
    tamper(database, "UPDATE audit_log SET actor = 'eve' WHERE id = 3")
    with database.read() as session:
        found = audit.verify_further(session, known.link, limit=9)
    assert (found.link.id, found.whole) == (2, False)
    assert found.broken is not None
    assert found.broken.id == 3


def test_where_the_verified_entry_itself_is_another_the_chain_is_gone_through_anew(
    database: Database,
) -> None:
    write(database, 4)
    with database.read() as session:
        known = audit.verify_further(session, audit.START, limit=9)
    tamper(database, "UPDATE audit_log SET hash = 'x' WHERE id = 4")
    with database.read() as session:
        found = audit.verify_further(session, known.link, limit=9)
    assert found.broken is not None
    assert found.broken.id == 4


MANY = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 5000)
INSERT INTO audit_log (id, at, actor, action, details, hash)
SELECT n, :at, CASE WHEN n % 1000 = 1 THEN 'bob' ELSE 'ann' END, 'test.done', '{}', '' FROM numbers
"""


def test_the_acts_of_one_operator_are_read_by_their_index(database: Database) -> None:
    with database.write() as session:
        at = sa.bindparam("at", NOON, UtcDateTime())
        session.execute(sa.text(MANY).bindparams(at))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
    database.dispose()
    plan = explained(database, lambda session: audit.latest(session, limit=9, actor="bob"))
    assert "ix_audit_log_actor" in plan
    assert "TEMP B-TREE" not in plan
