"""Queueing broadcasts: everything is checked, the audience fixed, and the workers take over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import BroadcastState, Priority, UncertainPolicy
from hsl_tui.models.selector import Selector, SelectorKind, join_selectors, parse_selectors
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import checking, composing
from hsl_tui.services.attachments import read_attachments
from hsl_tui.services.audience_check import OnProgress, check_audience, fit, ignore_progress
from hsl_tui.services.broadcasts import found, locked, require
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.recipients import require_known
from hsl_tui.store import audience, broadcasts, recipients, segments
from hsl_tui.store.broadcasts import NewDraft
from hsl_tui.store.database import Session
from hsl_tui.store.texts import storable

LONGEST_KEY: Final = 255
"""Characters of an idempotency key."""


@dataclass(frozen=True, slots=True)
class Order:
    """A broadcast as it is asked for.

    Attributes:
        to: selectors, as they were written.
        at: when; None for now.
        idempotency_key: a second order with the same key finds the first broadcast.
        draft: keep it without recipients; :func:`queue_draft` sends it.
        leave_out_unfit: whether those for whom the text comes out wrong are left out, rather than
            the order refused.
    """

    composition: Composition
    to: Sequence[str]
    at: datetime | None = None
    on_uncertain: UncertainPolicy = UncertainPolicy.HOLD
    priority: Priority = Priority.NORMAL
    idempotency_key: str | None = None
    draft: bool = False
    leave_out_unfit: bool = False


def queue(
    context: Context, order: Order, *, on_progress: OnProgress = ignore_progress
) -> BroadcastView:
    """Check an order, fix its audience, and put it in the workers' hands.

    Args:
        on_progress: told how far the check of the audience is.

    Returns:
        The new broadcast, or the one that was queued before under the same key.

    Raises:
        TextRefusedError: Telegram would refuse the text.
        UnfitRecipientsError: it would come out wrong for some of the recipients.
        InvalidInputError: a wrong selector, an empty audience, a time in the past, a key of no
            or too many characters.
    """
    # First of all: by the time of a second call its file may be gone and its time past.
    earlier = queued_before(context, order.idempotency_key)
    if earlier is not None:
        return earlier
    _check_time(order.at, context.clock.now())
    files = read_attachments(order.composition)
    selectors = _check(context, order, on_progress)
    with context.database.write() as session:
        draft = NewDraft(
            content=composing.keep(session, order.composition, files),
            audience=[str(selector) for selector in selectors],
            on_uncertain=order.on_uncertain,
            priority=order.priority,
            scheduled_at=order.at,
            created_by=context.actor,
            created_at=context.clock.now(),
        )
        broadcast_id = _add(session, draft, order.idempotency_key)
        if broadcast_id is None:
            # Another call took the key since the look above.
            return _found_by_key(session, order.idempotency_key)
        if order.draft:
            context.record(session, "broadcast.drafted", broadcast_id)
        else:
            _launch(session, context, found(session, broadcast_id), selectors, order.at)
        return found(session, broadcast_id)


def _check(context: Context, order: Order, on_progress: OnProgress) -> Sequence[Selector]:
    """Check an order's text and selectors; the selectors of those whom it can go to."""
    selectors = parse_selectors(order.to)
    text, caption = order.composition.text, bool(order.composition.attachments)
    with context.database.read() as session:
        require_known(session, selectors)
        if order.draft:
            # Who will get it is not decided yet.
            checking.check_for_anyone(
                text,
                caption=caption,
                known=recipients.attribute_names(session),
                person=checking.someone(session, selectors),
            )
            return selectors
    return _fit(
        context,
        text,
        selectors,
        caption=caption,
        leave_out_unfit=order.leave_out_unfit,
        on_progress=on_progress,
    )


def _add(session: Session, draft: NewDraft, key: str | None) -> int | None:
    if key is None:
        return broadcasts.add(session, draft)
    return broadcasts.add_unless_queued(session, draft, key)


