"""What each act on a broadcast will do to how many, said before it is done.

Each is called in a thread with the broadcast as it stands at that moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hsl_tui.console.wording import duration, full_moment, number, people, plural
from hsl_tui.models.enums import Act, BroadcastState, DeliveryStatus
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import followups, queueing
from hsl_tui.services.context import Context

_ALL_REASONS: Final = 10_000
_MINUTE: Final = 60
"""Seconds."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What would happen, and to how many where that is more than one key should do."""

    text: str
    reach: int | None = None


def queue(context: Context, broadcast: BroadcastView) -> Explained:
    """To whom a draft goes, and when."""
    count = queueing.count_audience(context, broadcast.audience)
    at = broadcast.scheduled_at
    when = "now"
    if at is not None:
        when = f"at {full_moment(at, context.settings.zone)}"
        if at <= context.clock.now():
            when = f"now: it was drafted for {when[3:]}, which is past"
    return Explained(f"It goes to {people(count)} {when}.{_takes(context, count)}", count)


def pause(_: Context, broadcast: BroadcastView) -> str:
    """Who waits then."""
    return (
        f"{people(_waiting(broadcast)).capitalize()} will wait until you resume it. Calls that are"
        " on the way end and are recorded."
    )


def resume(context: Context, broadcast: BroadcastView) -> str:
    """Who it goes on to."""
    later = broadcast.scheduled_at is not None and broadcast.scheduled_at > context.clock.now()
    when = "at its time" if later else "now"
    count = _waiting(broadcast)
    return f"It goes on to the {people(count)} that wait, {when}.{_takes(context, count)}"


def cancel(_: Context, broadcast: BroadcastView) -> str:
    """Who will never get it, and who keeps it."""
    if broadcast.state is BroadcastState.DRAFT:
        return "It is a draft: nobody has got it, and nobody will. This cannot be undone."
    sent = number(broadcast.successful_deliveries)
    return (
        f"{people(_waiting(broadcast)).capitalize()} will never get it; {sent} have it already and"
        " keep it. This cannot be undone."
    )


def edit(context: Context, broadcast: BroadcastView) -> str:
    """What the messages say now, to be changed."""
    return followups.current_text(context, broadcast.id)


def recall(context: Context, broadcast: BroadcastView) -> Explained:
    """What is deleted, and what is too old for it or cannot be found again."""
    all_sent = broadcast.counts[DeliveryStatus.SENT]
    lost = followups.without_number(context, broadcast.id)
    sent = all_sent - lost
    too_old = followups.too_old_to_recall(context, broadcast.id)
    unfound = followups.explain_without_number(Act.RECALL, lost, all_sent)
    if not sent:
        return Explained(unfound)
    older = "more than 48 hours ago, and Telegram deletes nothing older"
    if too_old == sent:
        said = f"All {plural(sent, 'message')} were sent {older}: they stay in the chats. {unfound}"
        return Explained(said.rstrip())
    stay = f" Another {number(too_old)} stay: they were sent {older}." if too_old else ""
    deleted = plural(sent - too_old, "message")
    stay += f" {unfound}" if unfound else ""
    said = f"{deleted} will be deleted from the chats.{stay} This cannot be undone."
    return Explained(said, sent - too_old)


def export(_: Context, broadcast: BroadcastView) -> str:
    """How many lines the file will have."""
    count = plural(broadcast.total_recipients, "delivery", "deliveries")
    return f"{count}, a line each: chat, name, status, attempts, reason and time."


def _takes(context: Context, count: int) -> str:
    """How long that is at the bot's budget, where it is worth a word."""
    budget = context.settings.messages_per_second
    if not budget or count < _MINUTE * budget:
        return ""
    return f" At {budget:g} a second that takes {duration(count / budget)}."


def _waiting(broadcast: BroadcastView) -> int:
    return broadcast.counts[DeliveryStatus.PENDING]
