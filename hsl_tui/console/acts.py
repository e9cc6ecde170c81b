"""What can be done to a broadcast from its list, each asked before it is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hsl_tui.console.dialogs.question import Answer
from hsl_tui.console.wording import full_moment, number, people, plural
from hsl_tui.models.enums import Act as BroadcastAct
from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import broadcasts, followups, queueing, steering
from hsl_tui.services.context import Context

_UNDER_WAY: Final = frozenset({BroadcastState.SCHEDULED, BroadcastState.SENDING})
_RUNNING: Final = _UNDER_WAY | {BroadcastState.PAUSED, BroadcastState.FINISHED}
_SETTLED: Final = frozenset(
    {BroadcastState.PAUSED, BroadcastState.FINISHED, BroadcastState.CANCELLED}
)
_ALL_REASONS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Act:
    """Something to do to one broadcast.

    Attributes:
        name: by which it is proposed.
        word: for the footer, where room is scarce.
        fits: whether it can be done to a broadcast as it stands.
        refusal: what to say where it cannot, after «Broadcast 3 …».
        explain: what will happen to how many; called in a thread, may read.
        carry_out: does it with the chosen answer and says what was done; called in a thread.
        is_text: the answer is a text, written over the one that ``explain`` gives.
    """

    name: str
    key: str
    word: str
    title: str
    fits: Callable[[BroadcastView], bool]
    refusal: str
    explain: Callable[[Context, BroadcastView], str]
    answers: tuple[Answer, ...]
    carry_out: Callable[[Context, int, str], str]
    is_text: bool = False


def _waiting(broadcast: BroadcastView) -> int:
    return broadcast.counts[DeliveryStatus.PENDING]


def _has_sent(broadcast: BroadcastView) -> bool:
    return (
        broadcast.act is BroadcastAct.SEND
        and broadcast.state in _SETTLED
        and broadcast.counts[DeliveryStatus.SENT] > 0
    )


def _explain_queue(context: Context, broadcast: BroadcastView) -> str:
    count = queueing.count_audience(context, broadcast.audience)
    at = broadcast.scheduled_at
    when = "now"
    if at is not None:
        when = f"at {full_moment(at, context.settings.zone)}"
        if at <= context.clock.now():
            when = f"now: it was drafted for {when[3:]}, which is past"
    return f"It goes to {people(count)} {when}."


def _explain_pause(_: Context, broadcast: BroadcastView) -> str:
    return (
        f"{people(_waiting(broadcast)).capitalize()} will wait until you resume it. Calls that are"
        " on the way end and are recorded."
    )


def _explain_resume(context: Context, broadcast: BroadcastView) -> str:
    later = broadcast.scheduled_at is not None and broadcast.scheduled_at > context.clock.now()
    when = "at its time" if later else "now"
    return f"It goes on to the {people(_waiting(broadcast))} that wait, {when}."


def _explain_cancel(_: Context, broadcast: BroadcastView) -> str:
    if broadcast.state is BroadcastState.DRAFT:
        return "It is a draft: nobody has got it, and nobody will. This cannot be undone."
    sent = number(broadcast.successful_deliveries)
    return (
        f"{people(_waiting(broadcast)).capitalize()} will never get it; {sent} have it already and"
        " keep it. This cannot be undone."
    )


def _explain_retry(context: Context, broadcast: BroadcastView) -> str:
    failed = broadcast.counts[DeliveryStatus.FAILED]
    reasons = broadcasts.top_reasons(context, broadcast.id, limit=_ALL_REASONS)
    can_pass = sum(count for kind, _, count in reasons if kind.can_pass)
    return (
        f"Of {plural(failed, 'failed delivery', 'failed deliveries')}, {number(can_pass)} failed"
        " for a reason that can pass. They are sent again where the recipient is still active; the"
        " others stay as they are."
    )


def _explain_edit(context: Context, broadcast: BroadcastView) -> str:
    return followups.current_text(context, broadcast.id)


def _explain_recall(context: Context, broadcast: BroadcastView) -> str:
    sent = broadcast.counts[DeliveryStatus.SENT]
    too_old = followups.too_old_to_recall(context, broadcast.id)
    older = "more than 48 hours ago, and Telegram deletes nothing older"
    if too_old == sent:
        return f"All {plural(sent, 'message')} were sent {older}: they stay in the chats."
    stay = f" Another {number(too_old)} stay: they were sent {older}." if too_old else ""
    deleted = plural(sent - too_old, "message")
    return f"{deleted} will be deleted from the chats.{stay} This cannot be undone."


def _explain_resolve(_: Context, broadcast: BroadcastView) -> str:
    count = broadcast.counts[DeliveryStatus.UNCERTAIN]
    return (
        f"The answer to {plural(count, 'call')} was never learnt: the message may have arrived or"
        " not.\n\nMark as sent: they count as delivered, nobody gets it twice.\nSend again: nobody"
        " misses it, some may get it twice."
    )


def _queue(context: Context, broadcast_id: int, _answer: str) -> str:
    at = broadcasts.show(context, broadcast_id).scheduled_at
    late = at is not None and at <= context.clock.now()
    count = queueing.queue_draft(context, broadcast_id, at_once=late).total_recipients
    return f"Broadcast {broadcast_id} is queued for {people(count)}."


def _pause(context: Context, broadcast_id: int, _answer: str) -> str:
    steering.pause(context, broadcast_id)
    return f"Broadcast {broadcast_id} is paused."


def _resume(context: Context, broadcast_id: int, _answer: str) -> str:
    steering.resume(context, broadcast_id)
    return f"Broadcast {broadcast_id} goes on."


def _cancel(context: Context, broadcast_id: int, _answer: str) -> str:
    steering.cancel(context, broadcast_id)
    return f"Broadcast {broadcast_id} is cancelled."


def _retry(context: Context, broadcast_id: int, _answer: str) -> str:
    _, count = steering.retry(context, broadcast_id)
    return f"Broadcast {broadcast_id} is sent again to {people(count)}."


def _edit(context: Context, broadcast_id: int, text: str) -> str:
    edit = followups.edit(context, broadcast_id, text)
    messages = plural(edit.total_recipients, "message")
    return f"Broadcast {edit.id} edits {messages} of broadcast {broadcast_id}."


def _recall(context: Context, broadcast_id: int, _answer: str) -> str:
    recall = followups.recall(context, broadcast_id)
    messages = plural(recall.total_recipients, "message")
    return f"Broadcast {recall.id} recalls {messages} of broadcast {broadcast_id}."


def _resolve(context: Context, broadcast_id: int, answer: str) -> str:
    resend = answer == "resend"
    _, count = steering.resolve(context, broadcast_id, resend=resend)
    what = "sent again to" if resend else "marked as sent for"
    return f"Broadcast {broadcast_id} is {what} {people(count)}."


ACTS: Final = (
    Act(
        name="pause",
        key="p",
        word="Pause",
        title="Pause",
        fits=lambda one: one.state in _UNDER_WAY,
        refusal="is {state}; only a scheduled or sending one can be paused.",
        explain=_explain_pause,
        answers=(Answer("yes", "Pause it"),),
        carry_out=_pause,
    ),
    Act(
        name="resume",
        key="r",
        word="Resume",
        title="Resume",
        fits=lambda one: one.state is BroadcastState.PAUSED,
        refusal="is {state}; only a paused one can be resumed.",
        explain=_explain_resume,
        answers=(Answer("yes", "Resume it"),),
        carry_out=_resume,
    ),
    Act(
        name="cancel",
        key="x",
        word="Cancel",
        title="Cancel",
        fits=lambda one: (
            one.state in _UNDER_WAY or one.state in {BroadcastState.PAUSED, BroadcastState.DRAFT}
        ),
        refusal="is {state}; it has ended.",
        explain=_explain_cancel,
        answers=(Answer("yes", "Cancel the broadcast", danger=True),),
        carry_out=_cancel,
    ),
    Act(
        name="retry",
        key="t",
        word="Retry",
        title="Retry failed",
        fits=lambda one: one.state in _RUNNING and one.counts[DeliveryStatus.FAILED] > 0,
        refusal="has no failed delivery to send again.",
        explain=_explain_retry,
        answers=(Answer("yes", "Send again"),),
        carry_out=_retry,
    ),
    Act(
        name="resolve",
        key="u",
        word="Resolve",
        title="Resolve uncertain",
        fits=lambda one: one.counts[DeliveryStatus.UNCERTAIN] > 0,
        refusal="has no uncertain delivery.",
        explain=_explain_resolve,
        answers=(Answer("sent", "Mark as sent"), Answer("resend", "Send again")),
        carry_out=_resolve,
    ),
    Act(
        name="edit",
        key="e",
        word="Edit",
        title="Edit what was sent",
        fits=_has_sent,
        refusal="is {state}; what can be edited has been sent and is paused or has ended.",
        explain=_explain_edit,
        answers=(),
        carry_out=_edit,
        is_text=True,
    ),
    Act(
        name="recall",
        key="d",
        word="Recall",
        title="Recall what was sent",
        fits=_has_sent,
        refusal="is {state}; what can be recalled has been sent and is paused or has ended.",
        explain=_explain_recall,
        answers=(Answer("yes", "Delete from the chats", danger=True),),
        carry_out=_recall,
    ),
    Act(
        name="queue",
        key="q",
        word="Queue",
        title="Queue draft",
        fits=lambda one: one.state is BroadcastState.DRAFT,
        refusal="is {state}; only a draft can be queued.",
        explain=_explain_queue,
        answers=(Answer("yes", "Queue it"),),
        carry_out=_queue,
    ),
)
"""In the order of the footer."""
