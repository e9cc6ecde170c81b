"""One broadcast, told in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from hsl_tui.console.preview.message import Message
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.message_preview import MessagePreview
from hsl_tui.console.wording import (
    BROADCAST_SIGNS,
    DELIVERY_SIGNS,
    TONE_STYLES,
    full_moment,
    number,
    people,
    percent,
)
from hsl_tui.models.enums import (
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    Priority,
    UncertainPolicy,
)
from hsl_tui.models.views import BroadcastView, FollowUp
from hsl_tui.services.context import Context

Reasons = Sequence[tuple[ErrorKind, str, int]]

_SHOWN_ALWAYS: Final = (DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.UNCERTAIN)


class BroadcastDetail(Vertical, can_focus=False):
    """State, times, counts, reasons of failure and text of the chosen broadcast.

    In parts, each drawn only when it has changed: while a broadcast is sent, that is its progress.
    """

    broadcast: reactive[BroadcastView | None] = reactive(None, repaint=False)
    reasons: reactive[Reasons] = reactive((), repaint=False)
    follow_ups: reactive[Sequence[FollowUp]] = reactive((), repaint=False)
    message: reactive[Message | Content] = reactive(Content(""), repaint=False)
    """What it says, or what is safe to show in its place."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="detail")
        self.context = context

    def compose(self) -> ComposeResult:
        for part in ("facts", "bar", "counts", "follow-ups", "reasons"):
            yield Static(id=part, markup=False)
        yield MessagePreview(id="message")

    def watch_broadcast(self) -> None:
        self._draw()

    def watch_reasons(self) -> None:
        lines = [_reason(reason) for reason in self.reasons]
        self._put("#reasons", lines)

    def watch_follow_ups(self) -> None:
        done = [f"{one.act} #{one.id} {one.state}" for one in self.follow_ups]
        self._put("#follow-ups", [Content.styled(" · ".join(done), "bold")] if done else [])

    def watch_message(self) -> None:
        self.query_one(MessagePreview).message = self.message

    def reveal(self) -> None:
        """Show what the message hides, or hide it again."""
        self.query_one(MessagePreview).reveal()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        broadcast = self.broadcast
        if broadcast is None:
            return
        width = self.content_size.width
        facts = _flow([*_head(broadcast), *self._times(broadcast)], " · ", width)
        if broadcast.state_reason:
            facts.append(Content.styled(terminal_text(broadcast.state_reason), "$text-warning"))
        bar: list[Content] = []
        counts: list[Content] = []
        if broadcast.total_recipients:
            bar = [_bar(broadcast, min(48, width - 6))]
            counts = _flow(_counts(broadcast), "  ", width)
        self._put("#facts", facts)
        self._put("#bar", bar)
        self._put("#counts", counts)

    def _put(self, part: str, lines: Sequence[Content]) -> None:
        static = self.query_one(part, Static)
        if static.display != bool(lines):
            static.display = bool(lines)
        content = Content("\n").join(lines)
        before = static.content
        if not isinstance(before, Content) or not content.is_same(before):
            # Progress keeps its place: its lines fit, and only their number moves what is below.
            is_progress = part in {"#bar", "#counts"}
            same_height = is_progress and str(before).count("\n") == len(lines) - 1
            static.update(content, layout=not same_height)

    def _times(self, broadcast: BroadcastView) -> list[Content]:
        zone = self.context.settings.zone
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


def _bar(broadcast: BroadcastView, width: int) -> Content:
    share = percent(broadcast)
    full = max(0, width) * share // 100
    return Content.assemble(
        ("━" * full, "$accent"),
        ("─" * (max(0, width) - full), "$text-disabled"),
        f" {share} %",
    )


def _counts(broadcast: BroadcastView) -> list[Content]:
    return [
        Content.styled(
            f"{sign.glyph} {number(broadcast.counts[status])} {status}",
            TONE_STYLES[sign.tone if broadcast.counts[status] else "muted"],
        )
        for status, sign in DELIVERY_SIGNS.items()
        if broadcast.counts[status] or status in _SHOWN_ALWAYS
    ]


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
    return Content.styled(text, "$text-muted")


def _reason(reason: tuple[ErrorKind, str, int]) -> Content:
    _, description, count = reason
    return Content.assemble(
        (f"{DELIVERY_SIGNS[DeliveryStatus.FAILED].glyph} ", "$text-error"),
        f"{number(count)} × ",
        (terminal_text(description), "$text-muted"),
    )
