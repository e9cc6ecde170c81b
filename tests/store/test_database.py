"""What goes wrong with a database: each one line in the operator's words, and nothing half done."""

from __future__ import annotations

import socket
import sqlite3
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, StatementError

from hsl_tui.errors import (
    DatabaseBusyError,
    DatabaseError,
    DatabaseFullError,
    DatabaseReadOnlyError,
    DatabaseUnavailableError,
    HslTuiError,
    SchemaOutdatedError,
    SettingsError,
)
from hsl_tui.models.tables import Tag
from hsl_tui.models.types import UtcDateTime
from hsl_tui.store import database as module
from hsl_tui.store.database import Database, Session
from tests.builders import add_broadcast, add_recipients, at_once, broadcast
from tests.conftest import NOON

PASSWORD = "s3cret/Pa%ss"
QUOTED = "s3cret%2FPa%25ss"


def touch(database: Database) -> None:
    with database.write() as session:
        session.add(Tag(name="touched"))


def look(database: Database) -> int:
    with database.read() as session:
        number: int = session.execute(sa.select(sa.func.count()).select_from(Tag)).scalar_one()
        return number


def assert_one_line(error: HslTuiError) -> None:
    said = str(error)
    assert "\n" not in said
    assert said.endswith(".")
    assert PASSWORD not in said
    assert QUOTED not in said


def fails(database: Database, kind: type[DatabaseError], words: str, *, read: bool = True) -> None:
    """Each way in says the same, and leaves the database in order."""
    for use in (look, touch) if read else (touch,):
        with pytest.raises(kind, match=words) as caught:
            use(database)
        assert_one_line(caught.value)
        assert database.label.split("?")[0] in str(caught.value)
    database.dispose()


# --- SQLite -----------------------------------------------------------------------------------


def test_a_missing_folder(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'no' / 'such' / 'hsl.sqlite3'}")
    fails(database, DatabaseUnavailableError, "check that its folder exists")
    assert not (tmp_path / "no").exists()


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_bytes(b"Dear all,\n" * 500)
    before = path.read_bytes()
    fails(Database(f"sqlite:///{path}"), DatabaseUnavailableError, "is not an SQLite database")
    assert path.read_bytes() == before


def test_a_folder_in_the_place_of_the_file(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}")
    with pytest.raises(HslTuiError) as caught:
        look(database)
    assert_one_line(caught.value)
    database.dispose()


def test_a_file_without_tables(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    fails(database, SchemaOutdatedError, "hsl-tui db upgrade")


def test_a_damaged_file(sqlite_url: str) -> None:
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 40_000)
    fails(Database(sqlite_url), DatabaseUnavailableError, "damaged", read=False)


def test_a_read_only_database(sqlite_url: str) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    # As it is left by a process that has it open: its log is there.
    holder = Database(sqlite_url)
    look(holder)
    database = Database(f"sqlite:///file:{path}?mode=ro&uri=true")
    assert look(database) == 0
    fails(database, DatabaseReadOnlyError, "read-only", read=False)
    assert look(holder) == 0
    holder.dispose()


def test_a_full_disk(sqlite: Database) -> None:
    add_recipients(sqlite, 50)
    number = add_broadcast(sqlite)
    # Every connection may add no page to what there is.
    sqlite.dispose()

    @event.listens_for(sqlite.engine, "connect")
    def _limit(connection: sqlite3.Connection, _: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages + 1}")

    def fill() -> None:
        with sqlite.write() as session:
            for statement in (
                "UPDATE message_history SET pending = pending - 1, sent = sent + 1",
                "UPDATE message_recipients SET status = 2 WHERE seq = 1",
            ):
                session.execute(sa.text(statement))
            names = [{"name": f"{number}-{'x' * 50}"} for number in range(10_000)]
            session.execute(sa.text("INSERT INTO tags (name) VALUES (:name)"), names)

    with pytest.raises(DatabaseFullError, match="no room left") as caught:
        fill()
    assert_one_line(caught.value)
    assert look(sqlite) == 0
    assert sum(broadcast(sqlite, number).counts.values()) == 50


