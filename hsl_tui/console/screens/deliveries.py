"""The deliveries of one broadcast, one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from hsl_tui.console.background import ask
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.wording import (
    BROADCAST_SIGNS,
    DELIVERY_SIGNS,
    TONE_STYLES,
    full_moment,
    full_name,
    handle,
    headline,
    moment,
    plural,
    short_number,
)
from hsl_tui.models.delivery_criteria import DeliveryCriteria, DeliveryPlace, place_of
from hsl_tui.models.enums import Act, DeliveryStatus
from hsl_tui.models.views import BroadcastView, DeliveryView
from hsl_tui.services import broadcasts, deliveries
from hsl_tui.services.context import Context

_COLUMNS: Final = (
    Column("No.", 7, right=True, least=90),
    Column("Status", 11),
    Column("Recipient", 12, flex=1),
    Column("Chat", 14, right=True, least=90),
    Column("Tries", 5, right=True, least=100),
    Column("Sent", 11),
    Column("Reason", 10, flex=2),
)

_ALL: Final = "all"


class DeliveriesScreen(ConsoleScreen):
    """Who got it, who did not and why."""

    CSS_PATH = "deliveries.tcss"
    MODE = "broadcasts"
    HELP_TITLE = "Deliveries of one broadcast"
    HELP_TEXT = (
        "Each recipient of the broadcast has exactly one line, with what became of it.\n"
        "f goes to the next status, F to the one before; the arrow keys do the same when the line"
        " of statuses has the focus (tab)."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "back", "Back"),
        Binding("f", "filter(1)", "Next status"),
        Binding("F", "filter(-1)", "Previous status", show=False),
        Binding("ctrl+r", "reread", "Read anew", show=False),
    ]

    def __init__(self, context: Context, broadcast: BroadcastView) -> None:
        super().__init__(context)
        self.broadcast = broadcast
        # As they are now: a choice must stay the same one while the counts move.
        self._filters = _filters(broadcast)

    def compose_body(self) -> ComposeResult:
        yield Static(self._title(), id="title", markup=False)
        yield ChoiceBar(self._options(self.broadcast), id="filter")
        yield PagedTable[DeliveryView](
            _COLUMNS,
            cells=self._cells,
            key=place_of,
            empty="No deliveries.",
            id="deliveries",
        )
        with VerticalScroll(id="detail-pane", can_focus=False):
            yield Static(id="detail", markup=False)

    def on_mount(self) -> None:
        self.detail_pane.display = False
        self.table.focus()
        self._read_from_start()

    @property
    def table(self) -> PagedTable[DeliveryView]:
        """The list."""
        return self.query_one("#deliveries", PagedTable)

    @property
    def _bar(self) -> ChoiceBar:
        return self.query_one("#filter", ChoiceBar)

    def _title(self) -> Content:
        one = self.broadcast
        sign = BROADCAST_SIGNS[one.state]
        return Content.assemble(
            (f" Broadcast {one.id} ", "bold"),
            (f"{sign.glyph} {one.state}", TONE_STYLES[sign.tone]),
            (f"  {headline(one)}", "$text-muted"),
        )

    def _options(self, broadcast: BroadcastView) -> tuple[tuple[str, str], ...]:
        counts = [(_ALL, f"all {short_number(broadcast.total_recipients)}")]
        counts += [
            (status.value, f"{status} {short_number(broadcast.counts[status])}")
            for status in self._filters
        ]
        return tuple(counts)

    def _cells(self, one: DeliveryView) -> Sequence[Cell]:
        sign = DELIVERY_SIGNS[one.status]
        zone, now = self.context.settings.zone, self.context.clock.now()
        name = full_name(one.first_name, one.last_name) or handle(one.username) or str(one.chat_id)
        again = moment(one.not_before, zone, now)
        reason = one.error or ""
        if one.status is DeliveryStatus.PENDING and again:
            reason = f"again at {again}: {reason}"
        return (
            Cell(str(one.seq), "muted"),
            Cell(f"{sign.glyph} {one.status}", sign.tone),
            Cell(name),
            Cell(str(one.chat_id), "muted"),
            Cell(str(one.attempts), "muted"),
            Cell(moment(one.sent_at, zone, now), "muted"),
            Cell(reason),
        )

    # --- reading --------------------------------------------------------------------------------

    def follow_progress(self) -> None:
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
        self.broadcast = broadcast
        self._bar.options = self._options(broadcast)
        title = self.query_one("#title", Static)
        if title.content != self._title():
            title.update(self._title(), layout=False)

    def _window(self, after: DeliveryPlace | None, limit: int) -> Sequence[DeliveryView]:
        value = self._bar.value
        criteria = DeliveryCriteria(None if value == _ALL else DeliveryStatus(value))
        return deliveries.window(
            self.context, self.broadcast.id, criteria, after=after, limit=limit
        )

    @on(ChoiceBar.Changed)
    def _read_from_start(self) -> None:
        value = self._bar.value
        nobody = "This broadcast has no recipients yet." if value == _ALL else f"None is {value}."
        self.table.read_from(self._window, empty=nobody)

    @on(PagedTable.Highlighted, "#deliveries")
    def _show_detail(self) -> None:
        one = self.table.row
        self.query_one("#detail", Static).update(Content("") if one is None else self._told(one))
        self.detail_pane.display = one is not None

    def _told(self, one: DeliveryView) -> Content:
        sign = DELIVERY_SIGNS[one.status]
        zone = self.context.settings.zone
        name = full_name(one.first_name, one.last_name)
        head = Content.assemble(
            (" ".join(part for part in (name, handle(one.username)) if part), "bold"),
            (f"  chat {one.chat_id}", "$text-muted"),
        )
        facts = [f"{sign.glyph} {one.status}", plural(one.attempts, "attempt")]
        if one.sent_at is not None:
            facts.append(full_moment(one.sent_at, zone))
        if one.telegram_message_id is not None:
            facts.append(f"message {one.telegram_message_id}")
        if one.not_before is not None:
            facts.append(f"again at {full_moment(one.not_before, zone)}")
        lines = [head, Content.styled(" · ".join(facts), "$text-muted")]
        if one.error is not None:
            code = f" ({one.error_code})" if one.error_code is not None else ""
            lines.append(Content(f"{terminal_text(one.error)}{code}"))
        return Content("\n").join(lines)

    # --- acts -----------------------------------------------------------------------------------

    def action_filter(self, by: int) -> None:
        """Show another status."""
        self._bar.action_step(by)

    def action_back(self) -> None:
        """Go back to the list of broadcasts."""
        self.console_app.close_front()

    def action_reread(self) -> None:
        """Read anew what is shown."""
        self.reread()


def _filters(broadcast: BroadcastView) -> list[DeliveryStatus]:
    """The statuses that its deliveries can have, as many as a small screen has room for."""
    recalls = broadcast.act is Act.RECALL
    filters = [
        DeliveryStatus.DELETED if recalls else DeliveryStatus.SENT,
        DeliveryStatus.FAILED,
        DeliveryStatus.UNCERTAIN,
        DeliveryStatus.PENDING,
        DeliveryStatus.CANCELLED,
    ]
    if broadcast.counts[DeliveryStatus.DELETED] and not recalls:
        filters.insert(1, DeliveryStatus.DELETED)
        if not broadcast.counts[DeliveryStatus.PENDING]:
            filters.remove(DeliveryStatus.PENDING)
    return filters
