"""One recipient: all that is known, and all that was ever sent there."""

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
from hsl_tui.console.recipient_acts import RecipientActs
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.deliveries import DeliveriesScreen
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.widgets.recipient_facts import full
from hsl_tui.console.wording import DELIVERY_SIGNS, headline, moment
from hsl_tui.models.moves import MoveView
from hsl_tui.models.views import Received, RecipientView
from hsl_tui.services import broadcasts, moves, recipients
from hsl_tui.services.context import Context

_COLUMNS: Final = (
    Column("No.", 7, right=True),
    Column("Broadcast", 14, flex=3),
    Column("Status", 11),
    Column("When", 11),
    Column("Reason", 8, flex=2, least=66),
)
_NOTHING: Final = "No broadcast was ever meant for this recipient."


class RecipientScreen(ConsoleScreen):
    """Over the list that it was opened from."""

    CSS_PATH = "recipients.tcss"
    MODE = "recipients"
    HELP_TITLE = "One recipient"
    HELP_TEXT = (
        "Above, what is known; below, each broadcast that was meant for this recipient, the newest"
        " first, with what became of it.\n"
        "Every move from state to state is kept, with its reason.\n"
        "Only active recipients are written to. u unsubscribes, or makes active again; that asks"
        " for a reason, which is kept. x forgets the recipient for good: names, chat id, tags and"
        " attributes go, counts stay."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "back", "Back", id="recipient.back"),
        Binding(
            "enter",
            "open",
            "Deliveries",
            tooltip="Open the deliveries of the broadcast",
            id="recipient.open",
        ),
        Binding(
            "u",
            "move",
            "State",
            tooltip="Unsubscribe the recipient, or make active again",
            id="recipient.move",
        ),
        Binding(
            "x", "forget", "Forget", tooltip="Forget the recipient for good", id="recipient.forget"
        ),
        Binding("ctrl+r", "reread", "Read anew", show=False, id="recipient.reread"),
    ]

    def __init__(self, context: Context, one: RecipientView) -> None:
        super().__init__(context)
        self.recipient = one
        self._moves: Sequence[MoveView] = ()
        self._acts = RecipientActs(self, context, self.reread)

    def compose_body(self) -> ComposeResult:
        with VerticalScroll(id="detail-pane", can_focus=False):
            yield Static(self._facts, id="facts", markup=False)
        yield PagedTable[Received](
            _COLUMNS,
            cells=self._cells,
            key=lambda one: -one.delivery.broadcast_id,
            empty=_NOTHING,
            id="received",
        )

    def on_mount(self) -> None:
        self.set_focus(self.table)
        self.table.read_from(self._window, before=self._window_before)

    @property
    def table(self) -> PagedTable[Received]:
        """The deliveries."""
        return self.query_one("#received", PagedTable)

    def _cells(self, one: Received) -> Sequence[Cell]:
        delivery = one.delivery
        sign = DELIVERY_SIGNS[delivery.status]
        zone, now = self.context.settings.zone, self.context.clock.now()
        return (
            Cell(str(delivery.broadcast_id), "muted"),
            Cell(headline(one)),
            Cell(f"{sign.glyph} {delivery.status}", sign.tone),
            Cell(moment(delivery.sent_at or one.begun_at, zone, now), "muted"),
            Cell(delivery.error or ""),
        )

    def copyable(self) -> str:
        """The chat id."""
        return str(self.recipient.chat_id)

    # --- reading --------------------------------------------------------------------------------

    def _window(self, after: int | None, limit: int) -> Sequence[Received]:
        before = None if after is None else -after
        return recipients.deliveries(self.context, self.recipient.id, limit=limit, before=before)

    def _window_before(self, before: int | None, limit: int) -> Sequence[Received]:
        after = None if before is None else -before
        return recipients.first_deliveries(
            self.context, self.recipient.id, limit=limit, after=after
        )

    def follow_progress(self) -> None:
        self.table.reread()

    @property
    def _facts(self) -> Content:
        return full(self.recipient, self._moves, self.context.settings.zone)

    def reread(self) -> None:
        number = self.recipient.id
        self.table.reread()
        ask(
            self,
            lambda: (recipients.get(self.context, number), moves.of(self.context, number)),
            lambda found: self._take(*found),
            group="recipient",
        )

    def _take(self, one: RecipientView | None, found: Sequence[MoveView]) -> None:
        if one is None or (one, found) == (self.recipient, self._moves):
            return
        self.recipient, self._moves = one, found
        self.query_one("#facts", Static).update(self._facts)

    # --- acts -----------------------------------------------------------------------------------

    @on(PagedTable.Selected, "#received")
    def action_open(self) -> None:
        """Open the deliveries of the broadcast under the cursor."""
        row = self.table.row
        if row is None:
            self.notify("There is no broadcast to open.", severity="warning", markup=False)
            return
        broadcast_id = row.delivery.broadcast_id
        ask(
            self,
            lambda: broadcasts.show(self.context, broadcast_id),
            lambda broadcast: self.console_app.open(DeliveriesScreen(self.context, broadcast)),
            group="open",
        )

    def action_move(self) -> None:
        """Ask why, then unsubscribe the recipient or make it active again."""
        self._acts.move(self.recipient)

    def action_forget(self) -> None:
        """Say what that erases, and forget the recipient for good."""
        self._acts.forget(self.recipient, self.action_back)

    def action_back(self) -> None:
        """Go back to the list of recipients."""
        self.console_app.close_front()

    def action_reread(self) -> None:
        """Read anew what is shown."""
        self.reread()
