"""The deliveries of one broadcast, one by one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from hsl_tui.console import settling
from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.delivery_card import DeliveryDialog
from hsl_tui.console.dialogs.go_to import Goal, GoTo
from hsl_tui.console.dialogs.reason_picker import Picked, ReasonPicker
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.settling import Choice
from hsl_tui.console.widgets.columns import Cell
from hsl_tui.console.widgets.delivery_filter import WITH_REASONS, DeliveryFilter
from hsl_tui.console.widgets.delivery_row import COLUMNS, cells, plain, title, told
from hsl_tui.console.widgets.detail import Detail
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.wording import number, said_of_pruned
from hsl_tui.models.delivery_criteria import (
    Cause,
    place_behind,
    place_of,
    to_chats,
)
from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.models.views import BroadcastView, DeliveryView, RecipientView
from hsl_tui.services import broadcasts, deliveries
from hsl_tui.services.context import Context
from hsl_tui.services.deliveries import DeliveryCard

_REASONS: Final = 50
_PASSING: Final = (DeliveryStatus.PENDING, DeliveryStatus.SENDING)
_PASSING_EVERY: Final = 1.0
"""Seconds between looks at those that do not stay: each time every line of them is another."""


class DeliveriesScreen(ConsoleScreen):
    """Who got it, who did not and why."""

    CSS_PATH = "deliveries.tcss"
    MODE = "broadcasts"
    HELP_TITLE = "Deliveries of one broadcast"
    HELP_TEXT = (
        "Each recipient of the broadcast has exactly one line, with what became of it. f goes to"
        " the next status; / narrows to whose name, user name or chat id begins so, w to one reason"
        " of failure; : goes to a number or a share.\n"
        "Space marks a line, shift+down and v mark several. Retry and resolve are about the marked"
        " ones, and where none is marked about all that the list shows; either says first how many"
        " that is."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "back", "Back", tooltip="Back", id="deliveries.back"),
        Binding("f", "filter(1)", "Status", tooltip="Next status", id="deliveries.filter"),
        Binding("F", "filter(-1)", "Previous status", show=False, id="deliveries.filter-back"),
        Binding("t", "retry", "Retry", tooltip="Retry failed ones", id="deliveries.retry"),
        Binding("u", "resolve", "Resolve", tooltip="Resolve uncertain", id="deliveries.resolve"),
        Binding("slash", "search", "Search", key_display="/", id="deliveries.search"),
        Binding("w", "reason", "Why", tooltip="Narrow to one reason", id="deliveries.reason"),
        Binding("enter", "open", "Open", tooltip="All of the chosen one", id="deliveries.open"),
        Binding("colon,ctrl+g", "go_to", "Go to", key_display=":", id="deliveries.go-to"),
        Binding("ctrl+r", "reread", "Read anew", show=False, id="deliveries.reread"),
    ]

    def __init__(self, context: Context, broadcast: BroadcastView) -> None:
        super().__init__(context)
        self.broadcast = broadcast
        self._offered: tuple[bool, ...] = ()
        self._followed_at = -math.inf

    def compose_body(self) -> ComposeResult:
        yield Static(title(self.broadcast), id="title", markup=False)
        yield DeliveryFilter(self.broadcast)
        yield PagedTable[DeliveryView](
            COLUMNS,
            cells=self._cells,
            key=place_of,
            empty="No deliveries.",
            markable=True,
            mark_by=lambda one: one.chat_id,
            id="deliveries",
        )
        with VerticalScroll(id="detail-pane", can_focus=False):
            yield Detail()

    def on_mount(self) -> None:
        self.table.focus()
        self._read_from_start()

    @property
    def table(self) -> PagedTable[DeliveryView]:
        """The list."""
        return self.query_one("#deliveries", PagedTable)

    @property
    def _filter(self) -> DeliveryFilter:
        return self.query_one(DeliveryFilter)

    def copyable(self) -> str | None:
        if self.table.marked:
            return "\n".join(str(chat) for chat in sorted(self._marked))
        one = self.table.row
        return None if one is None else plain(one, self.context.settings.zone)

    def _cells(self, one: DeliveryView) -> Sequence[Cell]:
        return cells(one, self.context.settings.zone, self.context.clock.now())

    # --- reading --------------------------------------------------------------------------------

    def follow_progress(self) -> None:
        now = self.context.clock.monotonic()
        passing = self._filter.criteria.status in _PASSING
        if not passing or now - self._followed_at >= _PASSING_EVERY:
            self._followed_at = now
            self.reread()

    def reread(self) -> None:
        self.table.reread()
        ask(
            self,
            lambda: broadcasts.show(self.context, self.broadcast.id),
            self._take,
            group="broadcast",
        )

    def _take(self, broadcast: BroadcastView) -> None:
        is_pruned_now = broadcast.pruned_at != self.broadcast.pruned_at
        self.broadcast = broadcast
        self._filter.show(broadcast)
        if is_pruned_now:
            self._read_from_start()
        self.table.total = self._filter.total
        self._offer_acts()
        line, said = self.query_one("#title", Static), title(broadcast)
        if line.content != said:
            line.update(said, layout=False)

    @on(DeliveryFilter.Changed)
    def _read_from_start(self) -> None:
        criteria, number_of_it = self._filter.criteria, self.broadcast.id
        self._offer_acts()
        self.table.read_from(
            lambda after, limit: deliveries.window(
                self.context, number_of_it, criteria, after=after, limit=limit
            ),
            before=lambda before, limit: deliveries.window_before(
                self.context, number_of_it, criteria, before=before, limit=limit
            ),
            place=self._filter.place_before,
            total=self._filter.total,
            empty=self._filter.said_of_nobody(self.context.settings.zone),
        )

    # --- the chosen one -------------------------------------------------------------------------

    @on(PagedTable.Highlighted, "#deliveries")
    @on(PagedTable.MarksChanged, "#deliveries")
    def _show_detail(self) -> None:
        one, pane = self.table.row, self.detail_pane
        said = Content("") if one is None else told(one, self.context.settings.zone)
        self.query_one(Detail).tell(said)
        marked = len(self.table.marked)
        pane.border_title = f"{number(marked)} marked" if marked else ""
        self._offer_acts()

    # --- acts -----------------------------------------------------------------------------------

    def _offer_acts(self) -> None:
        offered = tuple(self._fits(act) for act in ("retry", "resolve", "reason"))
        if offered != self._offered:
            # Only then: it draws the whole foot anew.
            self._offered = offered
            self.refresh_bindings()

    def _fits(self, act: str) -> bool:
        status, counts = self._filter.criteria.status, self.broadcast.counts
        failed = status in {None, DeliveryStatus.FAILED} and counts[DeliveryStatus.FAILED] > 0
        unsure = status in {None, DeliveryStatus.UNCERTAIN} and counts[DeliveryStatus.UNCERTAIN] > 0
        found = {"retry": failed, "resolve": unsure, "reason": failed or unsure}[act]
        return found and self.broadcast.pruned_at is None

    def check_action(self, action: str, parameters: tuple[Any, ...]) -> bool | None:
        """Offer only what fits what is shown."""
        if action in {"retry", "resolve", "reason"}:
            return self.ready and self._fits(action)
        return super().check_action(action, parameters)

    @property
    def _marked(self) -> frozenset[int]:
        return frozenset(chat for chat in self.table.marked if isinstance(chat, int))

    def _choice(self) -> Choice:
        if self._marked:
            return Choice(self.broadcast.id, to_chats(self._marked), "among the marked ones")
        criteria = self._filter.criteria
        said = "in this list" if criteria.cause or criteria.search else "of this broadcast"
        return Choice(self.broadcast.id, criteria, said)

    def _settled(self) -> None:
        self.table.clear_marks()
        self.reread()

    def _refuses_pruned(self) -> bool:
        pruned = self.broadcast.pruned_at is not None
        if pruned:
            self.notify(said_of_pruned(self.broadcast), severity="warning", markup=False)
        return pruned

    def action_retry(self) -> None:
        """Send again to those that failed: the marked ones, or all that are shown."""
        if not self._refuses_pruned():
            settling.retry(self, self._choice(), self._settled)

    def action_resolve(self) -> None:
        """Settle what is uncertain: the marked ones, or all that are shown."""
        if not self._refuses_pruned():
            settling.resolve(self, self._choice(), self._settled)

    @on(PagedTable.Selected, "#deliveries")
    def action_open(self) -> None:
        """Show all that is on record of the chosen one."""
        one = self.table.row
        if one is not None:
            ask(
                self,
                lambda: deliveries.card(self.context, one.broadcast_id, one.seq),
                self._show_card,
                group="card",
            )

    def _show_card(self, card: DeliveryCard) -> None:
        from hsl_tui.console.screens.recipient import (  # noqa: PLC0415 - it leads back here
            RecipientScreen,
        )

        def closed(recipient: RecipientView | None) -> None:
            if recipient is not None:
                self.console_app.open(RecipientScreen(self.context, recipient))

        self.console_app.open(DeliveryDialog(card, self.context.settings.zone), closed)

    def action_filter(self, by: int) -> None:
        """Show another status."""
        self._filter.bar.action_step(by)

    def action_search(self) -> None:
        """Write whom to narrow the list to."""
        self._filter.search()

    @on(Input.Submitted)
    def _to_list(self) -> None:
        self.table.focus()

    def action_reason(self) -> None:
        """Narrow the list to one reason."""
        status = self._filter.criteria.status
        if status not in WITH_REASONS:
            failed = self.broadcast.counts[DeliveryStatus.FAILED]
            status = DeliveryStatus.FAILED if failed else DeliveryStatus.UNCERTAIN

        def picked(chosen: Picked | None) -> None:
            if chosen is not None:
                self._filter.narrow_to(chosen.cause, status)

        def choose(found: Sequence[tuple[Any, str, int]]) -> None:
            reasons = [(Cause(kind, said), count) for kind, said, count in found]
            if reasons:
                failed = status is DeliveryStatus.FAILED
                self.console_app.open(ReasonPicker(reasons, failed=failed), picked)

        ask(
            self,
            lambda: broadcasts.top_reasons(
                self.context, self.broadcast.id, limit=_REASONS, status=status
            ),
            choose,
            group="reasons",
        )

    def action_go_to(self) -> None:
        """Ask for a number or a share, and go there."""

        def go(goal: Goal | None) -> None:
            if goal is not None:
                self._go(goal)

        self.console_app.open(GoTo(self.broadcast.total_recipients), go)

    def _go(self, goal: Goal) -> None:
        everyone = self.broadcast.total_recipients
        total = self._filter.total
        length = self.table.length if total is None else total
        if goal.share is not None and total is not None:
            self.table.go_to(round(goal.share * (length - 1)))
            return
        seq = goal.number or max(1, round((goal.share or 0) * everyone))
        self.table.go_to((seq - 1) * length // max(1, everyone), after=place_behind(seq - 1))

    def action_back(self) -> None:
        """Show all again, or go back to the list of broadcasts."""
        if not self._filter.narrows:
            self.console_app.close_front()
            return
        self._filter.clear()
        self.table.focus()

    def action_reread(self) -> None:
        """Read anew what is shown."""
        self.reread()
