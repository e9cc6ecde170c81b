"""Every recipient gets the broadcast once, as it was composed, at its time."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from hsl_tui.models.enums import BroadcastState, MediaKind, RecipientState
from hsl_tui.models.message_tables import MediaUpload
from hsl_tui.models.tables import Recipient
from hsl_tui.services import steering
from hsl_tui.services.composing import Attachment, parse_buttons
from hsl_tui.store import recipients
from hsl_tui.store.intake import Arrival
from hsl_tui.telegram.simulator.methods import SENDS
from hsl_tui.worker.letters import Letter, Letters
from tests.conftest import NOON, FrozenClock
from tests.worker.scene import Gate, HaltedCalendar, Scene, until


def test_every_recipient_gets_the_broadcast_once_and_the_books_agree(scene: Scene) -> None:
    chats = scene.add_people(150)
    broadcast_id = scene.queue()
    scene.run()

    accepted = {message.chat_id: message for message in scene.simulator.accepted()}
    assert scene.received() == dict.fromkeys(chats, 1)
    for chat, delivery in scene.deliveries(broadcast_id).items():
        assert delivery.status == "sent"
        assert delivery.telegram_message_id == accepted[chat].message_id
        assert accepted[chat].text == f"Hello Person {chat}"
        assert (delivery.attempts, delivery.sent_at, delivery.error) == (1, NOON, None)
    broadcast = scene.show(broadcast_id)
    assert (broadcast.state, broadcast.started_at, broadcast.finished_at) == (
        "finished",
        NOON,
        NOON,
    )
    assert broadcast.successful_deliveries == 150
    assert scene.actions() == ["broadcast.queued", "broadcast.started", "broadcast.finished"]


def test_a_second_run_sends_nothing_more(small_scene: Scene) -> None:
    small_scene.add_people(3)
    small_scene.queue()
    small_scene.run()
    small_scene.run()
    assert len(small_scene.simulator.accepted()) == 3


def test_a_hostile_name_arrives_as_plain_text(small_scene: Scene) -> None:
    name = '</b>{{ 7*7 }}<a href="https://evil.example">&amp;'
    small_scene.add(Arrival(1, first_name=name))
    small_scene.queue("Hello <b>{{ first_name }}</b>!")
    small_scene.run()
    (message,) = small_scene.simulator.chat_messages(1)
    assert message["text"] == f"Hello {name}!"
    assert [entity["type"] for entity in message["entities"]] == ["bold"]
    assert message["entities"][0]["length"] == len(name)


def test_a_scheduled_broadcast_waits_for_its_time(scene: Scene, clock: FrozenClock) -> None:
    scene.add_people(2)
    soon = scene.queue("Soon", at=NOON + timedelta(minutes=5))
    late = scene.queue("Late", at=NOON + timedelta(hours=5))
    scene.run()
    clock.advance(minutes=5, microseconds=-1)
    scene.run()
    assert not scene.simulator.accepted()

    clock.advance(microseconds=1)
    scene.run()
    assert {message.text for message in scene.simulator.accepted()} == {"Soon"}
    assert scene.show(soon).state == "finished"
    assert scene.show(soon).started_at == clock.now()
    assert (scene.show(late).state, scene.counts(late)) == ("scheduled", {"pending": 2})
    assert scene.actions("broadcast.due") == ["broadcast.due"]


def test_what_another_process_queues_is_picked_up_without_a_word(scene: Scene) -> None:
    scene.add_people(2)
    with scene.elsewhere() as other, scene.running() as worker:
        until(lambda: worker.status.next_sweep)
        broadcast_id = other.queue()
        scene.wait_for(broadcast_id)
    assert scene.received() == {1: 1, 2: 1}


def test_progress_names_the_broadcasts_that_moved(small_scene: Scene) -> None:
    small_scene.add_people(3)
    broadcast_id = small_scene.queue()
    seen: list[frozenset[int]] = []
    worker = small_scene.worker(lambda progress: seen.append(progress.broadcast_ids))
    worker.run(once=True)
    assert set(seen) == {frozenset({broadcast_id})}


def test_a_text_that_cannot_be_made_up_fails_that_delivery_alone(scene: Scene) -> None:
    scene.add(*(Arrival(chat, attributes={"city": "Bonn"}) for chat in (1, 2, 3)))
    broadcast_id = scene.queue("Rain in {{ city }}")
    # What was right for everyone when it was queued.
    scene.add(Arrival(3, attributes={"city": "x" * 5000}))
    with scene.context.database.write() as session:
        session.execute(
            sa.update(Recipient).where(col(Recipient.chat_id) == 2).values(attributes={})
        )
    scene.run()
    assert scene.received() == {1: 1}
    without, long = scene.delivery(broadcast_id, 2), scene.delivery(broadcast_id, 3)
    assert (without.status, without.error_kind, without.attempts) == ("failed", "rendering", 0)
    assert "city" in (without.error or "")
    assert (long.status, long.error_kind) == ("failed", "rendering")
    assert scene.show(broadcast_id).state == "finished"
    assert scene.simulator.stats.requests == 1
    assert scene.recipient(2).state == "active"


def test_who_became_inactive_after_queueing_is_not_called(scene: Scene) -> None:
    scene.add_people(2)
    broadcast_id = scene.queue()
    with scene.context.database.write() as session:
        recipients.set_state(
            session,
            scene.recipient(2).id,
            RecipientState.UNSUBSCRIBED,
            reason="/stop",
            now=NOON,
        )
    scene.run()
    assert scene.received() == {1: 1}
    delivery = scene.delivery(broadcast_id, 2)
    assert (delivery.status, delivery.error_kind) == ("cancelled", "recipient_inactive")
    assert "unsubscribed" in (delivery.error or "")
    assert scene.simulator.stats.requests == 1


# --- what a broadcast carries ------------------------------------------------------------------


def parameters_of_sends(scene: Scene) -> list[dict[str, str]]:
    """Note the parameters of every send from now on."""
    seen: list[dict[str, str]] = []

    def install(simulator: Any) -> None:
        methods = simulator._api.methods
        for name in SENDS:
            methods[name] = noted(methods[name])

    def noted(method: Any) -> Any:
        async def carry_out(call: Any) -> Any:
            files = dict.fromkeys(call.uploads, "a file") | {"upload": str(len(call.uploads))}
            seen.append({"method": call.method, **call.parameters, **files})
            return await method(call)

        return carry_out

    scene.simulator.call(install)
    return seen


def photo(folder: Path) -> Attachment:
    path = folder / "photo.jpg"
    path.write_bytes(b"\xff\xd8\xff not really a photo")
    return Attachment(MediaKind.PHOTO, str(path))


def test_a_photo_from_disk_is_uploaded_once_for_all(scene: Scene, tmp_path: Path) -> None:
    chats = scene.add_people(70)
    sends = parameters_of_sends(scene)
    broadcast_id = scene.queue("Look", content={"attachments": (photo(tmp_path),)})
    scene.run()
    assert scene.counts(broadcast_id) == {"sent": 70}
    assert scene.received() == dict.fromkeys(chats, 1)
    assert [send["upload"] for send in sends].count("1") == 1
    with scene.context.database.read() as session:
        (file_id,) = session.exec(select(MediaUpload.file_id))
    assert {send["photo"] for send in sends if send["upload"] == "0"} == {file_id}

    scene.pass_time(seconds=1)
    later = scene.queue("Look again", content={"attachments": (photo(tmp_path),)})
    scene.run()
    assert scene.counts(later) == {"sent": 70}
    assert [send["upload"] for send in sends].count("1") == 1


def test_while_a_file_is_on_its_way_others_of_its_broadcast_wait_unclaimed(
    small_scene: Scene, tmp_path: Path
) -> None:
    scene = small_scene
    scene.add_people(5)
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue("Look", content={"attachments": (photo(tmp_path),)})
    with scene.running():
        gate.wait_until_holding(1)
        until(lambda: scene.counts(broadcast_id) == {"pending": 4, "sending": 1})
        gate.open()
        scene.wait_for(broadcast_id)
    assert scene.counts(broadcast_id) == {"sent": 5}


def test_when_the_upload_fails_the_next_one_uploads(small_scene: Scene, tmp_path: Path) -> None:
    scene = small_scene
    scene.add_people(3)
    scene.fail("blocked", 1)
    sends = parameters_of_sends(scene)
    broadcast_id = scene.queue("Look", content={"attachments": (photo(tmp_path),)})
    scene.run()
    assert scene.counts(broadcast_id) == {"failed": 1, "sent": 2}
    assert [send["upload"] for send in sends] == ["1", "0"]


@pytest.mark.parametrize("kind", list(MediaKind))
def test_media_goes_by_address_and_by_file_id(small_scene: Scene, kind: MediaKind) -> None:
    scene = small_scene
    scene.add_people(1)
    sends = parameters_of_sends(scene)
    by_url = Attachment(kind, "https://example.org/a.bin")
    scene.queue("See", content={"attachments": (by_url,)})
    scene.run()
    (shown,) = scene.simulator.chat_messages(1)
    sizes = shown[kind.value]
    file_id = (sizes[-1] if kind is MediaKind.PHOTO else sizes)["file_id"]
    scene.pass_time(seconds=1)
    scene.queue("Again", content={"attachments": (Attachment(kind, file_id),)})
    scene.run()
    assert [send["method"] for send in sends] == [f"send{kind.capitalize()}"] * 2
    assert [send[kind.value] for send in sends] == ["https://example.org/a.bin", file_id]
    assert [send["caption"] for send in sends] == ["See", "Again"]


def test_buttons_and_options_arrive_as_asked(small_scene: Scene) -> None:
    small_scene.add_people(1)
    sends = parameters_of_sends(small_scene)
    buttons = parse_buttons(["One=https://one.example|Two=https://two.example"])
    options = {"buttons": buttons, "silent": True, "protect": True, "link_preview": False}
    small_scene.queue("Plain")
    small_scene.run()
    small_scene.pass_time(seconds=1)
    small_scene.queue("Full", content=options)
    small_scene.run()
    plain, full = sends
    assert plain.keys() == {"method", "chat_id", "text", "parse_mode", "upload"}
    assert full["disable_notification"] == full["protect_content"] == "true"
    assert json.loads(full["link_preview_options"]) == {"is_disabled": True}
    (row,) = json.loads(full["reply_markup"])["inline_keyboard"]
    assert [button["url"] for button in row] == ["https://one.example", "https://two.example"]


# --- pause and cancel --------------------------------------------------------------------------


@pytest.mark.parametrize(("act", "left"), [("pause", "pending"), ("cancel", "cancelled")])
def test_what_is_stopped_while_it_runs_claims_nothing_more(
    scene: Scene, act: str, left: str
) -> None:
    scene.add_people(300)
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue()
    with scene.running():
        gate.wait_until_holding(1)
        getattr(steering, act)(scene.context, broadcast_id)
        open_calls = scene.counts(broadcast_id)["sending"]
        gate.open()
        until(lambda: "sending" not in scene.counts(broadcast_id))
        scene.pass_time(seconds=1)
        other = scene.queue("Another")
        scene.wait_for(other)
    assert scene.counts(broadcast_id) == {"sent": open_calls, left: 300 - open_calls}
    assert sum(message.text != "Another" for message in scene.simulator.accepted()) == open_calls
    if act == "pause":
        scene.pass_time(seconds=1)
        steering.resume(scene.context, broadcast_id)
        scene.run()
        assert scene.counts(broadcast_id) == {"sent": 300}


def test_counts_add_up_while_operators_stop_it_and_let_it_go_on(scene: Scene) -> None:
    scene = scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=100.0)
    scene.add_people(1000)
    broadcast_id = scene.queue()
    seen: set[BroadcastState] = set()
    ended = threading.Event()

    def look(reader: Scene) -> None:
        """Each look holds the counters against the rows, and their sum against the total."""
        while not ended.is_set():
            seen.add(reader.show(broadcast_id).state)

    def wait_for(accepted: int) -> None:
        until(lambda: len(scene.simulator.accepted()) >= accepted)

    with scene.elsewhere() as reader, ThreadPoolExecutor(1) as thread, scene.running() as worker:
        looking = thread.submit(look, reader)
        try:
            for accepted in (5, 15, 25, 35):
                wait_for(accepted)
                seen.discard(BroadcastState.PAUSED)
                steering.pause(scene.context, broadcast_id)
                until(lambda: BroadcastState.PAUSED in seen or looking.done())
                steering.resume(scene.context, broadcast_id)
                worker.wake()
            wait_for(50)
            steering.cancel(scene.context, broadcast_id)
            until(lambda: "sending" not in scene.counts(broadcast_id))
        finally:
            ended.set()
        looking.result()
    sent = len(scene.simulator.accepted())
    assert scene.counts(broadcast_id) == {"sent": sent, "cancelled": 1000 - sent}


def test_counts_add_up_at_every_instant(scene: Scene) -> None:
    scene.add_people(400)
    scene.fail("blocked", *range(1, 400, 7))
    scene.fail("server_error", 5, 95)
    broadcast_id = scene.queue()
    looks = 0
    with scene.elsewhere() as reader, scene.running():
        while reader.show(broadcast_id).state != "finished":
            looks += 1
    assert looks
    assert scene.counts(broadcast_id) == {"sent": 341, "failed": 57, "uncertain": 2}


def test_a_broadcast_that_cannot_be_read_pauses_and_holds_up_no_other(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = scene.add_people(6)
    broken = scene.queue("Broken", *(f"chat:{number}" for number in people[:3]))
    sound = scene.queue("Sound", *(f"chat:{number}" for number in people[3:]))
    read = Letters.read

    def fail(self: Letters, broadcast_id: int) -> Letter:
        if broadcast_id == broken:
            raise OSError("the parser's library cannot be loaded")
        return read(self, broadcast_id)

    monkeypatch.setattr(Letters, "read", fail)
    scene.run()
    assert scene.counts(sound) == {"sent": 3}
    assert scene.counts(broken) == {"pending": 3}
    assert scene.show(broken).state == "paused"
    assert "OSError" in (scene.show(broken).state_reason or "")