def test_a_write_lock_that_another_program_keeps(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_TIMEOUT", 0.01)
    database = Database(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusyError, match="holds the write lock") as caught:
        touch(database)
    assert_one_line(caught.value)
    assert look(database) == 0  # who only reads is not held up
    other.execute("ROLLBACK")
    other.close()
    touch(database)
    assert look(database) == 1
    database.dispose()


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.sqlite3"
    database = Database(f"sqlite:///{path}")
    assert (database.exists, path.exists()) == (False, False)
    with database.write() as session:
        session.execute(sa.text("CREATE TABLE kept (id INTEGER)"))
        # Its log holds the same rows.
        for file in tmp_path.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    database.dispose()


def test_every_connection_is_durable_and_holds_to_foreign_keys(sqlite: Database) -> None:
    with sqlite.engine.connect() as one, sqlite.engine.connect() as other:
        for connection in (one, other):
            asked = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            }
            assert asked == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_only_who_writes_keeps_much_of_a_file_in_memory(sqlite: Database) -> None:
    def kept(session: Session) -> int:
        kilobytes: int = session.connection().exec_driver_sql("PRAGMA cache_size").scalar_one()
        return -kilobytes

    # One after the other, and so on the same connection.
    with sqlite.read() as session:
        before = kept(session)
    with sqlite.write() as session:
        writing = kept(session)
    with sqlite.read() as session:
        after = kept(session)
    assert before == after == 256
    assert writing == 2_000


def test_writers_of_one_process_follow_one_another(sqlite: Database) -> None:
    def many(which: int) -> None:
        for number in range(10):
            with sqlite.write() as session:
                session.add(Tag(name=f"{which}-{number}"))

    at_once(6, many)
    assert look(sqlite) == 60


# --- PostgreSQL -------------------------------------------------------------------------------


def test_a_server_that_is_not_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    database = Database(f"postgresql://ann:{QUOTED}@127.0.0.1:{port}/hsl")
    fails(database, DatabaseUnavailableError, "does not answer")
    assert QUOTED not in database.label
    assert PASSWORD not in repr(database.engine)


def test_a_host_that_is_not_known() -> None:
    database = Database(f"postgresql://ann:{QUOTED}@no-such-host.invalid/hsl")
    fails(database, DatabaseUnavailableError, "does not answer")


def test_a_database_that_the_server_does_not_have(postgresql_url: str) -> None:
    url = (
        sa.make_url(postgresql_url)
        .set(database="nowhere", password=None)
        .render_as_string(hide_password=False)
    )
    fails(Database(url), DatabaseUnavailableError, "no such database")


def test_a_wrong_password(postgresql_url: str) -> None:
    administrator = Database(postgresql_url)
    with administrator.write() as session:
        # The server trusts everyone by default; of this role it asks a password.
        access = Path(session.execute(sa.text("SHOW hba_file")).scalar_one())
        rules = access.read_text()
        access.write_text(f"local all guarded scram-sha-256\n{rules}")
        session.execute(sa.text("CREATE ROLE guarded LOGIN PASSWORD 'another'"))
        session.execute(sa.text("SELECT pg_reload_conf()"))
    try:
        url = sa.make_url(postgresql_url).set(username="guarded", password=PASSWORD)
        wrong = Database(url.render_as_string(hide_password=False))
        fails(wrong, DatabaseUnavailableError, "refused the user name or password")
    finally:
        access.write_text(rules)
        with administrator.write() as session:
            session.execute(sa.text("DROP ROLE guarded"))
            session.execute(sa.text("SELECT pg_reload_conf()"))
        administrator.dispose()


def test_a_user_that_the_server_does_not_know(postgresql_url: str) -> None:
    url = sa.make_url(postgresql_url).set(username="mallory", password=PASSWORD)
    fails(
        Database(url.render_as_string(hide_password=False)),
        DatabaseUnavailableError,
        "refused the user name or password",
    )


@pytest.mark.parametrize("key", ["password", "sslpassword"])
def test_a_password_among_the_options_is_never_shown(key: str) -> None:
    database = Database(f"postgresql://ann@127.0.0.1:1/hsl?{key}={QUOTED}")
    fails(database, DatabaseUnavailableError, "does not answer")
    assert QUOTED not in database.label


def test_an_option_that_nobody_knows_is_named_as_such() -> None:
    database = Database("postgresql://ann@127.0.0.1:1/hsl?bogus=1")
    fails(database, DatabaseUnavailableError, "an option that PostgreSQL does not know")


