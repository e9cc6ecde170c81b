"""What other programs for broadcasts get wrong: each of their mistakes as a test of ours."""

from __future__ import annotations

import pytest

from hsl_tui.clock import SystemClock
from hsl_tui.errors import RefusedError
from hsl_tui.models.enums import UncertainPolicy
from hsl_tui.services import steering
from hsl_tui.worker.dispatcher import places
from tests.conftest import FrozenClock
from tests.worker.scene import Gate, Scene, until
from tests.worker.test_takeover import another_process

PEOPLE = places(0) + 200
"""More than fit into one worker's hands, beyond those who have theirs before a crash."""


def crash(scene: Scene, **order: UncertainPolicy) -> int:
    """A broadcast whose worker was killed when some were on record as sent and some on their way.

    Of the latter, those to odd chats never reach Telegram.
    """
    everyone = scene.add_people(PEOPLE)
    scene.fail("no_answer", *everyone[101::2])
    scene.fail("no_answer_refused", *everyone[100::2])
    broadcast_id = scene.queue(**order)
    with another_process(scene) as process:
        until(lambda: scene.counts(broadcast_id).get("sent", 0) >= 50)
        until(lambda: scene.received()[102])
        process.kill()
        process.wait()
    scene.simulator.clear_faults()
    assert scene.counts(broadcast_id).keys() == {"sent", "sending", "pending"}
    return broadcast_id


def test_a_crash_skips_nobody(scene: Scene) -> None:
    """A checkpoint that moves when a batch is fetched skips the batch, and says finished."""
    broadcast_id = crash(scene)
    scene.run()
    assert scene.show(broadcast_id).state == "finished"
    without = set(range(1, PEOPLE + 1)) - scene.received().keys()
    deliveries = scene.deliveries(broadcast_id)
    assert without
    assert {deliveries[chat].status for chat in without} == {"uncertain"}


def test_a_rescue_sends_nothing_twice(scene: Scene) -> None:
    """What a dead worker had in hand was perhaps delivered: doing it again makes doubles."""
    broadcast_id = crash(scene)
    scene.run()
    scene.run()
    assert set(scene.received().values()) == {1}
    assert scene.counts(broadcast_id)["uncertain"]


def test_no_row_is_stranded_as_sending(scene: Scene) -> None:
    broadcast_id = crash(scene, on_uncertain=UncertainPolicy.RESEND)
    scene.run()
    assert scene.counts(broadcast_id) == {"sent": PEOPLE}
    assert scene.received().keys() == set(range(1, PEOPLE + 1))


def test_a_crash_does_not_begin_a_broadcast_from_the_start(small_scene: Scene) -> None:
    scene = small_scene
    broadcast_id = crash(scene, on_uncertain=UncertainPolicy.RESEND)
    deliveries = scene.deliveries(broadcast_id)
    on_record = [chat for chat, one in deliveries.items() if one.status == "sent"]
    scene.run()
    received = scene.received()
    assert {received[chat] for chat in on_record} == {1}


def test_a_restart_does_not_begin_a_broadcast_from_the_start(small_scene: Scene) -> None:
    scene = small_scene
    scene.add_people(PEOPLE)
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue()
    worker = scene.worker()
    with scene.running(worker):
        gate.wait_until_holding(50)
        worker.stop()
        gate.open()
    assert scene.counts(broadcast_id)["pending"]
    scene.run()
    assert scene.received() == dict.fromkeys(range(1, PEOPLE + 1), 1)


def test_a_broadcast_that_failed_for_all_is_not_sent_again_every_minute(
    small_scene: Scene, clock: FrozenClock
) -> None:
    scene = small_scene
    scene.add_people(3)
    scene.fail("blocked")
    broadcast_id = scene.queue()
    for _ in range(3):
        scene.run()
        clock.advance(minutes=1)
    assert scene.simulator.stats.requests == 3
    assert scene.show(broadcast_id).state == "finished"
    with pytest.raises(RefusedError):
        steering.retry(scene.context, broadcast_id)


def test_a_429_is_heeded_and_costs_nobody_their_message(small_scene: Scene) -> None:
    scene = small_scene.with_clock(SystemClock())
    scene.simulator.configure(rate=20)
    people = scene.add_people(30)
    broadcast_id = scene.queue()
    scene.run()
    # What was on its way when the first 429 came, and no more: nothing is sent into a halt.
    assert 1 <= scene.simulator.stats.refused_429 <= 10
    assert scene.received() == dict.fromkeys(people, 1)
    assert scene.counts(broadcast_id) == {"sent": 30}
    assert {one.attempts for one in scene.deliveries(broadcast_id).values()} == {1}


def test_everyone_is_called_by_their_own_name(small_scene: Scene) -> None:
    people = small_scene.add_people(50)
    small_scene.queue("Dear {{ first_name }}")
    small_scene.run()
    texts = {message.chat_id: message.text for message in small_scene.simulator.accepted()}
    assert texts == {chat: f"Dear Person {chat}" for chat in people}
