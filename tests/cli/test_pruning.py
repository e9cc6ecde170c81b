"""`broadcasts prune` on the command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from hsl_tui.models.tables import Broadcast
from hsl_tui.store.database import Database
from tests.cli.conftest import Run

pytestmark = pytest.mark.usefixtures("recipients")
PRUNE = ("broadcasts", "prune", "--older-than", "180d")


@pytest.fixture
def old(cli: Run, deliver: Callable[[], None], sqlite: Database) -> int:
    """A broadcast that ended a year ago; its number."""
    number: int = cli("broadcasts", "send", "--text", "Hi", "--to", "all", "--json").json["id"]
    deliver()
    ended = datetime.now(UTC) - timedelta(days=365)
    with sqlite.write() as session:
        session.execute(update(Broadcast).values(finished_at=ended))
    return number


def test_a_dry_run_counts_and_changes_nothing(cli: Run, old: int) -> None:
    counted = cli(*PRUNE, "--dry-run", "--json").json
    assert counted == {"broadcasts": 1, "deliveries": 3, "reasons": 0, "dry_run": True}
    assert "3 deliveries of 1 broadcasts" in cli(*PRUNE, "--dry-run").stdout
    assert len(cli("broadcasts", "deliveries", old, "--json").json) == 3


def test_it_removes_and_everything_says_so(cli: Run, old: int, tmp_path: Path) -> None:
    done = cli(*PRUNE, "--yes")
    assert done.status == 0
    assert "3 deliveries of 1 broadcasts are removed" in done.stdout
    assert "VACUUM" in done.stderr
    shown = cli("broadcasts", "show", old, "--json").json
    assert shown["counts"]["sent"] == shown["total_recipients"] == 3
    assert shown["pruned_at"]
    assert "removed" in cli("broadcasts", "show", old).stdout
    for arguments in (
        ("deliveries", old),
        ("deliveries", old, "--json"),
        ("export", old, tmp_path / "x.csv"),
        ("recall", old),
        ("retry", old),
    ):
        refused = cli("broadcasts", *arguments)
        assert refused.status == 1, arguments
        assert "were removed on" in refused.stderr
        assert not refused.stdout
    assert cli("audit", "verify").status == 0
    again = cli(*PRUNE, "--yes", "--json").json
    assert again == {"broadcasts": 0, "deliveries": 0, "reasons": 0, "dry_run": False}


def test_nothing_is_removed_unasked(cli: Run, old: int) -> None:
    refused = cli(*PRUNE)
    assert refused.status == 2
    assert "--yes" in refused.stderr
    assert len(cli("broadcasts", "deliveries", old, "--json").json) == 3


def test_what_is_no_age_is_refused(cli: Run) -> None:
    refused = cli("broadcasts", "prune", "--older-than", "soon", "--yes")
    assert refused.status == 2
    assert "180d" in refused.stderr
