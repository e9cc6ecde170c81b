"""Commands are answered: by the operator's templates, within the pace, and never twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from hsl_tui.clock import SystemClock
from hsl_tui.models.enums import MediaKind
from hsl_tui.models.intake import AnswerKind
from hsl_tui.models.intake_tables import BotAnswer
from hsl_tui.services import answering, templates
from hsl_tui.services.composing import Attachment, Composition
from hsl_tui.store.intake import Arrival
from hsl_tui.telegram.markup import check_text
from hsl_tui.telegram.simulator import FaultRule, Match
from hsl_tui.telegram.simulator.updates import group_message_update
from hsl_tui.worker import answers as sending
from tests.worker.intake_scene import answers, place, states, taking_in, tell
from tests.worker.scene import HaltedCalendar, Scene, until

SENDS = Match(method="sendMessage")


def texts(scene: Scene) -> list[str]:
    return [message.text for message in scene.simulator.accepted()]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks and waits are short."""
    monkeypatch.setattr(sending, "LOOK", 0.02)
    monkeypatch.setattr(sending, "FIRST_BACKOFF", 0.02)


@pytest.mark.parametrize("kind", list(AnswerKind))
def test_each_command_has_an_answer_of_its_own(small_scene: Scene, kind: AnswerKind) -> None:
    check_text(answering.DEFAULTS[kind])
    tell(small_scene, 5, text=f"/{kind}")
    with taking_in(small_scene):
        until(lambda: texts(small_scene) == [answering.DEFAULTS[kind]])


def test_a_template_of_the_commands_name_is_the_answer(scene: Scene) -> None:
    scene.add(Arrival(9, attributes={"city": "Bonn"}))
    text = "Welcome <b>{{ first_name }}</b>{{ city }}"
    templates.save(scene.context, "start", Composition(text))
    templates.save(scene.context, "stop", Composition("Bye {{ last_name or 'you' }}", silent=True))
    tell(scene, 5, first_name="<Ann>")
    tell(scene, 6, text="/stop")
    with taking_in(scene):
        until(lambda: len(texts(scene)) == 2)
    assert sorted(texts(scene)) == ["Bye you", "Welcome <b>&lt;Ann&gt;</b>"]


