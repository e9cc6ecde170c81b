"""Fixtures for the store."""

from __future__ import annotations

import pytest

from hsl_tui.store.database import Database
from tests.builders import add_broadcast, add_recipients, add_worker


@pytest.fixture
def worker(database: Database) -> int:
    """A worker on record; its number."""
    return add_worker(database)


@pytest.fixture
def three(database: Database) -> int:
    """A broadcast that is being sent to three recipients; its number."""
    add_recipients(database, 3)
    return add_broadcast(database)
