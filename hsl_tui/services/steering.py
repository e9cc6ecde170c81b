"""Steering broadcasts that were queued: pause, resume, cancel, retry, resolve."""

from __future__ import annotations

from typing import Final

from hsl_tui.errors import RefusedError
from hsl_tui.models.delivery_criteria import EVERY, DeliveryCriteria
from hsl_tui.models.enums import Act, BroadcastState, DeliveryStatus
from hsl_tui.models.views import BroadcastView, Retriable
from hsl_tui.services.agreement import hold_to
from hsl_tui.services.broadcasts import found, locked, require, require_deliveries
from hsl_tui.services.context import Context
from hsl_tui.store import broadcasts, followups, recipients, settling
from hsl_tui.store.database import Session

STOPPABLE: Final = (BroadcastState.SCHEDULED, BroadcastState.SENDING)


def pause(context: Context, broadcast_id: int) -> BroadcastView:
    """Hold a broadcast; calls that are on the way end.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it is not under way.
    """
    with context.database.write() as session:
        broadcast = locked(session, broadcast_id)
        require(broadcast, STOPPABLE, "paused")
        broadcasts.set_state(session, broadcast_id, BroadcastState.PAUSED)
        context.record(session, "broadcast.paused", broadcast_id)
        return found(session, broadcast_id)


def resume(context: Context, broadcast_id: int) -> BroadcastView:
    """Let a paused broadcast go on: at its time if that is still to come, else now.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it is not paused.
    """
    now = context.clock.now()
    with context.database.write() as session:
        broadcast = locked(session, broadcast_id)
        require(broadcast, (BroadcastState.PAUSED,), "resumed")
        # What has begun goes on, also where clocks differ: as a scheduled one it would not finish
        # when its last call in flight ends.
        begun = broadcast.started_at is not None
        waits = not begun and broadcast.scheduled_at is not None and broadcast.scheduled_at > now
        state = BroadcastState.SCHEDULED if waits else BroadcastState.SENDING
        broadcasts.set_state(session, broadcast_id, state)
        context.record(session, "broadcast.resumed", broadcast_id)
        return found(session, broadcast_id)


def cancel(context: Context, broadcast_id: int) -> BroadcastView:
    """Send nothing more of a broadcast; calls that are on the way end and are recorded.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it has ended.
    """
    now = context.clock.now()
    with context.database.write() as session:
        broadcast = locked(session, broadcast_id)
        require(broadcast, (BroadcastState.DRAFT, BroadcastState.PAUSED, *STOPPABLE), "cancelled")
        # The state first: what has nothing pending would otherwise count as finished.
        broadcasts.set_state(session, broadcast_id, BroadcastState.CANCELLED, finished_at=now)
        count = settling.cancel_pending(session, broadcast, now=now)
        context.record(session, "broadcast.cancelled", broadcast_id, deliveries=count)
        return found(session, broadcast_id)


def retriable(context: Context, broadcast_id: int, criteria: DeliveryCriteria = EVERY) -> Retriable:
    """What :func:`retry` would do now, counted.

    Raises:
        NotFoundError: there is no such broadcast.
    """
    with context.database.read() as session:
        return settling.retriable(session, found(session, broadcast_id), criteria)


def retry(
    context: Context,
    broadcast_id: int,
    criteria: DeliveryCriteria = EVERY,
    *,
    expected: int | None = None,
) -> tuple[BroadcastView, int]:
    """Send again to those that failed for a reason that can pass.

    Args:
        criteria: only to those that are meant, whatever status it names.
        expected: how many were agreed to, where somebody was asked.

    Returns:
        The broadcast, and how many wait again.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it was cancelled or is a draft, its deliveries were removed, it is an edit
            that another has followed, there is nothing to retry, or another number than was agreed
            to.
    """
    now = context.clock.now()
    with context.database.write() as session:
        broadcast = locked(session, broadcast_id)
        require_deliveries(broadcast)
        _refuse_ended(broadcast, "retried")
        _refuse_outdated(session, broadcast)
        count = settling.retry_failed(session, broadcast, now=now, criteria=criteria)
        if not count:
            msg = (
                f"Broadcast {broadcast_id} has no failed delivery{_among(criteria)} that could"
                f" succeed now; see `hsl-tui broadcasts deliveries {broadcast_id} --status failed`"
                " for the reasons. Those who have come back since are reached with"
                f" `--to not-reached-by:{broadcast_id}`."
            )
            raise RefusedError(msg)
        hold_to(expected, count)
        details = {"deliveries": count, **_written(session, criteria)}
        context.record(session, "broadcast.retried", broadcast_id, **details)
        return found(session, broadcast_id), count