def test_a_template_that_does_not_work_for_somebody_is_passed_over_for_the_default(
    small_scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    scene = small_scene
    templates.save(scene.context, "help", Composition("{{ 9 // (first_name | length - 12) }}"))
    scene.add(Arrival(5, first_name="Bartholomeus"))
    tell(scene, 5, text="/help", first_name="Bartholomeus")
    with taking_in(scene):
        until(lambda: texts(scene) == [answering.DEFAULTS[AnswerKind.HELP]])
    assert "The template 'help' cannot answer" in caplog.text


def test_a_file_of_a_template_is_uploaded_once(scene: Scene, tmp_path: Path) -> None:
    file = tmp_path / "hello.txt"
    file.write_text("hello")
    attachment = Attachment(MediaKind.DOCUMENT, str(file))
    templates.save(scene.context, "start", Composition("Read", attachments=(attachment,)))
    with taking_in(scene):
        tell(scene, 5)
        until(lambda: answers(scene) == [(5, "sent")])
        tell(scene, 6)
        until(lambda: answers(scene) == [(5, "sent"), (6, "sent")])
    files = [scene.simulator.chat_messages(chat)[0]["document"]["file_id"] for chat in (5, 6)]
    assert files[0] == files[1]


def test_a_group_is_answered_as_a_whole(scene: Scene) -> None:
    scene.simulator.configure(known_chats=frozenset({-5}))
    update = group_message_update(-5, 7, "/start@simulated_123456_bot", title="G")
    scene.simulator.queue_update(update)
    with taking_in(scene):
        until(lambda: scene.received() == {-5: 1})
    assert states(scene) == {-5: "active"}
    assert scene.recipient(-5).first_name == "G"


@pytest.mark.usefixtures("quick")
def test_what_was_not_sent_for_certain_is_tried_again(scene: Scene) -> None:
    scene = scene.with_clock(SystemClock())
    scene.simulator.add_faults(
        FaultRule("flood", SENDS, 1, {"retry_after": 0}),
        FaultRule("migrated", Match(chats=frozenset({5}), method="sendMessage"), 1),
    )
    tell(scene, 5, 6)
    with taking_in(scene):
        until(lambda: sum(scene.received().values()) == 2)
        until(lambda: {status for _, status in answers(scene)} == {"sent"})
    assert scene.received()[6] == 1


@pytest.mark.usefixtures("quick")
def test_after_a_429_all_wait_and_it_counts_as_no_attempt(scene: Scene) -> None:
    scene = scene.with_settings(max_attempts=1)
    scene.simulator.add_faults(FaultRule("flood", SENDS, 1, {"retry_after": 1}))
    tell(scene, 5)
    with taking_in(scene) as worker:
        until(lambda: worker.status.halted_for > 0 or scene.received() == {5: 1})
        until(lambda: answers(scene) == [(5, "sent")])
    assert scene.received() == {5: 1}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("fault", ["no_answer", "half", "server_error_accepted", "cut_before"])
def test_what_may_have_arrived_is_not_sent_again(scene: Scene, fault: str) -> None:
    scene = scene.with_settings(request_timeout=1.0)
    scene.simulator.add_faults(FaultRule(fault, SENDS, 1))
    tell(scene, 5)
    with taking_in(scene):
        until(lambda: answers(scene) == [(5, "uncertain")])
        tell(scene, 6)
        scene.simulator.clear_faults()
        until(lambda: dict(answers(scene)).get(6) == "sent")
    assert answers(scene)[0] == (5, "uncertain")
    assert scene.received()[5] == (0 if fault == "cut_before" else 1)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("fault", "state"), [("blocked", "blocked"), ("no_rights", "active"), ("too_long", "active")]
)
def test_what_is_refused_is_not_tried_again(scene: Scene, fault: str, state: str) -> None:
    scene.simulator.add_faults(FaultRule(fault, SENDS, 1))
    tell(scene, 5)
    with taking_in(scene):
        until(lambda: answers(scene) == [(5, "failed")])
        tell(scene, 6)
        scene.simulator.clear_faults()
        until(lambda: dict(answers(scene)).get(6) == "sent")
    assert states(scene) == {5: state, 6: "active"}
    assert scene.received() == {6: 1}


def test_a_token_that_is_refused_keeps_the_answer(scene: Scene) -> None:
    scene.simulator.add_faults(FaultRule("unauthorized", SENDS))
    tell(scene, 5)
    with taking_in(scene):
        until(lambda: scene.actions("bot.") == ["bot.stopped"])
        until(lambda: answers(scene) == [(5, "pending")])


def test_answers_and_deliveries_share_one_budget(scene: Scene) -> None:
    scene = scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=20.0)
    scene.simulator.configure(rate=20)
    people = scene.add_people(30, first=100)
    broadcast_id = scene.queue()
    strangers = list(range(1, 16))
    tell(scene, *strangers)
    with taking_in(scene):
        scene.wait_for(broadcast_id)
        until(lambda: scene.received() == dict.fromkeys([*strangers, *people], 1))
        until(lambda: {status for _, status in answers(scene)} == {"sent"})
    assert scene.simulator.stats.refused_429 == 0
    assert scene.simulator.stats.max_per_second <= 20


def test_an_answer_that_comes_a_day_late_is_left_out(scene: Scene) -> None:
    scene.simulator.add_faults(FaultRule("unauthorized", SENDS))
    tell(scene, 5)
    with taking_in(scene):
        until(lambda: scene.actions("bot.") == ["bot.stopped"])
        until(lambda: answers(scene) == [(5, "pending")])
    scene.simulator.clear_faults()
    scene.pass_time(days=1, seconds=1)
    with taking_in(scene):
        until(lambda: answers(scene) == [])
        tell(scene, 6)
        until(lambda: scene.received() == {6: 1})


def test_a_claim_of_a_holder_that_was_lost_is_uncertain(scene: Scene) -> None:
    tell(scene, 5)
    with taking_in(scene):
        until(lambda: answers(scene) == [(5, "sent")])
    token = place(scene).token
    with scene.context.database.write() as session:
        session.execute(update(BotAnswer).values(status="sending", token=token))
    with taking_in(scene):
        until(lambda: answers(scene) == [(5, "uncertain")])
        tell(scene, 6)
        until(lambda: scene.received() == {5: 1, 6: 1})
