"""Migrations: up, down, and in step with the models."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlmodel import col

from hsl_tui.errors import SchemaOutdatedError, SchemaTooNewError
from hsl_tui.models.content import Media, MessageContent
from hsl_tui.models.enums import MediaKind
from hsl_tui.models.metadata import metadata
from hsl_tui.models.tables import Recipient
from hsl_tui.store import audit, broadcasts, schema
from hsl_tui.store.database import Database
from hsl_tui.store.intake import Arrival, take_in
from hsl_tui.store.schema import SchemaState
from tests.builders import add_broadcast, add_recipients
from tests.conftest import NOON


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    else:
        url = request.getfixturevalue("empty_postgresql")
    database = Database(url)
    yield database
    database.dispose()


def test_an_empty_database_goes_up_and_down_and_up_again(empty: Database) -> None:
    assert schema.status(empty).state is SchemaState.EMPTY
    assert schema.upgrade(empty).state is SchemaState.CURRENT
    assert schema.upgrade(empty).state is SchemaState.CURRENT
    schema.downgrade(empty, "base")
    assert schema.status(empty).state is SchemaState.EMPTY
    assert _tables(empty) <= {"alembic_version"}
    assert schema.upgrade(empty).state is SchemaState.CURRENT


def test_an_upgrade_is_the_first_entry_of_the_audit_log(empty: Database) -> None:
    schema.upgrade(empty, "operator")
    schema.upgrade(empty, "operator")
    with empty.read() as session:
        (entry,) = audit.latest(session, limit=10)
        assert audit.verify(session) == (1, None)
    assert (entry.actor, entry.action) == ("operator", "db.upgraded")
    assert entry.details == {"from": None, "to": schema.HEAD}


def is_no_key_of_triggers(_of: object, name: str, *_: object) -> bool:
    """Leave out what triggers hold on PostgreSQL; see migration 0012."""
    return name not in {
        "fk_message_recipients_recipient_id_recipients",
        "fk_message_recipients_broadcast_id_message_history",
    }


def test_models_and_migrations_say_the_same(database: Database) -> None:
    with database.read() as session:
        context = MigrationContext.configure(
            session.connection(),
            opts={
                "compare_type": True,
                "compare_server_default": True,
                "include_object": None if database.is_sqlite else is_no_key_of_triggers,
            },
        )
        assert compare_metadata(context, metadata) == []


def test_check_constraints_of_models_and_migrations_are_the_same(database: Database) -> None:
    # Alembic does not compare these.
    inspector = sa.inspect(database.engine)
    for table in metadata.sorted_tables:
        reflected = {str(check["name"]) for check in inspector.get_check_constraints(table.name)}
        declared = {
            str(constraint.name)
            for constraint in table.constraints
            if isinstance(constraint, sa.CheckConstraint)
        }
        assert reflected == declared, table.name


def test_the_program_knows_its_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.migrations_folder()))
    assert ScriptDirectory.from_config(config).get_heads() == [schema.HEAD]


def test_an_upgrade_keeps_the_broadcasts_of_older_programs(empty: Database) -> None:
    schema.upgrade(empty)
    add_recipients(empty, 3)
    add_broadcast(empty)
    photo = Media(kind=MediaKind.PHOTO, url="https://example.org/a.png")
    add_broadcast(empty, content=MessageContent(text="Look", media=(photo,)))
    with empty.read() as session:
        before = broadcasts.latest(session, limit=9)
    schema.downgrade(empty, "0001")
    assert schema.status(empty).state is SchemaState.OUTDATED
    schema.upgrade(empty)
    with empty.read() as session:
        assert broadcasts.latest(session, limit=9) == before


def test_an_upgrade_finds_those_whom_older_programs_took_in(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.write() as session:
        people = [Arrival(n, f"User{n}", "Zoë", "Öberg" if n % 2 else None) for n in range(1, 5100)]
        take_in(session, people, now=NOON)
    wanted = _keys(empty)
    schema.downgrade(empty, "0005")
    schema.upgrade(empty)
    assert _keys(empty) == wanted
    assert wanted[:2] == [("zoe oberg", "oberg", "user1"), ("zoe", None, "user2")]
    assert len(wanted) == 5099


def _keys(database: Database) -> list[tuple[str | None, ...]]:
    columns = (col(Recipient.name_key), col(Recipient.last_name_key), col(Recipient.username_key))
    with database.read() as session:
        return [tuple(row) for row in session.execute(sa.select(*columns).order_by("id"))]


def test_a_database_of_a_newer_program_is_refused_and_left_alone(database: Database) -> None:
    with database.write() as session:
        session.connection().execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    before = _tables(database)
    with pytest.raises(SchemaTooNewError, match="install a newer hsl-tui"):
        schema.upgrade(database)
    with pytest.raises(SchemaTooNewError):
        schema.ensure_current(database)
    assert _tables(database) == before


def test_sqlite_upgrades_itself_and_postgresql_says_how(empty: Database) -> None:
    if empty.is_sqlite:
        schema.ensure_current(empty)
        assert schema.status(empty).state is SchemaState.CURRENT
    else:
        with pytest.raises(SchemaOutdatedError, match="hsl-tui db upgrade"):
            schema.ensure_current(empty)
        assert schema.status(empty).state is SchemaState.EMPTY


def test_tables_of_other_programs_are_not_touched(empty_postgresql: str) -> None:
    database = Database(empty_postgresql)
    with database.write() as session:
        session.connection().execute(sa.text("CREATE TABLE public.message_history (id integer); "))
        session.connection().execute(sa.text("INSERT INTO public.message_history VALUES (7)"))
    schema.upgrade(database)
    schema.downgrade(database, "base")
    with database.read() as session:
        kept = session.connection().execute(sa.text("SELECT id FROM public.message_history"))
        assert kept.scalar_one() == 7
    database.dispose()


def _tables(database: Database) -> set[str]:
    return set(sa.inspect(database.engine).get_table_names())
