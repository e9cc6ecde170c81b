"""Processes die at the worst moments, and no promise is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsl_tui.failpoints import Failpoint
from hsl_tui.models.enums import DeliveryStatus, UncertainPolicy
from tests.crash import trial


@pytest.mark.parametrize("policy", UncertainPolicy)
@pytest.mark.parametrize("point", Failpoint)
def test_a_worker_killed_at_a_transition(
    point: Failpoint, policy: UncertainPolicy, sqlite_url: str, tmp_path: Path
) -> None:
    plan = trial.Plan(policy=policy, recipients=60, failpoint=f"{point}:4")
    assert trial.run(plan, sqlite_url, tmp_path).broken == []


@pytest.mark.parametrize("policy", UncertainPolicy)
@pytest.mark.parametrize("workers", [1, 2])
def test_workers_killed_at_random_moments(
    workers: int, policy: UncertainPolicy, database_url: str, tmp_path: Path
) -> None:
    plan = trial.Plan(policy=policy, workers=workers, kills=3, seed=workers)
    assert trial.run(plan, database_url, tmp_path).broken == []


def test_a_kill_after_the_write_leaves_what_may_have_arrived_uncertain(
    sqlite_url: str, tmp_path: Path
) -> None:
    plan = trial.Plan(policy=UncertainPolicy.HOLD, recipients=60, failpoint="before_record:4")
    found = trial.run(plan, sqlite_url, tmp_path)
    # Beside those that arrived, one may have been claimed whose call had not begun.
    assert found.counts[DeliveryStatus.UNCERTAIN] > len(found.never)
    assert found.broken == []
