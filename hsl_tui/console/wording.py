"""How the console puts states, numbers and times into words."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.models.enums import Act, BroadcastState, DeliveryStatus, RecipientState
from hsl_tui.models.forgotten import is_tombstone
from hsl_tui.models.views import BroadcastView, Person, Received
from hsl_tui.services.composing import Composition
from hsl_tui.services.describing import kinds_of_media

Tone = Literal["plain", "muted", "good", "busy", "warn", "bad"]
"""What a colour underlines; the word beside it says the same."""

TONE_STYLES: Final[dict[Tone, str]] = {
    "plain": "",
    "muted": "$text-muted",
    "good": "$text-success",
    "busy": "$text-accent",
    "warn": "$text-warning",
    "bad": "$text-error",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """A state as it is shown: a glyph one cell wide, and a tone."""

    glyph: str
    tone: Tone


BROADCAST_SIGNS: Final = {
    BroadcastState.DRAFT: Sign("·", "muted"),
    BroadcastState.SCHEDULED: Sign("○", "busy"),
    BroadcastState.SENDING: Sign("◐", "busy"),
    BroadcastState.PAUSED: Sign("‖", "warn"),
    BroadcastState.FINISHED: Sign("✓", "good"),
    BroadcastState.CANCELLED: Sign("✗", "muted"),
}

DELIVERY_SIGNS: Final = {
    DeliveryStatus.PENDING: Sign("○", "muted"),
    DeliveryStatus.SENDING: Sign("◐", "busy"),
    DeliveryStatus.SENT: Sign("✓", "good"),
    DeliveryStatus.FAILED: Sign("✗", "bad"),
    DeliveryStatus.UNCERTAIN: Sign("?", "warn"),
    DeliveryStatus.CANCELLED: Sign("·", "muted"),
    DeliveryStatus.DELETED: Sign("·", "muted"),
}

RECIPIENT_SIGNS: Final = {
    RecipientState.ACTIVE: Sign("●", "good"),
    RecipientState.BLOCKED: Sign("✗", "warn"),
    RecipientState.DEACTIVATED: Sign("✗", "muted"),
    RecipientState.UNSUBSCRIBED: Sign("‖", "warn"),
    RecipientState.INVALID: Sign("✗", "bad"),
}

_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]*>")
_TEN: Final = 9.95
"""What would be rounded to two digits before the point."""
_THOUSAND: Final = 1_000
_MILLION: Final = 1_000_000
_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR


def number(count: int) -> str:
    """Every digit, in groups: ``1,234,567``."""
    return f"{count:,}"


def short_number(count: int) -> str:
    """At most four cells: exact below 10,000, then ``123k``, ``1.2M``, ``12M``."""
    if count < 10 * _THOUSAND:
        return str(count)
    if count < _MILLION:
        return f"{count // _THOUSAND}k"
    # Cut, not rounded: what is shown has been reached.
    tenths = count * 10 // _MILLION
    return f"{tenths / 10}M" if count < 10 * _MILLION else f"{count // _MILLION}M"


def people(count: int) -> str:
    """``1 recipient``, ``1,234 recipients``."""
    return plural(count, "recipient")


def plural(count: int, noun: str, several: str | None = None) -> str:
    """A number with its noun."""
    word = noun if count == 1 else several or f"{noun}s"
    return f"{number(count)} {word}"


def percent(broadcast: BroadcastView) -> int:
    """How much of a broadcast is settled; 100 only when all of it is.

    Of a cancelled one, how much was settled before that.
    """
    total, done = broadcast.total_recipients, broadcast.settled
    if broadcast.state is BroadcastState.CANCELLED:
        done -= broadcast.counts[DeliveryStatus.CANCELLED]
    return done * 100 // total if total else 0


def said_of_pruned(broadcast: BroadcastView) -> str:
    """Why nothing can be done to the deliveries of a broadcast that was pruned."""
    return f"Broadcast {broadcast.id} was pruned: only the totals of its deliveries are left."


def moment(at: datetime | None, zone: tzinfo, now: datetime) -> str:
    """At most eleven cells: the time today, day and time this year, else the date."""
    if at is None:
        return ""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


def short_moment(at: datetime | None, zone: tzinfo, now: datetime) -> str:
    """At most five cells: the time today, else the day, or the year if it is another."""
    if at is None:
        return ""
    local, today = at.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return f"{local:%m-%d}" if local.year == today.year else f"{local:%Y}"


def per_second(rate: float | None) -> str:
    """At most six cells: ``0.4/s``, ``30/s``, ``1000/s``; nothing where it is not known."""
    if rate is None:
        return ""
    return f"{rate:.0f}/s" if rate >= _TEN else f"{rate:.1f}/s"


def full_moment(at: datetime, zone: tzinfo) -> str:
    """Date, time and zone, to the minute."""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {zone_name(local)}"


def zone_name(local: datetime) -> str:
    """The zone's short name, or its offset where it has none."""
    name = local.tzname() or ""
    return name if name.isalpha() else f"UTC{local:%z}"


