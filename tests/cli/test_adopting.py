"""`hsl-tui db adopt`: what it prints, and how it ends where it cannot."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from hsl_tui.store import schema
from hsl_tui.store.database import Database
from tests import dashboard
from tests.cli.conftest import Run


@pytest.fixture
def there(empty_postgresql: str) -> str:
    """A database of hsl-dashboard's; its URL."""
    dashboard.run(empty_postgresql, dashboard.SCHEMA, dashboard.ROWS)
    return empty_postgresql


def test_what_was_taken_over_is_told(cli: Run, there: str) -> None:
    rehearsed = cli("db", "adopt", there, "--dry-run", "--json")
    done = cli("db", "adopt", there, "--json")
    again = cli("db", "adopt", there)

    assert (rehearsed.status, done.status, again.status) == (0, 0, 0)
    assert rehearsed.json["recipients"] == {"imported": 5, "updated": 0, "unchanged": 0}
    assert rehearsed.json["dry_run"] is True
    assert done.json["broadcasts"] == {"imported": 4, "updated": 0, "unchanged": 0, "drafts": 2}
    assert done.json["deliveries"] == {"imported": 5, "updated": 0, "unchanged": 0}
    (skipped,) = done.json["skipped"]
    assert skipped["what"] == "course_stream a;b"
    assert "Recipients: 0 new, 0 updated, 5 unchanged\n" in again.stdout
    assert "Left out: course_stream a;b: " in again.stderr


def test_broadcasts_of_there_can_be_read_and_drafts_sent(cli: Run, there: str) -> None:
    cli("db", "adopt", there)
    listed = {one["text"]: one for one in cli("broadcasts", "list", "--json").json}

    assert listed["Welcome *all*"]["successful_deliveries"] == 3
    rows = cli("broadcasts", "deliveries", listed["Welcome *all*"]["id"], "--json").json
    assert [row["status"] for row in rows] == ["sent", "sent", "failed", "uncertain", "sent"]
    assert cli("broadcasts", "show", listed["To come"]["id"], "--json").json["state"] == "draft"
    assert cli("broadcasts", "show", listed["Long ago"]["id"]).status == 0
    assert cli("audit", "verify").status == 0


def test_a_command_on_the_same_database_leaves_the_dashboards_tables(
    bare_cli: Run, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dashboard.contents(there)
    monkeypatch.setenv("DATABASE_URL", there)

    assert bare_cli("db", "upgrade").status == 0

    assert dashboard.contents(there) == before
    ours = dashboard.contents(there, "hsl_tui")
    assert {"message_history", "message_recipients", "recipients", "alembic_version"} <= set(ours)
    assert not ours["message_history"]
    assert bare_cli("db", "adopt", there).status == 0
    assert len(dashboard.contents(there, "hsl_tui")["message_history"]) == 4
    assert dashboard.contents(there) == before


def test_a_downgrade_leaves_them_too(there: str) -> None:
    before = dashboard.contents(there)
    database = Database(there)
    schema.upgrade(database)
    schema.downgrade(database, "base")
    database.dispose()

    assert dashboard.contents(there) == before


@pytest.mark.parametrize(
    ("url", "status", "says"),
    [
        ("sqlite:////tmp/x.sqlite3", 2, "write postgresql://USER@HOST/NAME"),
        ("mysql://me:hunter2@127.0.0.1/x", 2, "write postgresql://USER@HOST/NAME"),
        ("hunter2", 2, "write postgresql://USER@HOST/NAME"),
        ("postgresql://me:hunter2@127.0.0.1:x/n", 2, "the URL cannot be read"),
        ("postgresql://me:hunter2@127.0.0.1:1/none", 1, "does not answer"),
        ("postgresql://me:hunter2@127.0.0.1:1/none?colour=red", 1, "an option"),
    ],
)
def test_addresses_that_lead_nowhere(cli: Run, url: str, status: int, says: str) -> None:
    result = cli("db", "adopt", url)

    assert (result.status, result.stdout) == (status, "")
    assert len(result.stderr.splitlines()) == 1
    assert says.casefold() in result.stderr.casefold()
    assert "hunter2" not in result.stderr
    assert "DATABASE_URL" not in result.stderr


def test_a_database_or_a_user_that_is_not_there(cli: Run, postgresql_server: str) -> None:
    url = sa.make_url(postgresql_server)
    missing = url.set(database="nowhere", password="hunter2")
    stranger = url.set(username="stranger", password="hunter2")

    for asked, says in ((missing, "no such database"), (stranger, "refused the user name")):
        result = cli("db", "adopt", asked.render_as_string(hide_password=False))
        assert result.status == 1
        assert says in result.stderr
        assert "check the URL" in result.stderr
        assert "hunter2" not in result.stderr


def test_a_database_without_such_tables(cli: Run, empty_postgresql: str) -> None:
    result = cli("db", "adopt", empty_postgresql)

    assert (result.status, result.stdout) == (2, "")
    assert "holds no table of hsl-dashboard" in result.stderr


def test_the_password_may_come_from_the_environment(
    cli: Run, there: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = sa.make_url(there)
    monkeypatch.setenv("PGHOST", str(url.query["host"]))
    monkeypatch.setenv("PGUSER", str(url.username))
    monkeypatch.setenv("PGPASSWORD", "hunter2")

    result = cli("db", "adopt", f"postgresql:///{url.database}")

    assert result.status == 0
    assert "hunter2" not in result.stdout + result.stderr
