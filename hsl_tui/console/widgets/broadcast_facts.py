"""What is told of one broadcast, in lines that fit a width."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Final

from textual.content import Content

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.wording import (
    BROADCAST_SIGNS,
    DELIVERY_SIGNS,
    TONE_STYLES,
    full_moment,
    moment,
    number,
    people,
    per_second,
    percent,
    plural,
)
from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    Priority,
    UncertainPolicy,
)
from hsl_tui.models.views import AuditView, BroadcastView
from hsl_tui.services.throughput import Going

Reason = tuple[ErrorKind, str, int]

_SHOWN_ALWAYS: Final = (DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.UNCERTAIN)
_MUTED: Final = "$text-muted"
_LONGEST_BAR: Final = 48


def facts(broadcast: BroadcastView, width: int, zone: tzinfo) -> list[Content]:
    """Which it is, for whom, since when and by whom."""
    lines = _flow([*_head(broadcast), *_times(broadcast, zone)], " · ", width)
    if broadcast.state_reason:
        lines.append(Content.styled(terminal_text(broadcast.state_reason), "$text-warning"))
    if broadcast.pruned_at is not None:
        when = full_moment(broadcast.pruned_at, zone)
        lines.append(_muted(f"pruned {when}: only the totals of its deliveries are left"))
    return lines


def progress(going: Going, width: int, zone: tzinfo, now: datetime) -> list[Content]:
    """How much of it is settled, how fast it goes and when its end is to be expected."""
    if not going.broadcast.total_recipients:
        return []
    share = percent(going.broadcast)
    said = f" {share} %"
    if going.rate is not None:
        said += f"  {per_second(going.rate)}"
    if going.ends_at is not None:
        said += f"  ends ≈ {moment(going.ends_at, zone, now)}"
    cells = max(0, min(_LONGEST_BAR, width - len(said)))
    full = cells * share // 100
    return [
        Content.assemble(("━" * full, "$accent"), ("─" * (cells - full), "$text-disabled"), said)
    ]


def counts(broadcast: BroadcastView, width: int) -> list[Content]:
    """How many have which status."""
    if not broadcast.total_recipients:
        return []
    parts = [
        Content.styled(
            f"{sign.glyph} {number(broadcast.counts[status])} {status}",
            TONE_STYLES[sign.tone if broadcast.counts[status] else "muted"],
        )
        for status, sign in DELIVERY_SIGNS.items()
        if broadcast.counts[status] or status in _SHOWN_ALWAYS
    ]
    return _flow(parts, "  ", width)


def reasons(found: Sequence[Reason], width: int) -> list[Content]:
    """Why deliveries failed, and how many share each reason, a line each."""
    glyph = DELIVERY_SIGNS[DeliveryStatus.FAILED].glyph
    lines = []
    for _, description, count in found:
        times = f"{number(count)} × "
        told = fit(description, max(0, width - len(glyph) - 1 - len(times))).rstrip()
        lines.append(Content.assemble((f"{glyph} ", "$text-error"), times, (told, _MUTED)))
    return lines


def history(entries: Sequence[AuditView], width: int, zone: tzinfo, now: datetime) -> list[Content]:
    """What is on record about it, a line each: when, what, who."""
    whens = [moment(one.at, zone, now) for one in entries]
    longest = max(map(len, whens), default=0)
    lines = []
    for when, one in zip(whens, entries, strict=True):
        what = one.action.rpartition(".")[2].replace("_", " ")
        count = one.details.get("deliveries")
        if isinstance(count, int) and count:
            what += f" {plural(count, 'delivery', 'deliveries')}"
        left = f"{when:<{longest}}  "
        room = max(0, width - len(left))
        told = fit(f"{what}  {one.actor}", room).rstrip()
        lines.append(
            Content.assemble((left, _MUTED), told[: len(what)], (told[len(what) :], _MUTED))
        )
    return lines


def _head(broadcast: BroadcastView) -> list[Content]:
    sign = BROADCAST_SIGNS[broadcast.state]
    parts = [
        Content.assemble(
            (f"#{broadcast.id} ", "bold"),
            (f"{sign.glyph} {broadcast.state}", f"bold {TONE_STYLES[sign.tone]}"),
        )
    ]
    if broadcast.total_recipients:
        parts.append(Content(people(broadcast.total_recipients)))
    if broadcast.target_id is None:
        parts.append(_muted(f"to {terminal_text(' '.join(broadcast.audience))}"))
    else:
        parts.append(Content.styled(f"{broadcast.act} of #{broadcast.target_id}", "bold"))
    if broadcast.priority is Priority.URGENT:
        parts.append(Content.styled("urgent", "bold $text-warning"))
    resends = broadcast.on_uncertain is UncertainPolicy.RESEND
    if broadcast.target_id is None and resends:
        parts.append(_muted("resends what is uncertain"))
    return parts


def _times(broadcast: BroadcastView, zone: tzinfo) -> list[Content]:
    if broadcast.finished_at is not None:
        word = "cancelled" if broadcast.state is BroadcastState.CANCELLED else "finished"
        what = f"{word} {full_moment(broadcast.finished_at, zone)}"
    elif broadcast.started_at is not None:
        what = f"started {full_moment(broadcast.started_at, zone)}"
    elif broadcast.scheduled_at is not None:
        what = f"for {full_moment(broadcast.scheduled_at, zone)}"
    else:
        what = f"made {full_moment(broadcast.created_at, zone)}"
    return [_muted(what), _muted(f"by {terminal_text(broadcast.created_by)}")]


def _flow(parts: Sequence[Content], between: str, width: int) -> list[Content]:
    """Parts side by side, on as many lines as they need; what a line breaks between is left out."""
    lines: list[Content] = []
    for part in parts:
        if lines and lines[-1].cell_length + len(between) + part.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], (between, "$text-disabled"), part)
        else:
            lines.append(part)
    return lines


def _muted(text: str) -> Content:
    return Content.styled(text, _MUTED)