def duration(span: timedelta | float) -> str:
    """``33 s``, ``5 min``, ``2 h 05 min``, ``3 days 4 h``: as exact as a plan needs."""
    seconds = round(span.total_seconds() if isinstance(span, timedelta) else span)
    if seconds < 2 * _MINUTE:
        return f"{seconds} s"
    if seconds < 2 * _HOUR:
        return f"{round(seconds / _MINUTE)} min"
    if seconds < 2 * _DAY:
        hours, rest = divmod(seconds, _HOUR)
        return f"{hours} h {rest // _MINUTE:02} min"
    days, rest = divmod(seconds, _DAY)
    return f"{days} days {rest // _HOUR} h"


def headline(broadcast: BroadcastView | Received) -> str:
    """The first line of a broadcast's text, after what it is where it is no message of its own.

    Where there is no text, what media it has.
    """
    text = first_line(broadcast.content.text) or kinds_of_media(broadcast.content)
    match broadcast.act:
        case Act.SEND:
            return text
        case Act.EDIT | Act.RECALL:
            return f"{broadcast.act} of #{broadcast.target_id}: {text}"


def first_line(text: str) -> str:
    """The first line of a message that says something, without its tags, safe to show."""
    plain = html.unescape(_TAG.sub("", text))
    lines = (line.strip() for line in plain.splitlines())
    return terminal_text(next((line for line in lines if line), ""))


def full_name(first_name: str | None, last_name: str | None) -> str:
    """What there is of a name, safe to show."""
    return terminal_text(" ".join(part for part in (first_name, last_name) if part))


def handle(username: str | None) -> str:
    """``@username``, or nothing."""
    return f"@{terminal_text(username)}" if username else ""


def chat_of(chat_id: int) -> str:
    """A chat id, or the word for whom there is none any more."""
    return "forgotten" if is_tombstone(chat_id) else str(chat_id)


def carried_by(composition: Composition) -> str:
    """What a message has beside its text, in short; nothing for a text alone."""
    files = composition.attachments
    buttons = sum(len(row) for row in composition.buttons)
    said = (
        files[0].kind.value if len(files) == 1 else f"album of {len(files)}" if files else "",
        plural(buttons, "button") if buttons else "",
        "caption above" if composition.caption_above else "",
        "link preview as chosen" if _previews(composition) else "",
        "topic" if composition.message_thread_id else "",
        "effect" if composition.message_effect_id else "",
    )
    return ", ".join(one for one in said if one)


def _previews(composition: Composition) -> bool:
    return bool(composition.preview_url or composition.preview_size or composition.preview_above)


def name_of(person: Person) -> str:
    """What to call a recipient: by name, handle or number, safe to show."""
    name = full_name(person.first_name, person.last_name) or handle(person.username)
    return name or chat_of(person.chat_id)
