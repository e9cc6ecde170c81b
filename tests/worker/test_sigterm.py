"""The headless worker's process is told to end while calls hang."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from hsl_tui.clock import SystemClock
from tests.worker.headless import headless
from tests.worker.scene import Gate, Scene, until
from tests.worker.test_shutdown import rows_of_workers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_waits_for_calls_that_hang_and_leaves_nothing_uncertain(
    scene: Scene, number: signal.Signals, tmp_path: Path
) -> None:
    scene = scene.with_clock(SystemClock())
    scene.add_people(300)
    broadcast_id = scene.queue()
    gate = Gate(scene.simulator)
    with headless(scene, tmp_path / "log") as worker:
        gate.wait_until_holding(50)
        worker.signal(number)
        # Twice, as an impatient operator does; and nothing is cut short for it.
        worker.signal(number)
        assert scene.counts(broadcast_id)["sending"] >= 50
        gate.open()
        assert worker.process.wait(60) == 0
    counts = scene.counts(broadcast_id)
    assert counts.keys() == {"sent", "pending"}
    assert counts["sent"] == len(scene.simulator.accepted())
    assert rows_of_workers(scene) == [True]
    assert "Traceback" not in worker.said


def test_it_waits_for_calls_that_are_never_answered_until_they_are_given_up(
    small_scene: Scene, tmp_path: Path
) -> None:
    scene = small_scene.with_clock(SystemClock())
    people = scene.add_people(4)
    scene.fail("no_answer")
    broadcast_id = scene.queue()
    with headless(scene, tmp_path / "log", request_timeout=2.0) as worker:
        until(lambda: len(scene.simulator.accepted()) == len(people))
        assert worker.end() == 0
    # It is on record that nobody knows, by the worker itself: nobody has to find it dead first.
    assert scene.counts(broadcast_id) == {"uncertain": len(people)}
    assert {one.error_kind for one in scene.deliveries(broadcast_id).values()} == {"no_answer"}
    assert rows_of_workers(scene) == [True]
    assert scene.actions("worker.") == []
    assert "Traceback" not in worker.said
