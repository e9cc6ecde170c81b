"""Queueing: all of it or nothing, once for each key, and to whom it was at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

from hsl_tui.errors import HslTuiError, InvalidInputError, NotFoundError, RefusedError
from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    MediaKind,
    Priority,
    RecipientState,
    UncertainPolicy,
)
from hsl_tui.services import queueing
from hsl_tui.services.audience_check import UnfitRecipientsError
from hsl_tui.services.broadcasts import latest
from hsl_tui.services.composing import Attachment, Composition, parse_buttons
from hsl_tui.services.context import Context
from hsl_tui.services.queueing import Order
from hsl_tui.store import audit, media, recipients
from hsl_tui.store.intake import Arrival, take_in
from tests.builders import HOUR, add_recipients, at_once, broadcast, ledger_of
from tests.conftest import NOON, FrozenClock

PNG = b"\x89PNG\r\n\x1a\n picture"
HELLO = Order(Composition("Hello {{ first_name }}"), ["all"])


@pytest.fixture
def audience(context: Context) -> list[int]:
    """Three recipients, of whom the first two are students; their chat ids."""
    chats = add_recipients(context.database, 3)
    with context.database.write() as session:
        students = [
            Arrival(chat, tags=frozenset({"students"}), attributes={"course": "K"})
            for chat in chats[:2]
        ]
        take_in(session, students, now=NOON)
    return chats


def acts(context: Context) -> list[str]:
    with context.database.read() as session:
        return [entry.action for entry in audit.latest(session, limit=9)]


def chats_of(context: Context, number: int) -> list[int]:
    return [one.chat_id for one in ledger_of(context.database, number)]


@pytest.fixture
def unchanged(context: Context) -> Iterator[None]:
    """Nothing of a broadcast may be there at the end."""
    yield
    assert latest(context) == []
    assert acts(context) == []
    with context.database.read() as session:
        for table in ("message_recipients", "media_files"):
            assert session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() == 0  # noqa: S608 - named above


# --- what is queued ---------------------------------------------------------------------------


def test_an_order_for_now_is_in_the_workers_hands(context: Context, audience: list[int]) -> None:
    buttons = parse_buttons(["A=https://a.org|B=https://b.org"])
    composition = Composition("Hello", buttons=buttons, silent=True, protect=True)
    order = Order(
        composition, ["all"], on_uncertain=UncertainPolicy.RESEND, priority=Priority.URGENT
    )
    queued = queueing.queue(context, order)
    assert queued == broadcast(context.database, queued.id)
    assert (queued.state, queued.scheduled_at) == (BroadcastState.SENDING, None)
    assert (queued.total_recipients, queued.counts[DeliveryStatus.PENDING]) == (3, 3)
    assert queued.on_uncertain is UncertainPolicy.RESEND
    assert queued.priority is Priority.URGENT
    assert (queued.created_by, queued.created_at) == ("tester", NOON)
    assert queued.content.buttons == buttons
    assert (queued.content.silent, queued.content.protect) == (True, True)
    assert chats_of(context, queued.id) == audience
    with context.database.read() as session:
        (entry,) = audit.latest(session, limit=9)
    assert (entry.action, entry.actor, entry.broadcast_id) == (
        "broadcast.queued",
        "tester",
        queued.id,
    )
    assert entry.details == {
        "to": ["all"],
        "recipients": 3,
        "priority": "urgent",
        "time": None,
    }


def test_an_order_for_later_waits_for_its_time(context: Context, audience: list[int]) -> None:
    queued = queueing.queue(context, replace(HELLO, at=NOON + HOUR))
    assert (queued.state, queued.scheduled_at) == (BroadcastState.SCHEDULED, NOON + HOUR)
    assert chats_of(context, queued.id) == audience
    far = queueing.queue(context, replace(HELLO, at=NOON.replace(year=9998)))
    assert far.scheduled_at == NOON.replace(year=9998)


def test_the_audience_is_who_it_was_when_it_was_queued(
    context: Context, audience: list[int]
) -> None:
    order = replace(HELLO, to=["tag:students", f"chat:{audience[2]}", f"!chat:{audience[0]}"])
    queued = queueing.queue(context, order)
    add_recipients(context.database, 2, first=9000)
    assert chats_of(context, queued.id) == audience[1:]
    assert queued.audience == ("tag:students", "chat:1003", "!chat:1001")


def test_only_active_recipients_are_meant(context: Context, audience: list[int]) -> None:
    with context.database.write() as session:
        gone = recipients.window(session, limit=1)[0].id
        recipients.set_state(session, gone, RecipientState.BLOCKED, reason="", now=NOON)
    assert queueing.count_audience(context, ["all"]) == 2
    assert chats_of(context, queueing.queue(context, HELLO).id) == audience[1:]


def test_who_is_picked_twice_gets_it_once(context: Context, audience: list[int]) -> None:
    order = replace(HELLO, to=["all", "tag:students", f"chat:{audience[0]}", "all"])
    assert chats_of(context, queueing.queue(context, order).id) == audience


# --- what is refused --------------------------------------------------------------------------

WRONG = {
    "no selector": replace(HELLO, to=[]),
    "only exclusions": replace(HELLO, to=["!all"]),
    "no selector at all": replace(HELLO, to=["everyone"]),
    "an unknown tag": replace(HELLO, to=["tag:teachers"]),
    "an unknown tag among others": replace(HELLO, to=["all", "!tag:teachers"]),
    "an unknown chat": replace(HELLO, to=["chat:77"]),
    "an unknown name": replace(HELLO, to=["username:nobody"]),
    "nobody left": replace(HELLO, to=["tag:students", "!all"]),
    "a past time": replace(HELLO, at=NOON - timedelta(microseconds=1)),
    "this very moment": replace(HELLO, at=NOON),
    "broken markup": replace(HELLO, composition=Composition("<b>Hello")),
    "no text": replace(HELLO, composition=Composition("")),
    "an unknown variable": replace(HELLO, composition=Composition("{{ birthday }}")),
    "too long for a text": replace(HELLO, composition=Composition("x" * 4097)),
    "too long for a caption": replace(
        HELLO,
        composition=Composition("x" * 1025, (Attachment(MediaKind.PHOTO, "https://a.org/b.png"),)),
    ),
    "a file that is not there": replace(
        HELLO, composition=Composition("x", (Attachment(MediaKind.PHOTO, "/no/such/file.png"),))
    ),
    "an empty key": replace(HELLO, idempotency_key=""),
    "a blank key": replace(HELLO, idempotency_key="  "),
    "a key that is too long": replace(HELLO, idempotency_key="k" * 256),
    "a key with NUL": replace(HELLO, idempotency_key="k\0"),
    "a key of half a pair": replace(HELLO, idempotency_key="\ud83d"),
}


@pytest.mark.usefixtures("audience", "unchanged")
@pytest.mark.parametrize("draft", [False, True], ids=["queued", "draft"])
def test_a_wrong_order_is_refused_and_leaves_nothing(context: Context, *, draft: bool) -> None:
    for what, order in WRONG.items():
        if draft and what == "nobody left":
            continue  # by the time it is sent there may be someone
        with pytest.raises(InvalidInputError) as caught:
            queueing.queue(context, replace(order, draft=draft))
        assert "\n" not in str(caught.value), what
        assert caught.value.exit_status == 2, what


@pytest.mark.usefixtures("unchanged")
def test_without_any_recipient_nothing_is_queued(context: Context) -> None:
    with pytest.raises(InvalidInputError, match="No active recipient is picked by all"):
        queueing.queue(context, HELLO)


@pytest.mark.usefixtures("audience")
def test_an_order_that_cannot_be_put_on_record_is_not_queued(
    context: Context, tmp_path: Path
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(PNG)
    order = Order(Composition("Hi", (Attachment(MediaKind.PHOTO, str(file)),)), ["all"])
    with context.database.write() as session:
        session.execute(sa.text("DELETE FROM audit_head"))
    with pytest.raises(NoResultFound):
        queueing.queue(context, order)
    assert latest(context) == []


def test_a_caption_may_be_as_long_as_telegram_says(context: Context, audience: list[int]) -> None:
    address = Attachment(MediaKind.PHOTO, "https://example.org/a.png")
    composition = Composition("x" * 1024, (address,))
    assert queueing.queue(context, Order(composition, ["all"])).total_recipients == len(audience)


# --- those for whom it would come out wrong ---------------------------------------------------

COURSE = Order(Composition("{{ first_name }}: {{ course }}!"), ["all"])


@pytest.mark.usefixtures("unchanged")
def test_a_text_that_comes_out_wrong_for_some_is_not_queued(
    context: Context, audience: list[int]
) -> None:
    with pytest.raises(UnfitRecipientsError, match="wrong for 1 of 3 recipients") as caught:
        queueing.queue(context, COURSE)
    assert "'course' is undefined" in str(caught.value)
    assert f"{audience[2]} (N{audience[2]})" in str(caught.value)
    assert "--leave-out-unfit" in str(caught.value)
    assert caught.value.exit_status == 2


def test_any_attribute_of_anyone_can_be_asked_for(context: Context, audience: list[int]) -> None:
    order = replace(COURSE, to=["tag:students"])
    assert queueing.queue(context, order).total_recipients == 2
    stand_in = replace(COURSE, composition=Composition("{{ course|default('None') }}!"))
    assert queueing.queue(context, stand_in).total_recipients == len(audience)


def test_those_for_whom_it_comes_out_wrong_can_be_left_out(
    context: Context, audience: list[int]
) -> None:
    seen: list[tuple[int, int]] = []

    queued = queueing.queue(
        context,
        replace(COURSE, leave_out_unfit=True),
        on_progress=lambda done, total: seen.append((done, total)),
    )

    assert chats_of(context, queued.id) == audience[:2]
    assert queued.audience == ("all", f"!chat:{audience[2]}")
    assert seen == [(3, 3)]


@pytest.mark.usefixtures("unchanged")
def test_when_it_comes_out_wrong_for_all_nobody_is_left_out(
    context: Context, audience: list[int]
) -> None:
    order = replace(COURSE, to=[f"chat:{audience[2]}"], leave_out_unfit=True)
    with pytest.raises(UnfitRecipientsError, match="1 of 1 recipients"):
        queueing.queue(context, order)


def test_a_draft_is_checked_for_everyone_when_it_is_queued(
    context: Context, audience: list[int]
) -> None:
    draft = queueing.queue(context, replace(COURSE, to=[f"chat:{audience[2]}"], draft=True))
    with pytest.raises(UnfitRecipientsError):
        queueing.queue_draft(context, draft.id)
    assert latest(context)[0].state == "draft"

    draft = queueing.queue(context, replace(COURSE, draft=True))
    queued = queueing.queue_draft(context, draft.id, leave_out_unfit=True)
    assert chats_of(context, queued.id) == audience[:2]


# --- the same order again ---------------------------------------------------------------------


@pytest.mark.usefixtures("audience")
def test_the_same_key_finds_the_first_and_queues_nothing(
    context: Context, clock: FrozenClock, tmp_path: Path
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(PNG)
    composition = Composition("Hi", (Attachment(MediaKind.PHOTO, str(file)),))
    order = Order(composition, ["all"], at=NOON + HOUR, idempotency_key="k")
    first = queueing.queue(context, order)
    # Whatever has become of it: a script that tries again must not be told that it failed.
    clock.advance(hours=2)
    file.unlink()
    assert queueing.queue(context, order) == first
    assert queueing.queue(context, Order(Composition("<b>"), [], idempotency_key="k")) == first
    assert [one.id for one in latest(context)] == [first.id]
    assert acts(context) == ["broadcast.queued"]
    assert queueing.queue(context, replace(HELLO, idempotency_key="K")).id != first.id


@pytest.mark.usefixtures("audience")
def test_one_key_at_the_same_time_is_one_broadcast(context: Context) -> None:
    order = replace(HELLO, idempotency_key="k")
    found = at_once(5, lambda _: queueing.queue(context, order).id)
    assert len(set(found)) == 1
    assert broadcast(context.database, found[0]).total_recipients == 3
    assert acts(context) == ["broadcast.queued"]


@pytest.mark.usefixtures("audience")
def test_a_key_of_an_order_that_was_refused_is_free(context: Context) -> None:
    with pytest.raises(InvalidInputError):
        queueing.queue(context, replace(HELLO, to=["tag:students", "!all"], idempotency_key="k"))
    assert queueing.queue(context, replace(HELLO, idempotency_key="k")).total_recipients == 3


def test_orders_at_the_same_time_are_each_queued_whole(
    context: Context, audience: list[int]
) -> None:
    numbers = at_once(4, lambda _: queueing.queue(context, HELLO).id)
    assert len(set(numbers)) == 4
    for number in numbers:
        broadcast(context.database, number)
        assert chats_of(context, number) == audience


# --- drafts -----------------------------------------------------------------------------------


def test_a_draft_waits_without_recipients_until_it_is_queued(
    context: Context, audience: list[int]
) -> None:
    draft = queueing.queue(context, replace(HELLO, to=["tag:students"], draft=True))
    assert (draft.state, draft.total_recipients) == (BroadcastState.DRAFT, 0)
    with context.database.write() as session:
        take_in(session, [Arrival(audience[2], tags=frozenset({"students"}))], now=NOON)
    queued = queueing.queue_draft(context, draft.id)
    assert (queued.id, queued.state) == (draft.id, BroadcastState.SENDING)
    assert chats_of(context, draft.id) == audience
    assert acts(context) == ["broadcast.queued", "broadcast.drafted"]
    assert queued == broadcast(context.database, draft.id)


@pytest.mark.usefixtures("audience")
def test_a_draft_is_queued_once(context: Context) -> None:
    draft = queueing.queue(context, replace(HELLO, draft=True))

    def queue(_: int) -> str:
        try:
            return queueing.queue_draft(context, draft.id, at=NOON + HOUR).state.value
        except RefusedError as refused:
            return type(refused).__name__

    assert sorted(at_once(3, queue)) == ["RefusedError", "RefusedError", "scheduled"]
    assert broadcast(context.database, draft.id).total_recipients == 3


@pytest.mark.usefixtures("audience")
def test_a_draft_whose_time_has_passed_is_not_sent_by_surprise(
    context: Context, clock: FrozenClock
) -> None:
    draft = queueing.queue(context, replace(HELLO, at=NOON + HOUR, draft=True))
    clock.advance(hours=2)
    with pytest.raises(InvalidInputError, match=r"was drafted for .*, which is past"):
        queueing.queue_draft(context, draft.id)
    assert broadcast(context.database, draft.id) == draft

    queued = queueing.queue_draft(context, draft.id, at_once=True)
    assert (queued.state, queued.scheduled_at) == (BroadcastState.SENDING, None)


@pytest.mark.usefixtures("audience")
def test_a_draft_that_cannot_go_out_stays_a_draft(context: Context) -> None:
    draft = queueing.queue(context, replace(HELLO, to=["tag:students", "!all"], draft=True))
    wrong: list[tuple[int, type[HslTuiError], dict[str, object]]] = [
        (draft.id, InvalidInputError, {}),
        (draft.id, InvalidInputError, {"at": NOON}),
        (99, NotFoundError, {}),
    ]
    for number, kind, options in wrong:
        with pytest.raises(kind):
            queueing.queue_draft(context, number, **options)  # type: ignore[arg-type] # as listed
    assert broadcast(context.database, draft.id) == draft
    assert acts(context) == ["broadcast.drafted"]


# --- files ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("audience")
def test_a_file_is_sent_as_it_was_when_it_was_queued(context: Context, tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(PNG + b"as approved")
    order = Order(Composition("Hi", (Attachment(MediaKind.PHOTO, str(file)),)), ["all"])
    first, second = queueing.queue(context, order), queueing.queue(context, order)
    file.write_bytes(PNG + b"something else")
    third = queueing.queue(context, order)
    kept = [one.content.media for one in (first, second, third)]
    numbers = [item.media_file_id for (item,) in kept]
    assert numbers[0] == numbers[1] != numbers[2]
    assert None not in numbers
    with context.database.read() as session:
        assert media.read(session, numbers[0] or 0) == ("a.png", PNG + b"as approved")
        assert media.read(session, numbers[2] or 0) == ("a.png", PNG + b"something else")


# --- counting before --------------------------------------------------------------------------


def test_an_audience_is_counted_before_it_is_written_to(
    context: Context, audience: list[int]
) -> None:
    assert queueing.count_audience(context, ["all"]) == len(audience)
    assert queueing.count_audience(context, ["tag:students", "!chat:1001"]) == 1
    for wrong in ([], ["!all"], ["tag:none"], ["nonsense"]):
        with pytest.raises(InvalidInputError):
            queueing.count_audience(context, wrong)
