"""Telegram itself is ill: a handful of messages become uncertain, not the broadcast."""

from __future__ import annotations

import pytest

from hsl_tui.models.enums import BroadcastState
from hsl_tui.worker import health, streaks
from tests.worker.scene import HaltedCalendar, Scene, until


@pytest.mark.parametrize("down", ["close", "bad_gateway"])
def test_an_outage_leaves_a_handful_uncertain_and_sending_goes_on_by_itself(
    small_scene: Scene, down: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FIRST_PROBE", 0.02)
    monkeypatch.setattr(health, "LONGEST_PROBE", 0.1)
    scene = small_scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=300.0)
    scene.add_people(400)
    broadcast_id = scene.queue()
    with scene.running() as worker:
        until(lambda: len(scene.simulator.accepted()) >= 50)
        scene.simulator.configure(down=down)
        until(lambda: worker.status.trouble is not None)
        before = scene.simulator.stats.requests
        until(lambda: scene.simulator.stats.requests >= before + 10)
        assert scene.show(broadcast_id).state is BroadcastState.SENDING
        scene.simulator.configure(down="")
        scene.wait_for(broadcast_id)
        assert worker.status.trouble is None
    counts = scene.counts(broadcast_id)
    assert counts["sent"] + counts["uncertain"] == 400
    assert health.PATIENCE <= counts["uncertain"] < 60
    assert max(scene.received().values()) == 1
    assert scene.actions("bot.") == ["bot.held", "bot.resumed"]


def test_a_single_sweep_ends_when_telegram_stays_away(
    small_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FIRST_PROBE", 11.0)
    scene = small_scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=300.0)
    scene.add_people(100)
    broadcast_id = scene.queue()
    scene.simulator.configure(down="close")
    scene.run()
    counts = scene.counts(broadcast_id)
    assert counts["uncertain"] < 30
    assert counts["pending"] == 100 - counts["uncertain"]


def test_other_workers_hold_while_one_asks(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "FIRST_PROBE", 10.0)
    scene = scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=300.0)
    scene.add_people(60)
    broadcast_id = scene.queue()
    scene.simulator.configure(down="close")
    with scene.running() as worker, scene.elsewhere() as other:
        until(lambda: worker.status.trouble is not None)
        until(lambda: scene.counts(broadcast_id).get("sending", 0) == 0)
        uncertain = scene.counts(broadcast_id)["uncertain"]
        with other.running() as second:
            until(lambda: second.status.halted_for > 0)
            assert scene.counts(broadcast_id)["uncertain"] == uncertain


def test_twenty_in_a_row_that_fail_alike_pause_the_broadcast_and_say_why(
    small_scene: Scene,
) -> None:
    scene = small_scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=300.0)
    scene.add_people(300)
    broadcast_id = scene.queue()
    scene.fail("chat_not_found")
    scene.run()
    shown = scene.show(broadcast_id)
    assert shown.state is BroadcastState.PAUSED
    assert shown.state_reason is not None
    assert "20 recipients in a row" in shown.state_reason
    assert "chat not found" in shown.state_reason
    assert scene.counts(broadcast_id)["pending"] > 200
    assert scene.actions("broadcast.paused") == ["broadcast.paused"]


def test_a_success_between_failures_ends_the_row(small_scene: Scene) -> None:
    scene = small_scene
    people = scene.add_people(3 * (streaks.PATIENCE - 1))
    broadcast_id = scene.queue()
    scene.fail("blocked", *(one for one in people if one % (streaks.PATIENCE - 1)))
    scene.run()
    assert scene.show(broadcast_id).state is BroadcastState.FINISHED
