"""One broadcast, told in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widgets import Static

from hsl_tui.console.preview.message import Message
from hsl_tui.console.widgets import broadcast_facts
from hsl_tui.console.widgets.broadcast_facts import Reason
from hsl_tui.console.widgets.course_chart import chart
from hsl_tui.console.widgets.message_preview import MessagePreview
from hsl_tui.models.views import AuditView, FollowUp
from hsl_tui.services.context import Context
from hsl_tui.services.throughput import Course, Going

_ROOMY: Final = 74
"""Cells from which on there are two columns."""
_SECOND: Final = 34
"""Cells of the second; the style sheet has them too."""
_GAP: Final = 2
_LONGEST_CHART: Final = 64


@dataclass(frozen=True, slots=True)
class Past:
    """What has happened to a broadcast so far.

    Attributes:
        history: entries of the audit log about it, newest first.
        follow_ups: edits and recalls of it, oldest first.
    """

    course: Course | None = None
    history: Sequence[AuditView] = ()
    follow_ups: Sequence[FollowUp] = ()


class BroadcastDetail(Vertical, can_focus=False):
    """State, times, counts, reasons of failure, course, history and text of the chosen broadcast.

    In parts, each drawn only when it has changed: while a broadcast is sent, that is its progress.
    """

    going: reactive[Going | None] = reactive(None, repaint=False)
    reasons: reactive[Sequence[Reason]] = reactive((), repaint=False)
    past: reactive[Past] = reactive(Past(), repaint=False)
    message: reactive[Message | Content] = reactive(Content(""), repaint=False)
    """What it says, or what is safe to show in its place."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="detail")
        self.context = context

    def compose(self) -> ComposeResult:
        yield Static(id="facts", markup=False)
        with Container(id="parts"):
            with Vertical(id="first"):
                for part in ("bar", "counts", "follow-ups", "reasons", "course-above"):
                    yield Static(id=part, markup=False)
                yield MessagePreview(id="message")
            with Vertical(id="second"):
                # Of the two charts one is shown: beside the message, or above it.
                yield Static(id="course-beside", markup=False)
                yield Static(id="history", markup=False)

    @property
    def chart_width(self) -> int:
        """Cells that a chart of its course has."""
        return max(1, min(_LONGEST_CHART, self._second))

    @property
    def _first(self) -> int:
        width = self.content_size.width
        return width - _SECOND - _GAP if width >= _ROOMY else width

    @property
    def _second(self) -> int:
        width = self.content_size.width
        return _SECOND if width >= _ROOMY else width

    def watch_going(self) -> None:
        self._draw_going()

    def watch_reasons(self) -> None:
        self._draw_reasons()

    def watch_past(self) -> None:
        self._draw_past()

    def watch_message(self) -> None:
        self.query_one(MessagePreview).message = self.message

    def reveal(self) -> None:
        """Show what the message hides, or hide it again."""
        self.query_one(MessagePreview).reveal()

    def on_resize(self) -> None:
        self.set_class(self.content_size.width >= _ROOMY, "-two")
        self._draw_going()
        self._draw_reasons()
        self._draw_past()

    def _draw_reasons(self) -> None:
        self._put("#reasons", broadcast_facts.reasons(self.reasons, self._first))

    def _draw_going(self) -> None:
        going = self.going
        if going is None:
            return
        width, zone = self.content_size.width, self.context.settings.zone
        now = self.context.clock.now()
        self._put("#facts", broadcast_facts.facts(going.broadcast, width, zone))
        self._put("#bar", broadcast_facts.progress(going, self._first, zone, now))
        self._put("#counts", broadcast_facts.counts(going.broadcast, self._first))

    def _draw_past(self) -> None:
        past, zone = self.past, self.context.settings.zone
        done = [f"{one.act} #{one.id} {one.state}" for one in past.follow_ups]
        self._put("#follow-ups", [Content.styled(" · ".join(done), "bold")] if done else [])
        # After the width has changed it may not fit until it has been read anew.
        fits = past.course is not None and len(past.course.stretches) <= self.chart_width
        drawn = chart(past.course, self.chart_width, zone) if past.course and fits else []
        self._put("#course-above", drawn)
        self._put("#course-beside", drawn)
        now = self.context.clock.now()
        self._put("#history", broadcast_facts.history(past.history, self._second, zone, now))

    def _put(self, part: str, lines: Sequence[Content]) -> None:
        static = self.query_one(part, Static)
        static.set_class(not lines, "-nothing")
        content = Content("\n").join(lines)
        before = static.content
        if not isinstance(before, Content) or not content.is_same(before):
            # Its lines fit, so that only their number moves what is below. But a reason of the
            # program's for pausing is told in full.
            same_height = part != "#facts" and str(before).count("\n") == len(lines) - 1
            static.update(content, layout=not same_height)
