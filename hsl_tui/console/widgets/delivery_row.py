"""A delivery as one line of the list, and in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo
from typing import Final

from textual.content import Content

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.wording import (
    BROADCAST_SIGNS,
    DELIVERY_SIGNS,
    TONE_STYLES,
    chat_of,
    full_moment,
    full_name,
    handle,
    headline,
    moment,
    number,
    percent,
    plural,
)
from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.forgotten import is_tombstone
from hsl_tui.models.views import BroadcastView, DeliveryView

COLUMNS: Final = (
    Column("No.", 7, right=True, least=66),
    Column("Status", 11),
    Column("Recipient", 12, flex=2),
    Column("Chat", 14, right=True, least=90),
    Column("Tries", 5, right=True, least=76),
    Column("Sent", 11, least=54),
    Column("Reason", 10, flex=3),
)


def title(of: BroadcastView) -> Content:
    """What stands over the list: which broadcast it is, and how far while it is under way."""
    sign = BROADCAST_SIGNS[of.state]
    under_way = of.state in {BroadcastState.SENDING, BroadcastState.PAUSED}
    progress = f" {percent(of)}%" if under_way else ""
    return Content.assemble(
        (f" Broadcast {of.id} ", "bold"),
        (f"{sign.glyph} {of.state}{progress}", TONE_STYLES[sign.tone]),
        (f"  {headline(of)}", "$text-muted"),
    )


def cells(one: DeliveryView, zone: tzinfo, now: datetime) -> Sequence[Cell]:
    """What stands in its columns."""
    sign = DELIVERY_SIGNS[one.status]
    name = full_name(one.first_name, one.last_name) or handle(one.username) or chat_of(one.chat_id)
    again = moment(one.not_before, zone, now)
    reason = one.error or ""
    if one.status is DeliveryStatus.PENDING and again:
        reason = f"again at {again}: {reason}"
    return (
        Cell(str(one.seq), "muted"),
        Cell(f"{sign.glyph} {one.status}", sign.tone),
        Cell(name),
        Cell(chat_of(one.chat_id), "muted"),
        Cell(str(one.attempts), "muted"),
        Cell(moment(one.sent_at, zone, now), "muted"),
        Cell(reason),
    )


def told(one: DeliveryView, zone: tzinfo) -> Content:
    """Whom it is to and what became of it, in two or three lines."""
    sign = DELIVERY_SIGNS[one.status]
    facts = [*_facts(one, zone)]
    head = Content.assemble(
        (f"{sign.glyph} {one.status}  ", TONE_STYLES[sign.tone]),
        (_name(one), "bold"),
        (f"  {_chat(one)}", "$text-muted"),
    )
    lines = [head, Content.styled(" · ".join(facts), "$text-muted")]
    if (reason := _reason(one)) is not None:
        lines.append(Content(terminal_text(reason)))
    return Content("\n").join(lines)


def plain(one: DeliveryView, zone: tzinfo) -> str:
    """The same as it is copied out."""
    name = " ".join(part for part in (one.first_name, one.last_name) if part)
    who = " ".join(part for part in (name, one.username and f"@{one.username}") if part)
    lines = [f"{who} ({_chat(one)}): {one.status}", ", ".join(_facts(one, zone))]
    return "\n".join(line for line in (*lines, _reason(one)) if line)


def _name(one: DeliveryView) -> str:
    name = full_name(one.first_name, one.last_name)
    return " ".join(part for part in (name, handle(one.username)) if part)


def _chat(one: DeliveryView) -> str:
    return "forgotten" if is_tombstone(one.chat_id) else f"chat {one.chat_id}"


def _facts(one: DeliveryView, zone: tzinfo) -> Iterator[str]:
    yield f"No. {number(one.seq)}"
    yield plural(one.attempts, "attempt")
    if one.sent_at is not None:
        yield full_moment(one.sent_at, zone)
    if one.telegram_message_id is not None:
        yield f"message {one.telegram_message_id}"
    if one.status is DeliveryStatus.PENDING and one.not_before is not None:
        yield f"again at {full_moment(one.not_before, zone)}"


def _reason(one: DeliveryView) -> str | None:
    if one.error is None:
        return None
    return one.error if one.error_code is None else f"{one.error} ({one.error_code})"
