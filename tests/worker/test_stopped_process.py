"""A worker's process stands still for longer than others wait for its heartbeat, and comes back."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from sqlmodel import col, select

from hsl_tui.clock import SystemClock
from hsl_tui.models.enums import UncertainPolicy
from hsl_tui.models.tables import Worker as WorkerRow
from tests.worker.headless import headless
from tests.worker.scene import Gate, Scene, until

PEOPLE = 8
TIMEOUT = 2.0
"""Seconds after which a silent worker counts as dead, in these tests."""


def living(scene: Scene) -> list[tuple[int, int]]:
    """Number and process of the workers on record that have not ended."""
    with scene.context.database.read() as session:
        standing = select(WorkerRow).where(col(WorkerRow.stopped_at).is_(None))
        return [(row.id or 0, row.pid) for row in session.exec(standing)]


@pytest.mark.parametrize("policy", list(UncertainPolicy))
def test_a_process_that_stood_still_changes_nothing_that_it_no_longer_holds(
    scene: Scene, policy: UncertainPolicy, tmp_path: Path
) -> None:
    held = policy is UncertainPolicy.HOLD
    scene = scene.with_clock(SystemClock()).with_settings(worker_timeout=TIMEOUT)
    people = scene.add_people(PEOPLE)
    broadcast_id = scene.queue(on_uncertain=policy)
    gate = Gate(scene.simulator)
    with headless(scene, tmp_path / "log", worker_timeout=TIMEOUT) as stopped:
        gate.wait_until_holding(PEOPLE)
        ((first_number, pid),) = living(scene)
        stopped.signal(signal.SIGSTOP)
        with scene.running():
            if held:
                until(lambda: scene.counts(broadcast_id) == {"uncertain": PEOPLE})
                gate.open()
            else:
                gate.wait_until_holding(2 * PEOPLE)
                gate.open()
                until(lambda: scene.counts(broadcast_id) == {"sent": PEOPLE})
        before = scene.deliveries(broadcast_id)

        stopped.signal(signal.SIGCONT)
        # It has to enter anew, and then it goes on.
        until(lambda: living(scene) and living(scene)[0][0] > first_number)
        assert [process for _, process in living(scene)] == [pid]
        if held:
            # A late definite answer counts.
            until(lambda: scene.counts(broadcast_id) == {"sent": PEOPLE})
        else:
            until(lambda: stopped.said.count("came after its claim was lost") == PEOPLE)
            assert scene.deliveries(broadcast_id) == before
        following = scene.queue("Afterwards")
        scene.wait_for(following)
        assert stopped.end() == 0
    assert scene.counts(broadcast_id) == scene.counts(following) == {"sent": PEOPLE}
    assert scene.received() == dict.fromkeys(people, 2 if held else 3)
    assert scene.actions("worker.") == ["worker.lost"]
    assert "under a new number" in stopped.said
    assert living(scene) == []