def test_a_database_without_our_tables(empty_postgresql: str) -> None:
    fails(Database(empty_postgresql), SchemaOutdatedError, "hsl-tui db upgrade")


def test_a_server_that_takes_no_writes(postgresql_url: str) -> None:
    database = Database(postgresql_url)

    @event.listens_for(database.engine, "connect")
    def _standby(connection: Any, _: Any) -> None:
        connection.execute("SET SESSION default_transaction_read_only TO on")
        connection.commit()

    assert look(database) == 0
    fails(database, DatabaseReadOnlyError, "takes no writes", read=False)


def terminate(url: str) -> None:
    other = Database(url)
    with other.write() as session:
        session.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.dispose()


def test_a_connection_that_is_cut_within_a_transaction(postgresql_url: str) -> None:
    database = Database(postgresql_url)

    def cut_within() -> None:
        with database.write() as session:
            session.execute(sa.text("INSERT INTO tags (name) VALUES ('half')"))
            terminate(postgresql_url)
            session.execute(sa.text("INSERT INTO tags (name) VALUES ('done')"))

    with pytest.raises(DatabaseUnavailableError, match="was lost") as caught:
        cut_within()
    assert_one_line(caught.value)
    assert look(database) == 0
    touch(database)
    assert look(database) == 1
    database.dispose()


def test_a_connection_that_is_cut_before_the_commit(postgresql_url: str) -> None:
    database = Database(postgresql_url)

    def cut_before_commit() -> None:
        with database.write() as session:
            session.execute(sa.text("INSERT INTO tags (name) VALUES ('half')"))
            terminate(postgresql_url)

    with pytest.raises(DatabaseUnavailableError, match="was lost") as caught:
        cut_before_commit()
    assert_one_line(caught.value)
    assert look(database) == 0
    database.dispose()


def test_a_connection_that_was_cut_while_idle_is_not_noticed(postgresql_url: str) -> None:
    database = Database(postgresql_url)
    touch(database)
    terminate(postgresql_url)
    assert look(database) == 1
    database.dispose()


def test_what_is_read_is_of_one_instant(database: Database) -> None:
    with database.read() as session:
        count = sa.select(sa.func.count()).select_from(Tag)
        before = session.execute(count).scalar_one()
        touch(database)
        assert session.execute(count).scalar_one() == before == 0
    assert look(database) == 1


# --- both -------------------------------------------------------------------------------------


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    def stop_half_way() -> None:
        with database.write() as session:
            session.add(Tag(name="half"))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        stop_half_way()
    assert look(database) == 0


def test_what_a_row_says_is_not_taken_for_the_servers_words(database: Database) -> None:
    name = "database is locked"
    with database.write() as session:
        session.add(Tag(name=name))
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(Tag(name=name))


@pytest.mark.parametrize(
    "url", ["", "hsl.sqlite3", "mysql://ann@host/hsl", "sqlite", f"://ann:{QUOTED}@host"]
)
def test_an_address_that_cannot_be_read(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL") as caught:
        Database(url)
    assert_one_line(caught.value)


MOMENTS = [
    datetime(2030, 3, 31, 1, 59, 59, 999_999, tzinfo=UTC),
    datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1, 1, 2, 0, 0, 0, 1, tzinfo=UTC),
    datetime(9999, 12, 30, 23, 59, 59, 999_999, tzinfo=UTC),
    datetime(2030, 6, 1, 12, tzinfo=timezone(timedelta(hours=5, minutes=45))),
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_moment_comes_back_to_the_microsecond_in_utc(
    database: Database, moment: datetime
) -> None:
    kept = sa.Table("kept", sa.MetaData(), sa.Column("at", UtcDateTime))
    with database.write() as session:
        kept.create(session.connection())
        session.execute(sa.insert(kept), [{"at": moment}, {"at": None}])
    with database.read() as session:
        read = session.execute(sa.select(kept.c.at).where(kept.c.at == moment)).scalar_one()
        assert session.execute(sa.select(kept.c.at).where(kept.c.at > moment)).all() == []
        assert session.execute(sa.select(kept.c.at).where(kept.c.at.is_(None))).one() == (None,)
    assert read == moment
    assert read.tzinfo is UTC
    assert read.isoformat() == moment.astimezone(UTC).isoformat()


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="time zone"), database.read() as session:
        session.execute(sa.select(sa.literal(NOON.replace(tzinfo=None), UtcDateTime())))
