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
    """What would happen, and to how many where that is more than one key should do.

    Attributes:
        text: in words; for an edit what the messages say by now.
        reach: how many have it happen to them, where that cannot be taken back.
        note: what there is to say below a text.
    """

    text: str
    reach: int | None = None
    note: str = ""


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


def pause(_: Context, broadcast: BroadcastView) -> Explained:
    """Who waits then."""
    return Explained(
        f"{people(_waiting(broadcast)).capitalize()} will wait until you resume it. Calls that are"
        " on the way end and are recorded."
    )


def resume(context: Context, broadcast: BroadcastView) -> Explained:
    """Who it goes on to."""
    later = broadcast.scheduled_at is not None and broadcast.scheduled_at > context.clock.now()
    when = "at its time" if later else "now"
    count = _waiting(broadcast)
    wait = "waits" if count == 1 else "wait"
    said = f"It goes on to the {people(count)} that {wait}, {when}.{_takes(context, count)}"
    return Explained(said)


def cancel(_: Context, broadcast: BroadcastView) -> Explained:
    """Who will never get it, and who keeps it."""
    if broadcast.state is BroadcastState.DRAFT:
        said = "It is a draft: nobody has got it, and nobody will. This cannot be undone."
        return Explained(said)
    waiting = _waiting(broadcast)
    sent = broadcast.successful_deliveries
    keep = "1 has it already and keeps it"
    if sent != 1:
        keep = f"{number(sent)} have it already and keep it"
    return Explained(
        f"{people(waiting).capitalize()} will never get it; {keep}. This cannot be undone.", waiting
    )


def edit(context: Context, broadcast: BroadcastView) -> Explained:
    """What the messages say now, to be changed, and what becomes of them."""
    messages = followups.findable(context, broadcast.id)
    waiting = broadcast.counts[DeliveryStatus.PENDING]
    said = f"{plural(messages.found, 'message')} in the chats will say this."
    said += " Media, buttons and options stay."
    if waiting:
        wait = "waits" if waiting == 1 else "wait"
        said += f" The {number(waiting)} that still {wait} will get the text as it was."
    note = " ".join([said, *followups.explain_unfound(Act.EDIT, messages)])
    return Explained(followups.current_text(context, broadcast.id), messages.found, note)


def recall(context: Context, broadcast: BroadcastView) -> Explained:
    """What is deleted, and what is too old for it or cannot be found again."""
    messages = followups.findable(context, broadcast.id)
    found = messages.found
    too_old = followups.too_old_to_recall(context, broadcast.id)
    unfound = followups.explain_unfound(Act.RECALL, messages)
    if not found:
        return Explained("\n\n".join(unfound))
    older = "more than 48 hours ago, and Telegram deletes nothing older"
    if too_old == found:
        all_of_them = "The message was" if found == 1 else f"All {number(found)} messages were"
        stay = f"{all_of_them} sent {older}: {'it stays' if found == 1 else 'they stay'}."
        return Explained("\n\n".join([stay, *unfound]))
    deleted = plural(found - too_old, "message")
    said = [f"{deleted} will be deleted from the chats. This cannot be undone."]
    if too_old:
        it = "1 stays: it was" if too_old == 1 else f"{number(too_old)} stay: they were"
        said.append(f"{it} sent {older}.")
    return Explained("\n\n".join([*said, *unfound]), found - too_old)


def export(_: Context, broadcast: BroadcastView) -> Explained:
    """How many lines the file will have."""
    count = plural(broadcast.total_recipients, "delivery", "deliveries")
    return Explained(f"{count}, a line each: chat, name, status, attempts, reason and time.")


def _takes(context: Context, count: int) -> str:
    """How long that is at the bot's budget, where it is worth a word."""
    budget = context.settings.messages_per_second
    if not budget or count < _MINUTE * budget:
        return ""
    return f" At {budget:g} a second that takes {duration(count / budget)}."


def _waiting(broadcast: BroadcastView) -> int:
    return broadcast.counts[DeliveryStatus.PENDING]
