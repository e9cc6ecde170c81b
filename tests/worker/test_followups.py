"""Edits and recalls: what becomes of messages in the chats, and of what is on record."""

from __future__ import annotations

import asyncio

import pytest

from hsl_tui.errors import NotFoundError, RefusedError, TextRefusedError
from hsl_tui.models.enums import Act, BroadcastState, UncertainPolicy
from hsl_tui.models.views import Findable
from hsl_tui.services import audit, followups, steering
from hsl_tui.services.audience_check import UnfitRecipientsError
from hsl_tui.services.composing import parse_buttons
from hsl_tui.store.intake import Arrival
from hsl_tui.telegram.gateway import Gateway
from hsl_tui.telegram.simulator import FaultRule, Match
from hsl_tui.telegram.simulator.faults import migrated_id
from tests.builders import set_state
from tests.worker.scene import Gate, Scene, until


def texts(scene: Scene, chat_id: int) -> list[str]:
    """What is to be read in a chat now."""
    return [
        one.get("text", one.get("caption", "")) for one in scene.simulator.chat_messages(chat_id)
    ]


async def delete(scene: Scene, chat_id: int, message_id: int) -> None:
    """Delete a message from a chat, as its reader would."""
    context = scene.context
    async with Gateway(
        context.token, context.settings.api_url, request_timeout=10, connections=1
    ) as gateway:
        await gateway.delete(chat_id, [message_id])


@pytest.fixture
def sent(scene: Scene) -> tuple[Scene, int]:
    """A broadcast that has reached three people."""
    scene.add_people(3)
    number = scene.queue()
    scene.run()
    scene.pass_time(minutes=5)
    return scene, number


