"""Fixtures: an operator beside a simulated Telegram, on each database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store.database import Database
from hsl_tui.telegram.simulator import SimulatorThread
from tests.conftest import TOKEN, FrozenClock
from tests.worker.scene import Scene


def _scene(context: Context, simulator: SimulatorThread) -> Scene:
    changes: dict[str, Any] = {"api_url": simulator.url, "messages_per_second": 0.0}
    settings = context.settings.model_copy(update=changes)
    return Scene(replace(context, settings=settings), simulator)


@pytest.fixture
def scene(context: Context, simulator: SimulatorThread) -> Scene:
    """Runs its test once on each database."""
    return _scene(context, simulator)


@pytest.fixture
def small_scene(sqlite_context: Context, simulator: SimulatorThread) -> Scene:
    """For what does not depend on the database."""
    return _scene(sqlite_context, simulator)


@pytest.fixture
def postgresql_scene(
    postgresql_url: str, clock: FrozenClock, simulator: SimulatorThread
) -> Iterator[Scene]:
    """For what only PostgreSQL can do."""
    database = Database(postgresql_url)
    context = Context(database, clock, "tester", Settings(bot_token=SecretStr(TOKEN)))
    yield _scene(context, simulator)
    database.dispose()