def queue_draft(
    context: Context,
    broadcast_id: int,
    *,
    at: datetime | None = None,
    at_once: bool = False,
    leave_out_unfit: bool = False,
    on_progress: OnProgress = ignore_progress,
) -> BroadcastView:
    """Send a draft now or at a time; its audience is who its selectors pick at this moment.

    Args:
        at: when; None for the time that it was drafted for, and for now where that was none.
        at_once: now, whatever time it was drafted for.
        leave_out_unfit: as in an :class:`Order`.
        on_progress: told how far the check of the audience is.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it is not a draft.
        UnfitRecipientsError: it would come out wrong for some of the recipients.
        InvalidInputError: its audience is empty, or the time is in the past.
    """
    now = context.clock.now()
    with context.database.read() as session:
        draft = found(session, broadcast_id)
        require(draft, (BroadcastState.DRAFT,), "queued")
        if at is None and not at_once:
            at = _time_of(draft, now)
        _check_time(at, now)
        selectors: Sequence[Selector] = parse_selectors(draft.audience)
        require_known(session, selectors)
    selectors = _fit(
        context,
        draft.content.text,
        selectors,
        caption=bool(draft.content.media),
        leave_out_unfit=leave_out_unfit,
        on_progress=on_progress,
    )
    with context.database.write() as session:
        draft = locked(session, broadcast_id)
        # Another call may have queued it since the look above.
        require(draft, (BroadcastState.DRAFT,), "queued")
        _launch(session, context, draft, selectors, at)
        return found(session, broadcast_id)


def count_audience(context: Context, to: Sequence[str]) -> int:
    """How many active recipients the selectors pick at this moment.

    Raises:
        InvalidInputError: a selector is wrong, or names what is not on record.
    """
    selectors = parse_selectors(to)
    with context.database.read() as session:
        require_known(session, selectors)
        return audience.count(session, selectors)


def _fit(
    context: Context,
    text: str,
    selectors: Sequence[Selector],
    *,
    caption: bool,
    leave_out_unfit: bool,
    on_progress: OnProgress,
) -> Sequence[Selector]:
    """The selectors, once the text was made up for all whom they pick: before the transaction."""
    check = check_audience(
        context.database, text, selectors, caption=caption, on_progress=on_progress
    )
    return fit(selectors, check, leave_out_unfit=leave_out_unfit)


def queued_before(context: Context, key: str | None) -> BroadcastView | None:
    """The broadcast that was queued under a key; None without one.

    Raises:
        InvalidInputError: it is no key.
    """
    if key is None:
        return None
    if not key.strip() or len(key) > LONGEST_KEY or key != storable(key):
        # An empty one is a script's unset variable, and would make every order the same.
        msg = f"An idempotency key has 1 to {LONGEST_KEY} characters, none of them NUL."
        raise InvalidInputError(msg)
    with context.database.read() as session:
        return broadcasts.by_idempotency_key(session, key)


def _found_by_key(session: Session, key: str | None) -> BroadcastView:
    earlier = None if key is None else broadcasts.by_idempotency_key(session, key)
    if earlier is None:  # pragma: no cover - nothing removes broadcasts
        raise LookupError(key)
    return earlier


def _launch(
    session: Session,
    context: Context,
    draft: BroadcastView,
    selectors: Sequence[Selector],
    at: datetime | None,
) -> None:
    count = audience.take_down(session, draft.id, selectors)
    if not count:
        raise InvalidInputError(nobody_picked(selectors))
    state = BroadcastState.SENDING if at is None else BroadcastState.SCHEDULED
    broadcasts.launch(session, draft.id, state, scheduled_at=at, deliveries=count)
    details: dict[str, object] = {
        "to": [str(selector) for selector in selectors],
        "recipients": count,
        "time": None if at is None else at.isoformat(),
    }
    if saved := segments.definitions(session, selectors):
        # What the names stood for: it may be another tomorrow.
        details["saved"] = {name: [str(one) for one in meant] for name, meant in saved.items()}
    if draft.priority is not Priority.NORMAL:
        details["priority"] = draft.priority.value
    context.record(session, "broadcast.queued", draft.id, **details)


def nobody_picked(selectors: Sequence[Selector]) -> str:
    """What is said of an audience in which there is nobody."""
    picked = join_selectors(selectors)
    if any(term.kind is SelectorKind.STATE for one in selectors for term in one.terms):
        return (
            f"No active recipient is picked by {picked}; broadcasts go to active ones alone,"
            " whatever states selectors name."
        )
    return f"No active recipient is picked by {picked}; see `hsl-tui recipients list`."


def _check_time(at: datetime | None, now: datetime) -> None:
    if at is not None and at <= now:
        msg = f"The time {at.isoformat()} is in the past; leave it out to send at once."
        raise InvalidInputError(msg)


def _time_of(draft: BroadcastView, now: datetime) -> datetime | None:
    at = draft.scheduled_at
    if at is not None and at <= now:
        msg = (
            f"Broadcast {draft.id} was drafted for {at.isoformat()}, which is past; give another"
            " time, or now."
        )
        raise InvalidInputError(msg)
    return at