def test_a_recall_deletes_the_messages_and_both_broadcasts_say_so(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    recall = followups.recall(scene.context, number)
    assert (recall.act, recall.target_id) == (Act.RECALL, number)
    scene.run()
    assert [texts(scene, chat) for chat in (1, 2, 3)] == [[], [], []]
    assert scene.counts(number) == {"deleted": 3}
    assert scene.counts(recall.id) == {"deleted": 3}
    assert scene.show(recall.id).state is BroadcastState.FINISHED
    assert scene.show(number).state is BroadcastState.FINISHED
    before = scene.deliveries(number)
    assert all(before[chat].telegram_message_id for chat in (1, 2, 3))
    assert scene.actions("broadcast.recall_queued") == ["broadcast.recall_queued"]


def test_an_edit_changes_each_message_for_its_recipient(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    edit = followups.edit(scene.context, number, "<b>Dear</b> {{ first_name }}")
    scene.run()
    assert texts(scene, 2) == ["Dear Person 2"]
    assert scene.counts(edit.id) == {"sent": 3}
    assert scene.counts(number) == {"sent": 3}
    entry = audit.latest(scene.context, action="broadcast.edit_queued", limit=1)[0]
    assert entry.broadcast_id == number
    assert entry.details["before"] == "Hello {{ first_name }}"
    assert entry.details["after"] == "<b>Dear</b> {{ first_name }}"


def test_an_edit_that_changed_nothing_is_not_what_the_messages_say(
    sent: tuple[Scene, int],
) -> None:
    scene, number = sent
    edit = followups.edit(scene.context, number, "Never given")
    steering.cancel(scene.context, edit.id)
    assert followups.current_text(scene.context, number) == "Hello {{ first_name }}"
    followups.edit(scene.context, number, "Corrected")
    scene.run()
    assert followups.current_text(scene.context, number) == "Corrected"


def test_a_second_edit_to_the_same_text_counts_as_done(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    for _ in range(2):
        edit = followups.edit(scene.context, number, "Corrected")
        scene.run()
        scene.pass_time(minutes=5)
    assert scene.counts(edit.id) == {"sent": 3}
    assert texts(scene, 1) == ["Corrected"]


def test_an_edit_keeps_the_buttons(small_scene: Scene) -> None:
    small_scene.add_people(1)
    content = {"buttons": parse_buttons(["Read=https://example.org"])}
    number = small_scene.queue("Hello", content=content)
    small_scene.run()
    small_scene.pass_time(minutes=5)
    followups.edit(small_scene.context, number, "Corrected")
    small_scene.run()
    (message,) = small_scene.simulator.chat_messages(1)
    assert message["text"] == "Corrected"
    assert message["reply_markup"]["inline_keyboard"][0][0]["text"] == "Read"


def test_those_whom_nothing_reached_are_left_alone(scene: Scene) -> None:
    scene.add_people(3)
    scene.fail("blocked", 2)
    number = scene.queue()
    scene.run()
    scene.pass_time(minutes=5)
    recall = followups.recall(scene.context, number)
    assert recall.total_recipients == 2
    scene.run()
    assert scene.counts(number) == {"deleted": 2, "failed": 1}


def test_what_cannot_be_deleted_stays_with_the_reason(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    rule = FaultRule("delete_too_late", Match(chats=frozenset({2}), method="deleteMessage"))
    scene.simulator.add_faults(rule)
    recall = followups.recall(scene.context, number)
    scene.run()
    failed = scene.delivery(recall.id, 2)
    assert (failed.status, failed.error_kind) == ("failed", "not_deletable")
    assert "can't be deleted" in (failed.error or "")
    assert scene.counts(number) == {"deleted": 2, "sent": 1}
    assert texts(scene, 2) == ["Hello Person 2"]


def test_after_48_hours_no_call_is_made(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    scene.pass_time(hours=48)
    recall = followups.recall(scene.context, number)
    scene.run()
    assert scene.counts(recall.id) == {"failed": 3}
    assert "48 hours" in (scene.delivery(recall.id).error or "")
    assert scene.counts(number) == {"sent": 3}


def test_a_message_that_is_gone_already_counts_as_recalled(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    gone = scene.delivery(number, 2).telegram_message_id or 0
    asyncio.run(delete(scene, 2, gone))
    recall = followups.recall(scene.context, number)
    scene.run()
    assert scene.counts(recall.id) == {"deleted": 3}


def test_a_message_that_is_gone_is_not_edited(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    gone = scene.delivery(number, 2).telegram_message_id or 0
    asyncio.run(delete(scene, 2, gone))
    edit = followups.edit(scene.context, number, "Corrected")
    scene.run()
    assert scene.counts(edit.id) == {"sent": 2, "failed": 1}
    assert scene.delivery(edit.id, 2).error_kind == "message_gone"


def test_after_a_recall_nothing_is_left_to_edit(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    followups.recall(scene.context, number)
    scene.run()
    with pytest.raises(RefusedError, match="no message in any chat"):
        followups.edit(scene.context, number, "Too late")


def test_the_unsubscribed_are_recalled_from_too(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    scene.fail("blocked", 2, times=1)
    other = scene.queue("Another", "chat:2")
    scene.run()
    assert scene.recipient(2).state == "blocked"
    scene.pass_time(minutes=5)
    followups.recall(scene.context, number)
    scene.run()
    assert scene.counts(number) == {"deleted": 3}
    assert scene.counts(other) == {"failed": 1}


def test_a_lost_answer_to_a_recall_is_asked_for_again(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    scene.fail("cut_after", 2, times=1)
    recall = followups.recall(scene.context, number)
    scene.run()
    until(lambda: scene.counts(recall.id).get("sending", 0) == 0)
    scene.pass_time(minutes=5)
    scene.run()
    assert scene.counts(recall.id) == {"deleted": 3}
    assert scene.counts(number) == {"deleted": 3}
    assert texts(scene, 2) == []


def test_what_is_uncertain_of_a_recall_is_settled_by_recalling_again(
    sent: tuple[Scene, int],
) -> None:
    scene, number = sent
    once = scene.with_settings(max_attempts=1)
    scene.fail("cut_after", 2, times=1)
    recall = followups.recall(scene.context, number)
    once.run()
    assert scene.counts(recall.id) == {"deleted": 2, "uncertain": 1}
    assert scene.counts(number) == {"deleted": 2, "sent": 1}
    with pytest.raises(RefusedError, match="--as resend"):
        steering.resolve(scene.context, recall.id, resend=False)
    steering.resolve(scene.context, recall.id, resend=True)
    scene.pass_time(minutes=5)
    scene.run()
    assert scene.counts(recall.id) == {"deleted": 3}
    assert scene.counts(number) == {"deleted": 3}


def test_a_recall_can_be_paused_and_cancelled(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    recall = followups.recall(scene.context, number)
    steering.pause(scene.context, recall.id)
    scene.run()
    assert scene.counts(number) == {"sent": 3}
    steering.cancel(scene.context, recall.id)
    assert scene.counts(recall.id) == {"cancelled": 3}
    again = followups.recall(scene.context, number)
    scene.run()
    assert scene.counts(again.id) == {"deleted": 3}


def test_a_message_number_of_a_group_means_nothing_where_the_group_moved(
    sent: tuple[Scene, int],
) -> None:
    scene, number = sent
    scene.fail("migrated", 2)
    recall = followups.recall(scene.context, number)
    scene.run()
    assert scene.counts(recall.id) == {"deleted": 2, "failed": 1}
    assert scene.counts(number) == {"deleted": 2, "sent": 1}
    assert scene.delivery(recall.id, migrated_id(2)).error_kind == "message_gone"
    with pytest.raises(RefusedError, match="no failed delivery that could succeed"):
        steering.retry(scene.context, recall.id)


@pytest.fixture
def half_known(scene: Scene) -> tuple[Scene, int]:
    """A broadcast that has reached three people; how its message to the second is numbered, no
    answer has told: an operator knew that it arrived."""
    scene.add_people(3)
    scene.fail("cut_after", 2)
    number = scene.queue(on_uncertain=UncertainPolicy.HOLD)
    scene.run()
    scene.simulator.clear_faults()
    steering.resolve(scene.context, number, resend=False)
    scene.pass_time(minutes=5)
    assert scene.counts(number) == {"sent": 3}
    return scene, number


@pytest.mark.parametrize("act", [Act.EDIT, Act.RECALL])
def test_a_message_without_a_number_stays_and_the_ledger_names_it(
    half_known: tuple[Scene, int], act: Act
) -> None:
    scene, number = half_known
    assert followups.findable(scene.context, number) == Findable(2, 1, 0)
    done = _follow_up(scene, number, act)
    scene.run()
    after = "sent" if act is Act.EDIT else "deleted"
    assert scene.counts(done) == {after: 2, "failed": 1}
    failed = scene.delivery(done, 2)
    assert failed.error_kind == "message_gone"
    assert failed.error == "The message's number is not on record."
    assert scene.delivery(number, 2).status == "sent"
    assert len(texts(scene, 2)) == 1


def test_nothing_is_made_of_messages_without_numbers_alone(
    half_known: tuple[Scene, int],
) -> None:
    scene, number = half_known
    followups.recall(scene.context, number)
    scene.run()
    with pytest.raises(RefusedError, match=r"no message in any chat.*1 of 1 cannot be recalled"):
        followups.recall(scene.context, number)


def _follow_up(scene: Scene, number: int, act: Act) -> int:
    if act is Act.EDIT:
        return followups.edit(scene.context, number, "Corrected").id
    return followups.recall(scene.context, number).id


@pytest.mark.parametrize("again", ["retry", "resolve"])
def test_an_edit_is_not_done_again_over_a_later_one(scene: Scene, again: str) -> None:
    scene.add_people(2)
    number = scene.queue()
    scene.run()
    scene.pass_time(minutes=5)
    once = scene.with_settings(max_attempts=1)
    fault = {"retry": "no_rights", "resolve": "cut_before"}[again]
    scene.fail(fault, 2, times=1)
    first = followups.edit(scene.context, number, "First")
    once.run()
    scene.pass_time(minutes=5)
    second = followups.edit(scene.context, number, "Second")
    with pytest.raises(RefusedError, match=f"broadcast {second.id}"):
        _do_again(scene, first.id, again)
    once.run()
    with pytest.raises(RefusedError, match=f"broadcast {second.id}"):
        _do_again(scene, first.id, again)
    assert texts(scene, 2) == ["Second"]


def _do_again(scene: Scene, number: int, how: str) -> None:
    if how == "retry":
        steering.retry(scene.context, number)
    else:
        steering.resolve(scene.context, number, resend=True)


def test_one_follow_up_at_a_time(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    edit = followups.edit(scene.context, number, "Corrected")
    with pytest.raises(RefusedError, match=f"being edited by broadcast {edit.id}"):
        followups.recall(scene.context, number)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (BroadcastState.SENDING, "pause or cancel it first"),
        (BroadcastState.SCHEDULED, "cancel it instead"),
        (BroadcastState.DRAFT, "sent nothing"),
    ],
)
def test_what_is_still_to_be_sent_is_not_recalled(
    small_scene: Scene, state: BroadcastState, words: str
) -> None:
    small_scene.add_people(1)
    number = small_scene.queue()
    set_state(small_scene.context.database, number, state)
    with pytest.raises(RefusedError, match=words):
        followups.recall(small_scene.context, number)


def test_a_follow_up_is_not_followed_up(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    edit = followups.edit(scene.context, number, "Corrected")
    scene.run()
    with pytest.raises(RefusedError, match=f"the edit of broadcast {number}"):
        followups.recall(scene.context, edit.id)


def test_a_text_that_telegram_refuses_edits_nothing(sent: tuple[Scene, int]) -> None:
    scene, number = sent
    with pytest.raises(TextRefusedError):
        followups.edit(scene.context, number, "<b>open")
    with pytest.raises(NotFoundError):
        followups.edit(scene.context, 99, "x")
    assert scene.actions("broadcast.edit_queued") == []


def test_an_edit_that_leaves_someone_with_nothing_edits_nothing(scene: Scene) -> None:
    scene.add_people(2)
    scene.add(Arrival(7))
    number = scene.queue("Hello")
    scene.run()
    with pytest.raises(UnfitRecipientsError, match=r"1 of 3 recipients.*1 empty.*: 7"):
        followups.edit(scene.context, number, "{{ first_name }}")
    assert scene.actions("broadcast.edit_queued") == []


def test_what_is_on_its_way_is_awaited_before_a_recall(scene: Scene) -> None:
    scene.add_people(3)
    gate = Gate(scene.simulator)
    number = scene.queue()
    with scene.running():
        gate.wait_until_holding(3)
        steering.cancel(scene.context, number)
        with pytest.raises(RefusedError, match="3 of its messages are on their way"):
            followups.recall(scene.context, number)
        gate.open()
        until(lambda: scene.counts(number) == {"sent": 3})
        scene.pass_time(minutes=5)
        recall = followups.recall(scene.context, number)
        scene.wait_for(recall.id)
    assert scene.counts(number) == {"deleted": 3}


def test_a_recall_is_retried_also_from_who_has_left(scene: Scene) -> None:
    scene.add_people(2)
    number = scene.queue()
    scene.run()
    scene.pass_time(minutes=5)
    scene.fail("no_rights", 2, times=1)
    recall = followups.recall(scene.context, number)
    scene.run()
    scene.fail("blocked", 2, times=1)
    scene.queue("Another", "chat:2")
    scene.run()
    assert scene.recipient(2).state == "blocked"
    _, count = steering.retry(scene.context, recall.id)
    assert count == 1
    scene.pass_time(minutes=5)
    scene.run()
    assert scene.counts(number) == {"deleted": 2}


def test_a_paused_broadcast_is_recalled_as_far_as_it_has_come(scene: Scene) -> None:
    scene.add_people(3)
    scene.fail("cut_before", 2)
    number = scene.queue(on_uncertain=UncertainPolicy.RESEND)
    scene.run()
    steering.pause(scene.context, number)
    assert scene.counts(number) == {"sent": 2, "pending": 1}
    scene.pass_time(minutes=5)
    followups.recall(scene.context, number)
    scene.run()
    assert scene.counts(number) == {"deleted": 2, "pending": 1}
    assert scene.show(number).state is BroadcastState.PAUSED
