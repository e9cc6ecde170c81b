"""The pane of the chosen broadcast, which reads what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content

from hsl_tui.console.background import ask
from hsl_tui.console.preview.message import Message, message_of
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.broadcast_detail import BroadcastDetail, Past
from hsl_tui.console.widgets.broadcast_facts import Reason
from hsl_tui.errors import TextRefusedError
from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import (
    audit,
    broadcasts,
    followups,
    previewing,
    reviewing,
    throughput,
)
from hsl_tui.services.context import Context
from hsl_tui.services.throughput import Going

_REASONS: Final = 3
_ENTRIES: Final = 10


class _Look(NamedTuple):
    """What a broadcast's past depended on when it was read."""

    state: BroadcastState
    recipients: int
    known_until: datetime


class ChosenBroadcast(VerticalScroll, can_focus=False):
    """Each part is read when it may have changed; progress comes with the list."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="detail-pane")
        self.context = context
        self._counted: BroadcastView | None = None
        """The chosen one as it was when its reasons of failure were counted last."""
        self._looked: _Look | None = None
        self._look_until = EPOCH

    def compose(self) -> ComposeResult:
        yield BroadcastDetail(self.context)

    @property
    def _detail(self) -> BroadcastDetail:
        return self.query_one(BroadcastDetail)

    def show(self, going: Going | None) -> None:
        """Tell of this broadcast, or nothing."""
        detail, before = self._detail, self._detail.going
        another = going is None or before is None or going.broadcast.id != before.broadcast.id
        detail.going = going
        self.display = going is not None
        if another:
            self.scroll_home(animate=False)
            detail.reasons, detail.message, detail.past = (), Content(""), Past()
            self._counted = self._looked = None
            # What is still on its way is about the one before.
            for group in ("reasons", "text", "past"):
                self.workers.cancel_group(self, group)
        if going is None:
            return
        if another:
            self._read_message(going.broadcast)
        self._count_reasons(going.broadcast)
        self._look_back(going.broadcast)

    def follow(self) -> None:
        """Read what time alone has changed."""
        if (going := self._detail.going) is not None:
            self._look_back(going.broadcast)

    def look_again(self) -> None:
        """Read anew what an act may have changed beside the counts."""
        self._looked = None
        self.follow()

    def reveal(self) -> None:
        """Show what the message hides, or hide it again."""
        self._detail.reveal()

    # --- reading --------------------------------------------------------------------------------

    def _count_reasons(self, one: BroadcastView) -> None:
        if not _reasons_moved(self._counted, one):
            return
        self._counted = one

        def show(found: Sequence[Reason]) -> None:
            self._detail.reasons = tuple(found)

        ask(
            self,
            lambda: broadcasts.top_reasons(self.context, one.id, limit=_REASONS),
            show,
            group="reasons",
        )

    def _look_back(self, one: BroadcastView) -> None:
        known_until = throughput.known_until(self.context)
        before = self._looked
        if before is None or before.state is not one.state or one.state is BroadcastState.SENDING:
            # Once more when the stretch has ended that it came to this state in.
            self._look_until = known_until + throughput.STRETCH
        looked = _Look(one.state, one.total_recipients, min(known_until, self._look_until))
        # Its width is known once it is there.
        if looked == before or not self._detail.size.width:
            return
        self._looked = looked
        width = self._detail.chart_width
        ask(self, lambda: self._read_past(one, width), self._show_past, group="past")

    def on_resize(self) -> None:
        self.look_again()

    def _read_past(self, one: BroadcastView, width: int) -> Past:
        return Past(
            throughput.course(self.context, one.id, most=width),
            audit.latest(self.context, broadcast_id=one.id, limit=_ENTRIES),
            followups.of(self.context, one.id),
        )

    def _show_past(self, past: Past) -> None:
        detail = self._detail
        edited = past.follow_ups != detail.past.follow_ups and detail.past.follow_ups
        detail.past = past
        if edited and detail.going is not None:
            self._read_message(detail.going.broadcast)

    def _read_message(self, one: BroadcastView) -> None:
        def show(message: Message | Content) -> None:
            self._detail.message = message

        ask(self, lambda: self._message_of(one), show, group="text")

    def _message_of(self, one: BroadcastView) -> Message | Content:
        """It as its first recipient reads it by now."""
        said = followups.current_text(self.context, one.id)
        composition = replace(previewing.composition_of(self.context, one.content), text=said)
        try:
            text = reviewing.read_text(self.context, composition, one.audience).text
        except TextRefusedError:
            return Content(terminal_text(said, newlines=True))
        at = one.started_at or one.scheduled_at or one.created_at
        return message_of(
            previewing.appearance(text, composition),
            composition,
            at.astimezone(self.context.settings.zone),
        )


def _reasons_moved(counted: BroadcastView | None, now: BroadcastView) -> bool:
    """Whether the reasons of failure are worth counting again.

    They are counted row by row, so not with every step of a broadcast with many failures.
    """
    failed = now.counts[DeliveryStatus.FAILED]
    if counted is None:
        return failed > 0
    before = counted.counts[DeliveryStatus.FAILED]
    return failed < before or failed > before * 1.1 or counted.state is not now.state
