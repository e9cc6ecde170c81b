"""Whoever is not active any more gets nothing, also of what was queued before."""

from __future__ import annotations

import pytest

from hsl_tui.errors import RefusedError
from hsl_tui.models.enums import ErrorKind, RecipientState, UncertainPolicy
from hsl_tui.services import followups, moves, recipients, steering
from hsl_tui.store import forgetting
from tests.worker.scene import Gate, Scene

UNSUBSCRIBED, ACTIVE = RecipientState.UNSUBSCRIBED, RecipientState.ACTIVE


def leave(scene: Scene, chat: int, state: RecipientState = UNSUBSCRIBED) -> None:
    recipients.set_state(scene.context, str(chat), state, "asked by mail")


def test_who_leaves_after_queueing_gets_nothing_and_the_reason_is_told(scene: Scene) -> None:
    scene.add_people(3)
    number = scene.queue()
    leave(scene, 2)
    scene.run()
    assert scene.received() == {1: 1, 3: 1}
    assert scene.counts(number) == {"sent": 2, "cancelled": 1}
    left = scene.delivery(number, 2)
    assert (left.error_kind, left.error) == (
        ErrorKind.RECIPIENT_INACTIVE,
        "The recipient is unsubscribed.",
    )


def test_who_leaves_while_the_broadcast_runs_gets_nothing_more(scene: Scene) -> None:
    people = scene.add_people(300)
    number = scene.queue()
    gate = Gate(scene.simulator)
    with scene.running():
        gate.wait_until_holding(50)
        claimed = {
            chat for chat, one in scene.deliveries(number).items() if one.status != "pending"
        }
        waiting = sorted(set(people) - claimed)
        assert waiting
        for chat in waiting[:20]:
            leave(scene, chat)
        gate.open()
        scene.wait_for(number)
    assert set(scene.received()) == set(people) - set(waiting[:20])
    assert scene.counts(number) == {"sent": 280, "cancelled": 20}


def test_who_is_back_before_their_turn_gets_it(scene: Scene) -> None:
    scene.add_people(1)
    number = scene.queue()
    leave(scene, 1)
    leave(scene, 1, ACTIVE)
    scene.run()
    assert scene.received() == {1: 1}
    assert scene.counts(number) == {"sent": 1}


def test_who_blocks_the_bot_gets_nothing_of_the_next_that_waits(scene: Scene) -> None:
    scene.add_people(2)
    scene.fail("blocked", 1)
    first = scene.queue("first")
    scene.run()
    scene.simulator.clear_faults()
    second = scene.queue("second", "chat:1", "chat:2")
    scene.pass_time(minutes=1)
    scene.run()
    assert scene.counts(first) == {"sent": 1, "failed": 1}
    # Not even in its audience.
    assert scene.counts(second) == {"sent": 1}
    (seen,) = moves.window(scene.context, limit=9)
    assert (seen.chat_id, seen.before, seen.after) == (1, ACTIVE, RecipientState.BLOCKED)
    assert seen.reason == "Forbidden: bot was blocked by the user"
    assert moves.of(scene.context, seen.recipient_id) == [seen]


def test_an_answer_from_before_somebody_came_back_moves_nobody(scene: Scene) -> None:
    scene.add_people(1)
    number = scene.queue()
    gate = Gate(scene.simulator)
    with scene.running():
        gate.wait_until_holding(1)
        leave(scene, 1)
        assert moves.on_the_way(scene.context, scene.recipient(1).id) == 1
        gate.open()
        scene.wait_for(number)
    # What was on its way arrived, and nobody was made active by that.
    assert scene.counts(number) == {"sent": 1}
    assert scene.recipient(1).state is UNSUBSCRIBED


def test_what_waits_for_another_attempt_is_not_sent_to_who_left(scene: Scene) -> None:
    scene.add_people(1)
    scene.fail("cut_after", 1, times=1)
    number = scene.queue(on_uncertain=UncertainPolicy.RESEND)
    scene.run()
    assert scene.counts(number) == {"pending": 1}
    leave(scene, 1)
    scene.pass_time(hours=1)
    before = scene.received()
    scene.run()
    assert scene.received() == before
    assert scene.counts(number) == {"cancelled": 1}


def test_neither_retry_nor_resend_reaches_who_left(scene: Scene) -> None:
    scene.add_people(2)
    scene.fail("cut_after")
    number = scene.queue()
    scene.run()
    assert scene.counts(number) == {"uncertain": 2}
    scene.simulator.clear_faults()
    leave(scene, 1)
    before = scene.received()
    _, count = steering.resolve(scene.context, number, resend=True, expected=2)
    assert count == 1
    scene.run()
    assert scene.received() - before == {2: 1}
    # It may have arrived: that is not said to be otherwise.
    assert scene.counts(number) == {"sent": 1, "uncertain": 1}
    with pytest.raises(RefusedError, match="to anyone who is active"):
        steering.resolve(scene.context, number, resend=True)


def test_what_somebody_has_is_edited_and_recalled_after_they_left(scene: Scene) -> None:
    scene.add_people(2)
    number = scene.queue("Lunch at noon")
    scene.run()
    leave(scene, 1)
    edit = followups.edit(scene.context, number, "Lunch at one").id
    scene.pass_time(minutes=1)
    scene.run()
    assert scene.counts(edit) == {"sent": 2}
    recall = followups.recall(scene.context, number).id
    scene.pass_time(minutes=1)
    scene.run()
    assert scene.counts(recall) == {"deleted": 2}
    assert scene.received() == {1: 1, 2: 1}


def test_who_was_left_out_is_reached_later_by_a_broadcast_of_its_own(scene: Scene) -> None:
    scene.add_people(2)
    number = scene.queue("News")
    leave(scene, 1)
    scene.run()
    leave(scene, 1, ACTIVE)
    with pytest.raises(RefusedError, match="not-reached-by"):
        steering.retry(scene.context, number)
    scene.queue("News", f"not-reached-by:{number}")
    scene.run()
    assert scene.received() == {1: 1, 2: 1}


def test_who_was_forgotten_while_it_was_queued_gets_nothing(scene: Scene) -> None:
    scene.add_people(3)
    first = scene.queue("News")
    scene.run()
    recall = followups.recall(scene.context, first).id
    scene.pass_time(minutes=1)
    second = scene.queue("More")
    # As for one who queued it at the same instant, and saw them active.
    with scene.context.database.write() as session:
        forgetting.blot_out(session, scene.recipient(1).id, 1, now=scene.context.clock.now())
    scene.run()
    scene.pass_time(minutes=1)
    scene.run()
    assert scene.received() == {1: 1, 2: 2, 3: 2}
    assert scene.counts(second) == {"sent": 2, "cancelled": 1}
    assert scene.counts(recall) == {"deleted": 2, "cancelled": 1}
    said = {one.error for one in scene.deliveries(recall).values() if one.status == "cancelled"}
    assert said == {"The recipient was forgotten."}
