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
from hsl_tui.models.views import BroadcastView, Findable, FollowUp
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


def findable(context: Context, broadcast_id: int) -> Findable:
    """What a broadcast has sent, by whether it can be found again to be edited or recalled.

    Telegram tells a message's number in its answer. Where that never came, and an operator said
    that the message did arrive, the number is not known. Of who was forgotten neither that nor the
    chat stays on record.

    Raises:
        NotFoundError: there is no such broadcast.
    """
    with context.database.read() as session:
        found(session, broadcast_id)
        return followups.findable(session, broadcast_id)


def explain_unfound(act: Act, messages: Findable) -> list[str]:
    """What is said of messages that cannot be found again, a sentence for each cause of it."""
    said = []
    if messages.unnumbered:
        alone = messages.unnumbered == 1
        stay = "it stays as it is in its chat" if alone else "they stay as they are in their chats"
        said.append(
            f"{messages.unnumbered:,} of {messages.sent:,} cannot be {_DOING[act]}: Telegram's"
            f" answer, and with it the number of the message, never came; {stay}."
        )
    if messages.forgotten == 1:
        said.append(
            f"1 of {messages.sent:,} cannot be {_DOING[act]}: it went to somebody who was"
            " forgotten, whose chat is not on record any more."
        )
    elif messages.forgotten:
        said.append(
            f"{messages.forgotten:,} of {messages.sent:,} cannot be {_DOING[act]}: they went to"
            " people who were forgotten, whose chats are not on record any more."
        )
    return said


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
    messages = followups.findable(session, target.id)
    if not messages.found:
        msg = f"Broadcast {target.id} has no message in any chat that could be {_DOING[act]}."
        raise RefusedError(" ".join([msg, *explain_unfound(act, messages)]))
    broadcasts.launch(session, number, BroadcastState.SENDING, scheduled_at=None, deliveries=count)
    details: dict[str, object] = {"by": number, "messages": messages.found}
    if act is Act.EDIT:
        details |= {"before": before, "after": content.text}
    context.record(session, f"broadcast.{act}_queued", target.id, **details)
    return found(session, number)
