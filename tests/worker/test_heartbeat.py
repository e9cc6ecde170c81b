"""Who counts as dead, and who does not though the time or the database says so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from hsl_tui.errors import DatabaseUnavailableError
from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.services.context import Context
from hsl_tui.store import server_clock
from hsl_tui.store.database import Session
from hsl_tui.worker import rounds
from hsl_tui.worker.heartbeat import Heartbeat
from tests.builders import (
    add_broadcast,
    add_recipients,
    add_worker,
    claim,
    record,
    result,
    set_state,
)
from tests.conftest import NOON, FrozenClock
from tests.worker.scene import Scene
from tests.worker.test_takeover import left_sending

TIMEOUT = 30
"""Seconds after which a silent worker counts as dead, where nothing else is set."""


class Times(FrozenClock):
    """The three clocks that a worker knows, each of which can be set by itself."""

    server = NOON

    def pass_by(self, seconds: float) -> None:
        self.advance(seconds=seconds)
        self.server += timedelta(seconds=seconds)

    def stop_the_process(self) -> None:
        self.ticks += 16

    def suspend_the_machine(self) -> None:
        self.current += timedelta(seconds=16)

    def set_the_server_forward(self) -> None:
        self.server += timedelta(hours=1)

    def set_the_server_back(self) -> None:
        self.server -= timedelta(hours=1)


@pytest.fixture
def times(monkeypatch: pytest.MonkeyPatch) -> Times:
    times = Times()

    def moment(_: Session) -> datetime:
        return times.server

    monkeypatch.setattr(server_clock, "moment", moment)
    return times


@pytest.fixture
def heartbeat(scene: Scene, times: Times) -> Heartbeat:
    heartbeat = Heartbeat(scene.with_clock(times).context, 123456)
    heartbeat.enter()
    return heartbeat


@pytest.mark.parametrize(
    "what_happened",
    [
        Times.stop_the_process,
        Times.suspend_the_machine,
        Times.set_the_server_forward,
        Times.set_the_server_back,
    ],
)
def test_who_was_shaken_takes_nobody_for_dead_until_all_could_beat(
    scene: Scene, heartbeat: Heartbeat, times: Times, what_happened: Callable[[Times], None]
) -> None:
    """All of them may have been: who comes back first must not settle what others know."""
    scene.add_people(2)
    broadcast_id = scene.queue()
    left_sending(scene, broadcast_id, 1, silent_for=TIMEOUT + 1)
    what_happened(times)
    heartbeat.beat()
    for _ in range(6):
        times.pass_by(5)
        heartbeat.beat()
        assert scene.counts(broadcast_id) == {"pending": 1, "sending": 1}
    # It was silent all the while.
    times.pass_by(5)
    heartbeat.beat()
    assert scene.counts(broadcast_id) == {"pending": 1, "uncertain": 1}


def test_a_worker_whose_beats_are_late_as_always_finds_the_dead(scene: Scene, times: Times) -> None:
    """Where little more than a beat's time is waited for, each beat comes late."""
    scene.add_people(1)
    broadcast_id = scene.queue()
    left_sending(scene, broadcast_id, 1, silent_for=0)
    brisk = scene.with_clock(times).with_settings(worker_timeout=1.0)
    heartbeat = Heartbeat(brisk.context, 123456)
    heartbeat.enter()
    for _ in range(2):
        times.pass_by(1.1)
        heartbeat.beat()
    assert scene.counts(broadcast_id) == {"uncertain": 1}


def test_who_could_be_taken_for_dead_claims_nothing_before_it_has_beaten(
    heartbeat: Heartbeat, times: Times
) -> None:
    times.pass_by(TIMEOUT)
    assert heartbeat.number_to_claim_for() == heartbeat.number
    times.pass_by(0.1)
    with pytest.raises(DatabaseUnavailableError, match=r"not shown for 30 s that it lives"):
        heartbeat.number_to_claim_for()
    heartbeat.beat()
    assert heartbeat.number_to_claim_for() == heartbeat.number


def test_a_paused_broadcast_too_waits_for_no_moment_of_a_clock_that_was_set_back(
    context: Context,
) -> None:
    database = context.database
    add_recipients(database, 1)
    number, worker = add_broadcast(database), add_worker(database)
    (claimed,) = claim(database, number, worker, 1)
    later = NOON + timedelta(hours=6)
    record(database, result(claimed, DeliveryStatus.PENDING, not_before=later))
    set_state(database, number, BroadcastState.PAUSED)
    rounds.hasten(context)
    set_state(database, number, BroadcastState.SENDING)
    assert len(claim(database, number, worker, 1)) == 1
