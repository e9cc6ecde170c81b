"""Leaving without waiting for answers: nothing is lost, and what is not known is called so."""

from __future__ import annotations

from typing import Any

import pytest

from hsl_tui.errors import DatabaseUnavailableError
from hsl_tui.models.enums import UncertainPolicy
from hsl_tui.store import recording
from hsl_tui.telegram.simulator import FaultRule, Match
from hsl_tui.worker import Worker, introduction
from tests.worker.scene import PATIENCE, Gate, HaltedCalendar, Scene, until


def name_of(worker: Worker) -> str | None:
    return worker.status.bot


def test_what_may_have_reached_telegram_is_uncertain_and_the_rest_waits(scene: Scene) -> None:
    scene.add_people(300)
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue()
    worker = scene.worker()
    with scene.running(worker):
        gate.wait_until_holding(10)
        assert worker.status.unsettled >= 10
        worker.cut_off()
        assert worker.join(PATIENCE)
        accepted = len(scene.simulator.accepted())
        gate.open()
    counts = scene.counts(broadcast_id)
    assert counts.keys() == {"uncertain", "pending"}
    assert counts["uncertain"] >= accepted
    assert scene.show(broadcast_id).state == "sending"
    told = {
        one.error for one in scene.deliveries(broadcast_id).values() if one.status == "uncertain"
    }
    assert told == {"The console was left before Telegram answered."}


def test_under_resend_it_waits_to_be_sent_again(small_scene: Scene) -> None:
    scene = small_scene
    scene.add_people(20)
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue(on_uncertain=UncertainPolicy.RESEND)
    worker = scene.worker()
    with scene.running(worker):
        gate.wait_until_holding(5)
        worker.cut_off()
        assert worker.join(PATIENCE)
        gate.open()
    assert scene.counts(broadcast_id) == {"pending": 20}
    scene.pass_time(hours=1)
    scene.run()
    assert scene.counts(broadcast_id) == {"sent": 20}


def test_without_a_database_it_ends_all_the_same_and_others_settle_it(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = small_scene.with_clock(HaltedCalendar())
    scene.add_people(20)
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue()
    worker = scene.worker()

    def away(*_: Any, **__: Any) -> None:
        raise DatabaseUnavailableError("The database is away.")

    with scene.running(worker):
        gate.wait_until_holding(20)
        until(lambda: scene.counts(broadcast_id).keys() == {"sending"})
        with monkeypatch.context() as patch:
            patch.setattr(recording, "record", away)
            worker.cut_off()
            assert worker.join(PATIENCE)
        gate.open()
    assert scene.counts(broadcast_id) == {"sending": 20}


def test_the_bots_name_is_asked_for_when_it_is_wanted(small_scene: Scene) -> None:
    worker = small_scene.worker()
    worker.ask_name()
    with small_scene.running(worker):
        until(lambda: worker.status.next_sweep)
        assert name_of(worker) is None
        worker.ask_name()
        until(lambda: name_of(worker))
        worker.ask_name()
        assert name_of(worker) == "simulated_123456_bot"
    assert name_of(worker) is None


def test_a_bot_that_was_renamed_is_asked_for_its_name_again(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(introduction, "_ANEW_AFTER", 0.01)
    worker = small_scene.worker()
    with small_scene.running(worker):
        until(lambda: worker.status.next_sweep)
        worker.ask_name()
        until(lambda: name_of(worker))
        before = small_scene.simulator.stats.requests
        until(lambda: small_scene.simulator.stats.requests > before)


def test_a_name_that_is_not_answered_ends_nothing(small_scene: Scene) -> None:
    small_scene.simulator.add_faults(FaultRule("bad_gateway", Match(method="getMe")))
    worker = small_scene.worker()
    with small_scene.running(worker):
        until(lambda: worker.status.next_sweep)
        before = small_scene.simulator.stats.requests
        worker.ask_name()
        until(lambda: small_scene.simulator.stats.requests > before)
        assert name_of(worker) is None
        assert worker.status.alive
