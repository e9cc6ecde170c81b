"""People taken out of the audit log: the chain still verifies, and every other change is found."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from hsl_tui.models.forgotten import MARK
from hsl_tui.models.traces import Traces
from hsl_tui.models.views import Person
from hsl_tui.store import audit, redaction, schema
from hsl_tui.store.database import Database
from tests.conftest import NOON
from tests.store.test_audit import tamper, verify, write

ADA = Traces(Person(123456789, "ada_l", "Ada", "Lovelace"))
BOB = Traces(Person(987654321, "bob_the", "Bob", "Builder"))


def forget(database: Database, traces: Traces) -> int:
    with database.write() as session:
        redaction.hold(session)
        found = redaction.find(session, traces)
        return redaction.redact(session, found, at=NOON, actor="ann", details={"deliveries": 3})


@pytest.fixture
def log(database: Database) -> Database:
    """1 says nothing, 2 and 4 name Ada, 4 Bob too, 5 nobody."""
    write(database)
    write(database, chat_id=123456789, reason="asked")
    write(database, n=3)
    write(database, to=["username:ada_l", "chat:987654321"])
    write(database, n=5)
    return database


def entries(database: Database) -> dict[int, tuple[dict[str, object], int | None]]:
    with database.read() as session:
        found = audit.latest(session, limit=100)
    return {one.id: (one.details, one.redacted_by) for one in found}


def test_a_person_is_gone_from_the_log_and_the_chain_is_whole(log: Database) -> None:
    by = forget(log, ADA)
    assert by == 6
    seen = entries(log)
    assert seen[2] == ({"chat_id": MARK, "reason": MARK}, 6)
    assert seen[4] == ({"to": [f"username:{MARK}", "chat:987654321"]}, 6)
    assert [seen[n][1] for n in (1, 3, 5, 6)] == [None] * 4
    assert set(seen[6][0]["redacted"]) == {"2", "4"}  # type: ignore[call-overload] # a dict
    assert "ada_l" not in json.dumps([one for one, _ in seen.values()])
    assert verify(log) == (6, None)
    write(log)
    assert verify(log) == (7, None)
    with log.read() as session:
        assert audit.redacted(session) == 2


def test_an_entry_may_be_redacted_for_another_person_too(log: Database) -> None:
    forget(log, ADA)
    assert forget(log, BOB) == 7
    assert entries(log)[4] == ({"to": [f"username:{MARK}", f"chat:{MARK}"]}, 7)
    assert entries(log)[2][1] == 6
    assert verify(log) == (7, None)


def test_what_was_added_since_the_first_look_is_redacted_too(log: Database) -> None:
    with log.read() as session:
        before = redaction.find(session, ADA)
    write(log, chat_id=123456789)
    with log.write() as session:
        redaction.hold(session)
        found = redaction.find(session, ADA, before)
        redaction.redact(session, found, at=NOON, actor="ann", details={})
    assert sorted(found.details) == [2, 4, 6]
    assert verify(log) == (7, None)


def test_two_who_are_forgotten_at_once_do_not_bring_each_other_back(log: Database) -> None:
    with log.read() as session:
        before = redaction.find(session, ADA)
    forget(log, BOB)
    with log.write() as session:
        redaction.hold(session)
        found = redaction.find(session, ADA, before)
        redaction.redact(session, found, at=NOON, actor="ann", details={})
    assert entries(log)[4] == ({"to": [f"username:{MARK}", f"chat:{MARK}"]}, 7)
    assert verify(log) == (7, None)


@pytest.mark.parametrize(
    "change",
    [
        "details = '{}' WHERE id = 2",
        "actor = 'bob' WHERE id = 2",
        "at = (SELECT at FROM audit_log WHERE id = 1) WHERE id = 4",
        "hash = 'f' || substr(hash, 2) WHERE id = 2",
        "redacted_by = NULL WHERE id = 2",
        "redacted_by = 5 WHERE id = 2",
        "redacted_by = 9 WHERE id = 2",
        "redacted_by = 6 WHERE id = 3",
        "details = replace(details, '\"4\"', '\"3\"') WHERE id = 6",
        "action = 'test.done' WHERE id = 6",
        "details = '[]', redacted_by = 6 WHERE id = 3",
        "details = '{}' WHERE id = 5",
    ],
)
def test_any_other_change_is_found(log: Database, change: str) -> None:
    with log.write() as session:
        audit.append(session, at=NOON.replace(hour=11), actor="eve", action="test.done")
    forget(log, ADA)
    with log.write() as session:
        audit.append(session, at=NOON, actor="ann", action="test.done")
    change = change.replace("id = 6", "id = 7").replace("redacted_by = 6", "redacted_by = 7")
    if "SELECT at" in change:
        change = change.replace("id = 1", "id = 6")
    tamper(log, f"UPDATE audit_log SET {change}")  # noqa: S608 - written above
    _, broken = verify(log)
    assert broken is not None
    assert "changed" in broken.reason


@pytest.mark.parametrize("number", [2, 7])
def test_a_removed_entry_is_found(log: Database, number: int) -> None:
    forget(log, ADA)
    write(log)
    if number == 2:
        tamper(log, "DELETE FROM audit_log WHERE id = 2")
    else:
        tamper(log, "DELETE FROM audit_log WHERE id = 6")
    _, broken = verify(log)
    assert broken is not None


@pytest.mark.parametrize(
    "change",
    [
        "details = '{}'",
        "details = '{}', redacted_by = 5",
        "details = '{}', redacted_by = 3",
        "details = '{}', redacted_by = 99",
        "redacted_by = NULL",
        "redacted_by = 6, actor = 'eve'",
        "redacted_by = 6, action = 'test.undone'",
        "redacted_by = 6, hash = 'f' || substr(hash, 2)",
        "redacted_by = 6, id = 77",
        "redacted_by = 6, broadcast_id = NULL, at = (SELECT max(at) FROM workers)",
    ],
)
def test_the_database_takes_no_other_update(log: Database, change: str) -> None:
    with log.write() as session:
        redaction.redact(session, redaction.Holding({}, {}), at=NOON, actor="ann", details={})
    before = entries(log)
    with pytest.raises(DBAPIError, match=r"audit_log|NOT NULL"), log.engine.begin() as connection:
        connection.execute(sa.text(f"UPDATE audit_log SET {change} WHERE id = 3"))  # noqa: S608
    assert entries(log) == before


def test_a_redaction_is_not_undone(log: Database) -> None:
    forget(log, ADA)
    for by in ("NULL", "6", "3"):
        statement = f"UPDATE audit_log SET details = '{{}}', redacted_by = {by} WHERE id = 2"  # noqa: S608
        with pytest.raises(DBAPIError, match="audit_log"), log.engine.begin() as connection:
            connection.execute(sa.text(statement))
    assert verify(log) == (6, None)


def test_a_log_of_many_batches_verifies(log: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    forget(log, ADA)
    write(log, 4)
    for size in (1, 2, 3):
        monkeypatch.setattr(audit, "_BATCH", size)
        assert verify(log) == (10, None)


def test_a_chain_from_before_verifies_after_the_upgrade(log: Database) -> None:
    schema.downgrade(log, "0010")
    schema.upgrade(log)
    assert verify(log) == (5, None)
    with pytest.raises(DBAPIError, match="audit_log"), log.engine.begin() as connection:
        connection.execute(sa.text("UPDATE audit_log SET actor = 'eve'"))
    forget(log, ADA)
    assert verify(log) == (6, None)


def test_what_was_redacted_keeps_older_versions_out(log: Database) -> None:
    forget(log, ADA)
    with pytest.raises(RuntimeError, match="cannot be undone"):
        schema.downgrade(log, "0010")
    assert verify(log) == (6, None)