def count_uncertain(context: Context, broadcast_id: int, criteria: DeliveryCriteria = EVERY) -> int:
    """How many :func:`resolve` would settle now."""
    with context.database.read() as session:
        return settling.count_uncertain(session, broadcast_id, criteria)


def resolve(
    context: Context,
    broadcast_id: int,
    criteria: DeliveryCriteria = EVERY,
    *,
    resend: bool,
    expected: int | None = None,
) -> tuple[BroadcastView, int]:
    """Settle uncertain deliveries: count them as sent, or send again.

    What would be sent again to somebody who is not active any more stays uncertain.

    Args:
        criteria: only those that are meant, whatever status it names.
        expected: how many were agreed to, where somebody was asked.

    Returns:
        The broadcast, and how many were settled.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: nothing is uncertain (or nothing to anyone active, to be sent again), its
            deliveries were removed, it was cancelled and cannot be sent again, it edits or recalls,
            which is settled by doing it again, is an edit that another has followed, or there are
            others than were agreed to.
    """
    now = context.clock.now()
    with context.database.write() as session:
        broadcast = locked(session, broadcast_id)
        require_deliveries(broadcast)
        if resend:
            _refuse_ended(broadcast, "sent again")
            _refuse_outdated(session, broadcast)
        elif broadcast.act is not Act.SEND:
            msg = (
                f"Broadcast {broadcast_id} is a follow-up ({broadcast.act}), and doing it twice"
                " does no harm: settle what is uncertain of it with `--as resend`."
            )
            raise RefusedError(msg)
        after = DeliveryStatus.PENDING if resend else DeliveryStatus.SENT
        count = settling.resolve_uncertain(session, broadcast, after, now=now, criteria=criteria)
        left = settling.count_uncertain(session, broadcast_id, criteria) if resend else 0
        if not count:
            msg = (
                f"Broadcast {broadcast_id} has no uncertain delivery{_among(criteria)}"
                f"{' to anyone who is active' if left else ''}."
            )
            raise RefusedError(msg)
        hold_to(expected, count + left)
        way = "resend" if resend else "sent"
        details = {"as": way, "deliveries": count, **_written(session, criteria)}
        context.record(session, "broadcast.resolved", broadcast_id, **details)
        return found(session, broadcast_id), count


def _written(session: Session, criteria: DeliveryCriteria) -> dict[str, object]:
    """What was asked for; of marked chats those on record: others were forgotten since."""
    said = criteria.written()
    if criteria.chat_ids is not None:
        said["chats"] = recipients.on_record(session, criteria.chat_ids)
    return said


def _among(criteria: DeliveryCriteria) -> str:
    if criteria.chat_ids is not None:
        return " to those chats"
    return " among those" if criteria.written() else ""


def _refuse_outdated(session: Session, broadcast: BroadcastView) -> None:
    if broadcast.act is not Act.EDIT or broadcast.target_id is None:
        return
    later = followups.later_edit(session, broadcast.target_id, broadcast.id)
    if later is not None:
        msg = (
            f"Broadcast {broadcast.id} is an edit, and broadcast {later} has edited the same"
            f" messages since: to do the older one again would undo that. Edit broadcast"
            f" {broadcast.target_id} again instead."
        )
        raise RefusedError(msg)


def _refuse_ended(broadcast: BroadcastView, act: str) -> None:
    if broadcast.state in {BroadcastState.CANCELLED, BroadcastState.DRAFT}:
        msg = f"Broadcast {broadcast.id} is {broadcast.state}; it cannot be {act}."
        raise RefusedError(msg)
