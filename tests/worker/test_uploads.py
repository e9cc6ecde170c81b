"""A file goes to Telegram once, whoever sends it, and what went once is what all others get."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import select

from hsl_tui.clock import SystemClock
from hsl_tui.failpoints import Failpoint
from hsl_tui.models.enums import MediaKind, UncertainPolicy
from hsl_tui.models.message_tables import MediaFile, UploadClaim
from hsl_tui.models.tables import AlbumMessage, Delivery
from hsl_tui.services import steering
from hsl_tui.services.composing import Attachment
from hsl_tui.store import media
from hsl_tui.store.database import Database
from hsl_tui.store.media import FileKey
from hsl_tui.telegram.simulator import FaultRule, Match
from tests.builders import add_worker, at_once
from tests.worker.scene import Gate, HaltedCalendar, Scene, until
from tests.worker.test_delivery import parameters_of_sends, photo
from tests.worker.test_takeover import another_process, left_sending

BOT = 123456


def uploads(sends: Sequence[dict[str, str]]) -> int:
    """How many files came along."""
    return sum(int(send["upload"]) for send in sends)


def claims_left(scene: Scene) -> int:
    with scene.context.database.read() as session:
        return session.exec(select(sa.func.count()).select_from(UploadClaim)).one()


def times_claimed(scene: Scene) -> int:
    with scene.context.database.read() as session:
        return session.exec(select(sa.func.sum(Delivery.token))).one() or 0


def claim_elsewhere(scene: Scene, broadcast_id: int, *, silent_for: float) -> FileKey:
    """Let a worker on another machine have begun to upload the only file, and fallen silent."""
    worker_id = left_sending(scene, broadcast_id, 0, silent_for=silent_for)
    with scene.context.database.write() as session:
        file = FileKey(session.exec(select(MediaFile.id)).one() or 0, MediaKind.PHOTO.value)
        assert media.take_uploads(session, [file], BOT, worker_id)
    return file


def address(number: int, kind: MediaKind = MediaKind.PHOTO) -> Attachment:
    return Attachment(kind, f"https://example.org/{number}")


def video(folder: Path) -> Attachment:
    path = folder / "silent.mp4"
    path.write_bytes(b"not really a video")
    return Attachment(MediaKind.VIDEO, str(path))


# --- over all workers --------------------------------------------------------------------------


def test_two_workers_upload_a_file_once(scene: Scene, tmp_path: Path) -> None:
    everyone = scene.add_people(30)
    sends = parameters_of_sends(scene)
    gate = Gate(scene.simulator)
    broadcast_id = scene.queue("Look", content={"attachments": (photo(tmp_path),)})
    with scene.elsewhere() as one, scene.elsewhere() as other, one.running():
        gate.wait_until_holding(1)
        until(lambda: scene.counts(broadcast_id) == {"pending": 29, "sending": 1})
        before = times_claimed(scene)
        with other.running():
            # The other one has claimed some, seen that the file is on its way, and put them back.
            until(lambda: times_claimed(scene) > before)
            until(lambda: scene.counts(broadcast_id) == {"pending": 29, "sending": 1})
            gate.open()
            scene.wait_for(broadcast_id)
    assert scene.received() == dict.fromkeys(everyone, 1)
    assert uploads(sends) == 1
    assert claims_left(scene) == 0


def test_two_broadcasts_of_one_worker_upload_their_file_once(
    small_scene: Scene, tmp_path: Path
) -> None:
    scene = small_scene
    scene.add_people(10)
    sends = parameters_of_sends(scene)
    gate = Gate(scene.simulator)
    content = {"attachments": (photo(tmp_path),)}
    both = [scene.queue("Look", f"chat:{chat}", content=content) for chat in (1, 2)]
    with scene.running():
        gate.wait_until_holding(1)
        before = times_claimed(scene)
        until(lambda: times_claimed(scene) > before)
        gate.open()
        for broadcast_id in both:
            scene.wait_for(broadcast_id)
    assert uploads(sends) == 1


def test_a_single_sweep_ends_when_both_broadcasts_of_one_file_are_sent(
    small_scene: Scene, tmp_path: Path
) -> None:
    scene = small_scene
    scene.add_people(2)
    content = {"attachments": (photo(tmp_path),)}
    both = [scene.queue("Look", f"chat:{chat}", content=content) for chat in (1, 2)]
    scene.run()
    assert [scene.counts(broadcast_id) for broadcast_id in both] == [{"sent": 1}] * 2


def test_the_file_of_a_worker_that_died_before_its_upload_is_uploaded_once(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everyone = scene.add_people(5)
    sends = parameters_of_sends(scene)
    content = {"attachments": (photo(tmp_path),)}
    broadcast_id = scene.queue("Look", content=content, on_uncertain=UncertainPolicy.RESEND)
    monkeypatch.setenv("HSL_TUI_FAILPOINT", Failpoint.BEFORE_WRITE)
    with another_process(scene) as process:
        process.wait()
    assert (sends, claims_left(scene)) == ([], 1)
    scene.run()
    assert scene.received() == dict.fromkeys(everyone, 1)
    assert scene.counts(broadcast_id) == {"sent": 5}
    assert (uploads(sends), claims_left(scene)) == (1, 0)


def test_an_upload_whose_answer_died_with_its_worker_is_made_up_for_once(
    scene: Scene, tmp_path: Path
) -> None:
    scene.add_people(5)
    sends = parameters_of_sends(scene)
    scene.fail("no_answer")
    broadcast_id = scene.queue("Look", content={"attachments": (photo(tmp_path),)})
    with another_process(scene) as process:
        until(lambda: len(scene.simulator.accepted()) == 1)
        until(lambda: scene.counts(broadcast_id) == {"pending": 4, "sending": 1})
        process.kill()
        process.wait()
    scene.simulator.clear_faults()
    assert claims_left(scene) == 1
    scene.run()
    # Nobody knows what id Telegram gave it.
    assert scene.counts(broadcast_id) == {"uncertain": 1, "sent": 4}
    assert [send["upload"] for send in sends] == ["1", "1", "0", "0", "0"]
    assert claims_left(scene) == 0


def test_a_broadcast_whose_file_another_worker_uploads_is_left_alone(
    scene: Scene, tmp_path: Path
) -> None:
    people = scene.add_people(3)
    scene.add_people(1, first=9)
    sends = parameters_of_sends(scene)
    to = [f"chat:{chat}" for chat in people]
    broadcast_id = scene.queue("Look", *to, content={"attachments": (photo(tmp_path),)})
    other_id = scene.queue("Plain", "chat:9")
    file = claim_elsewhere(scene, broadcast_id, silent_for=0)
    scene.run()
    assert scene.counts(broadcast_id) == {"pending": 3}
    assert scene.counts(other_id) == {"sent": 1}
    file_id = scene.simulator.call(
        lambda running: running._api._files.keep(BOT, "photo", "photo.jpg", 1).file_id
    )
    with scene.context.database.write() as session:
        media.end_uploads(session, {file: file_id}, BOT)
    scene.pass_time(seconds=1)
    scene.run()
    assert scene.counts(broadcast_id) == {"sent": 3}
    assert [send.get("photo") for send in sends] == [None, *[file_id] * 3]
    assert (uploads(sends), claims_left(scene)) == (0, 0)


def test_the_claim_of_a_silent_worker_is_free(scene: Scene, tmp_path: Path) -> None:
    scene.add_people(3)
    sends = parameters_of_sends(scene)
    broadcast_id = scene.queue("Look", content={"attachments": (photo(tmp_path),)})
    claim_elsewhere(scene, broadcast_id, silent_for=31)
    scene.run()
    assert scene.counts(broadcast_id) == {"sent": 3}
    assert (uploads(sends), claims_left(scene)) == (1, 0)


def test_a_refused_upload_holds_nobody_up(small_scene: Scene, tmp_path: Path) -> None:
    scene = small_scene
    scene.add_people(2)
    scene.fail("file_too_large", 1)
    sends = parameters_of_sends(scene)
    broadcast_id = scene.queue("Look", content={"attachments": (photo(tmp_path),)})
    scene.run()
    assert (scene.show(broadcast_id).state, claims_left(scene)) == ("paused", 0)
    steering.resume(scene.context, broadcast_id)
    scene.run()
    assert (scene.counts(broadcast_id), uploads(sends)) == ({"failed": 1, "sent": 1}, 1)


def test_uploads_that_are_always_cut_off_pause_the_broadcast_and_say_what_to_do(
    scene: Scene, tmp_path: Path
) -> None:
    scene.add_people(30)
    cut_off = FaultRule("cut_after", Match(method="sendPhoto"))
    scene.simulator.add_faults(cut_off)
    sends = parameters_of_sends(scene)
    broadcast_id = scene.queue("Look", content={"attachments": (photo(tmp_path),)})
    scene.run()
    shown = scene.show(broadcast_id)
    assert (shown.state, scene.counts(broadcast_id)) == ("paused", {"uncertain": 3, "pending": 27})
    assert shown.state_reason is not None
    assert "3 uploads" in shown.state_reason
    assert "check the file and the line, then resume" in shown.state_reason
    assert "`broadcasts resolve`" in shown.state_reason
    assert (uploads(sends), claims_left(scene)) == (3, 0)

    scene.simulator.clear_faults()
    steering.resume(scene.context, broadcast_id)
    scene.run()
    assert scene.counts(broadcast_id) == {"uncertain": 3, "sent": 27}
    assert uploads(sends) == 4


def test_an_upload_with_a_clear_answer_ends_the_row_of_those_without(
    small_scene: Scene, tmp_path: Path
) -> None:
    scene = small_scene
    scene.add_people(9)
    scene.fail("cut_after", 1, 2, 4, 5)
    scene.fail("blocked", 3)
    broadcast_id = scene.queue("Look", content={"attachments": (photo(tmp_path),)})
    scene.run()
    assert scene.show(broadcast_id).state == "finished"
    assert scene.counts(broadcast_id) == {"uncertain": 4, "failed": 1, "sent": 4}


@pytest.mark.parametrize("rate", [0.0, 300.0])
def test_a_file_that_telegram_makes_another_kind_of_is_uploaded_once_and_not_for_everyone(
    scene: Scene, tmp_path: Path, rate: float
) -> None:
    scene = scene.with_clock(HaltedCalendar()).with_settings(messages_per_second=rate)
    scene.add_people(30)
    scene.simulator.configure(uploads_become="animation")
    sends = parameters_of_sends(scene)
    content = {"attachments": (video(tmp_path),)}
    broadcast_id = scene.queue("Look", content=content)
    scene.run()
    shown = scene.show(broadcast_id)
    assert (shown.state, scene.counts(broadcast_id)) == ("paused", {"sent": 1, "pending": 29})
    assert shown.state_reason is not None
    assert "Telegram made another kind of file of its video" in shown.state_reason
    assert "--animation or --document" in shown.state_reason
    assert "have it" in shown.state_reason
    assert scene.actions("broadcast.paused") == ["broadcast.paused"]
    assert (uploads(sends), claims_left(scene)) == (1, 0)


def test_a_file_of_an_album_that_becomes_another_kind_pauses_it_too(
    small_scene: Scene, tmp_path: Path
) -> None:
    scene = small_scene
    scene.add_people(5)
    scene.simulator.configure(uploads_become="animation")
    sends = parameters_of_sends(scene)
    broadcast_id = scene.queue("Look", content={"attachments": (address(1), video(tmp_path))})
    scene.run()
    assert scene.show(broadcast_id).state == "paused"
    assert scene.counts(broadcast_id) == {"sent": 1, "pending": 4}
    assert uploads(sends) == 1


def test_an_upload_that_was_sent_and_then_deleted_is_of_no_other_kind(
    small_scene: Scene, tmp_path: Path
) -> None:
    scene = small_scene
    scene.add_people(3)
    scene.fail("sent_then_deleted", 1)
    broadcast_id = scene.queue("Look", content={"attachments": (video(tmp_path),)})
    scene.run()
    assert scene.show(broadcast_id).state == "finished"
    assert scene.counts(broadcast_id) == {"sent": 3}


def test_of_workers_that_want_the_same_files_at_once_one_gets_them(database: Database) -> None:
    with database.write() as session:
        files = [
            FileKey(media.keep(session, name, name.encode()), MediaKind.PHOTO.value)
            for name in ("a", "b", "c")
        ]
    numbers = [add_worker(database) for _ in range(4)]

    def take(which: int) -> bool:
        wanted = files if which % 2 else files[1:]
        with database.write() as session:
            return media.take_uploads(session, wanted, BOT, numbers[which])

    assert at_once(4, take).count(True) == 1


# --- what went once is what all others get -----------------------------------------------------


def test_what_lies_at_an_address_is_fetched_once(scene: Scene) -> None:
    everyone = scene.add_people(20)
    sends = parameters_of_sends(scene)
    scene.queue("Look", content={"attachments": (address(1),)})
    scene.run()
    (first, *others) = [send["photo"] for send in sends]
    assert first == "https://example.org/1"
    (file_id,) = set(others)
    assert file_id.startswith("simulated-photo")
    assert scene.received() == dict.fromkeys(everyone, 1)


def test_an_album_is_uploaded_once_and_recorded_whole(scene: Scene, tmp_path: Path) -> None:
    people = scene.add_people(10)
    sends = parameters_of_sends(scene)
    album = (photo(tmp_path), address(2, MediaKind.VIDEO), address(3))
    broadcast_id = scene.queue("Hello {{ first_name }}", content={"attachments": album})
    scene.run()
    assert scene.counts(broadcast_id) == {"sent": 10}
    assert scene.received() == dict.fromkeys(people, 3)
    assert [send["upload"] for send in sends] == ["1", *["0"] * 9]
    items = [json.loads(send["media"]) for send in sends]
    assert [item["type"] for item in items[0]] == ["photo", "video", "photo"]
    assert {item.get("caption") for album in items for item in album[1:]} == {None}
    assert len({tuple(item["media"] for item in album) for album in items[1:]}) == 1
    assert all(item["media"].startswith("simulated-") for item in items[1])
    for chat_id, delivery in scene.deliveries(broadcast_id).items():
        first, *further = (
            message["message_id"] for message in scene.simulator.chat_messages(chat_id)
        )
        assert delivery.telegram_message_id == first
        assert further_ids(scene, broadcast_id, delivery.seq) == further


def further_ids(scene: Scene, broadcast_id: int, seq: int) -> list[int]:
    query = (
        select(AlbumMessage.telegram_message_id)
        .where(AlbumMessage.broadcast_id == broadcast_id, AlbumMessage.seq == seq)
        .order_by(AlbumMessage.position)  # type: ignore[arg-type] # a column, seen from the class
    )
    with scene.context.database.read() as session:
        return list(session.exec(query))


def test_albums_keep_to_the_pace_of_their_messages(small_scene: Scene) -> None:
    scene = small_scene.with_clock(SystemClock()).with_settings(messages_per_second=30)
    scene.simulator.configure(rate=33)
    people = scene.add_people(6)
    album = tuple(address(number) for number in range(10))
    scene.queue("", content={"attachments": album})
    scene.run()
    assert scene.received() == dict.fromkeys(people, 10)
    assert scene.simulator.stats.refused_429 == 0
