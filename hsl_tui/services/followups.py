"""What can be done to messages after they were sent: change their text, or take them back.

Both become broadcasts of their own, so that they keep the pace, can be paused, and tell for each
recipient what became of it.
"""

from __future__ import annotations

from typing import Final

from hsl_tui.errors import RefusedError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import Act, BroadcastState, DeliveryStatus, Priority, UncertainPolicy
from hsl_tui.models.selector import Selector, SelectorKind
from hsl_tui.models.views import BroadcastView, FollowUp
from hsl_tui.services.audience_check import (
    OnProgress,
    UnfitRecipientsError,
    check_audience,
    ignore_progress,
)
from hsl_tui.services.broadcasts import found, locked, require_deliveries
from hsl_tui.services.context import Context
from hsl_tui.store import broadcasts, followups
from hsl_tui.store.broadcasts import NewDraft
from hsl_tui.store.database import Session
from hsl_tui.telegram.limits import DELETABLE_FOR

_SETTLED: Final = (BroadcastState.FINISHED, BroadcastState.CANCELLED, BroadcastState.PAUSED)
_DOING: Final = {Act.EDIT: "edited", Act.RECALL: "recalled"}


def edit(
    context: Context,
    broadcast_id: int,
    text: str,
    *,
    priority: Priority = Priority.NORMAL,
    on_progress: OnProgress = ignore_progress,
) -> BroadcastView:
    """Change the text, or the caption, of all messages that a broadcast has sent.

    Its media, buttons and options stay. What a paused broadcast has still to send stays too.

    Args:
        on_progress: told how far the check of those it has reached is.

    Returns:
        The broadcast that edits them.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it is still being sent, calls of it are still open, it has sent nothing, or it
            is being edited or recalled.
        TextRefusedError: Telegram would refuse the text.
        UnfitRecipientsError: it would come out wrong for some of those who have the message.
    """
    with context.database.read() as session:
        target = found(session, broadcast_id)
        _require(session, target, Act.EDIT)
    reached = Selector.of(SelectorKind.REACHED_BY, broadcast_id)
    caption = bool(target.content.media)
    check = check_audience(
        context.database, text, [reached], caption=caption, on_progress=on_progress
    )
    if check.unfit:
        raise UnfitRecipientsError(check, can_leave_out=False)
    with context.database.write() as session:
        target = locked(session, broadcast_id)
        _require(session, target, Act.EDIT)
        content = target.content.model_copy(update={"text": text})
        return _launch(session, context, target, Act.EDIT, content=content, priority=priority)


def of(context: Context, broadcast_id: int) -> list[FollowUp]:
    """The edits and recalls of a broadcast, oldest first."""
    with context.database.read() as session:
        return followups.of(session, broadcast_id)


def current_text(context: Context, broadcast_id: int) -> str:
    """The template of what a broadcast's messages say by now, after its edits.

    Raises:
        NotFoundError: there is no such broadcast.
    """
    with context.database.read() as session:
        target = found(session, broadcast_id)
        return followups.last_edit(session, broadcast_id) or target.content.text


def too_old_to_recall(context: Context, broadcast_id: int) -> int:
    """How many messages of a broadcast a recall would leave in their chats, for their age."""
    before = context.clock.now() - DELETABLE_FOR
    with context.database.read() as session:
        target = found(session, broadcast_id)
        if target.started_at is None or target.started_at > before:
            return 0
        return followups.count_older(session, broadcast_id, before)


def without_number(context: Context, broadcast_id: int) -> int:
    """How many messages of a broadcast can be neither edited nor recalled.

    Telegram tells a message's number in its answer. Where that never came, and an operator said
    that the message did arrive, the number is not known.

    Raises:
        NotFoundError: there is no such broadcast.
    """
    with context.database.read() as session:
        found(session, broadcast_id)
        return followups.count_unnumbered(session, broadcast_id)


def explain_without_number(act: Act, lost: int, sent: int) -> str:
    """What is said of messages whose numbers are not known; empty where there are none.

    Args:
        lost: how many they are.
        sent: of how many.
    """
    if not lost:
        return ""
    return (
        f"{lost:,} of {sent:,} cannot be {_DOING[act]}: Telegram's answer, and with it the number"
        " of the message, never came; they stay as they are in their chats."
    )


def recall(
    context: Context, broadcast_id: int, *, priority: Priority = Priority.NORMAL
) -> BroadcastView:
    """Delete all messages that a broadcast has sent from their chats.

    Telegram lets a bot delete what is at most 48 hours old, and in a group of which it is an
    administrator anything; what stays has the reason on record.

    Returns:
        The broadcast that deletes them.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it is still being sent, calls of it are still open, it has sent nothing, or it
            is being edited or recalled.
    """
    with context.database.write() as session:
        target = locked(session, broadcast_id)
        _require(session, target, Act.RECALL)
        return _launch(
            session, context, target, Act.RECALL, content=target.content, priority=priority
        )


def _require(session: Session, target: BroadcastView, act: Act) -> None:
    doing = _DOING[act]
    if target.act is not Act.SEND:
        msg = (
            f"Broadcast {target.id} sends nothing itself: it is the {target.act} of broadcast"
            f" {target.target_id}, and that is what can be {doing}."
        )
        raise RefusedError(msg)
    if target.state not in _SETTLED:
        how = {
            BroadcastState.DRAFT: "it has sent nothing",
            BroadcastState.SCHEDULED: "it has sent nothing; cancel it instead",
        }.get(target.state, "pause or cancel it first")
        msg = f"Broadcast {target.id} is {target.state}, so it cannot be {doing}: {how}."
        raise RefusedError(msg)
    require_deliveries(target)
    on_the_way = target.counts[DeliveryStatus.SENDING]
    if on_the_way:
        # What arrives after the follow-up was made would be left as it is, without a word.
        msg = (
            f"Broadcast {target.id} cannot be {doing} yet: {on_the_way} of its messages are on"
            " their way; try again in a moment, when their calls have ended."
        )
        raise RefusedError(msg)
    under_way = followups.under_way(session, target.id)
    if under_way is not None:
        number, other = under_way
        msg = (
            f"Broadcast {target.id} is being {_DOING[other]} by broadcast {number}: let that"
            f" end, or cancel it with `hsl-tui broadcasts cancel {number}`."
        )
        raise RefusedError(msg)


def _launch(
    session: Session,
    context: Context,
    target: BroadcastView,
    act: Act,
    *,
    content: MessageContent,
    priority: Priority,
) -> BroadcastView:
    before = followups.last_edit(session, target.id) or target.content.text
    draft = NewDraft(
        content=content,
        audience=target.audience,
        # To edit or to delete twice does no harm, and to leave it out would.
        on_uncertain=UncertainPolicy.RESEND,
        priority=priority,
        act=act,
        target_id=target.id,
        created_by=context.actor,
        created_at=context.clock.now(),
    )
    number = broadcasts.add(session, draft)
    count = followups.take_down(session, number, target.id)
    lost = followups.count_unnumbered(session, target.id)
    if count == lost:
        msg = f"Broadcast {target.id} has no message in any chat that could be {_DOING[act]}."
        raise RefusedError(" ".join([msg, explain_without_number(act, lost, count)]).strip())
    broadcasts.launch(session, number, BroadcastState.SENDING, scheduled_at=None, deliveries=count)
    details: dict[str, object] = {"by": number, "messages": count - lost}
    if act is Act.EDIT:
        details |= {"before": before, "after": content.text}
    context.record(session, f"broadcast.{act}_queued", target.id, **details)
    return found(session, number)
