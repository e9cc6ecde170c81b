"""The dialog that reports which recipients moved from state to state lately, and why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from hsl_tui.console.background import ask
from hsl_tui.console.keymap import hint
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.wording import (
    RECIPIENT_SIGNS,
    TONE_STYLES,
    full_moment,
    full_name,
    handle,
    moment,
    number,
    plural,
)
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.moves import MoveTotal, MoveView
from hsl_tui.services import moves
from hsl_tui.services.context import Context

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

_DAYS: Final = {"day": 1, "week": 7, "month": 30, "ever": None}
_ANY: Final = "any"
_COLUMNS: Final = (
    Column("When", 11),
    Column("Who", 12, flex=2),
    Column("Now", 14),
    Column("Before", 14, least=74),
    Column("Reason", 10, flex=3, least=60),
)
_NOBODY: Final = "Nobody moved."
_REASONS: Final = 50
"""Lines of totals; there are few reasons, but they are Telegram's words."""


class MovedLately(ModalScreen[int | None]):
    """Ends with the number of a recipient whose card is to be opened, or with None."""

    AUTO_FOCUS = "#moves"
    HELP_TITLE = "Moved lately"
    HELP_TEXT = (
        "Above, how many recipients moved to which state, and why; below, each of them, the newest"
        " first. Telegram's answers move recipients, so do /start and /stop, and operators.\n"
        "p goes to another stretch of time, s to one state; enter opens the card of a recipient."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Card", tooltip="Open the card", id="moves.open"),
        Binding("p", "period(1)", "Time", tooltip="Longer", id="moves.longer"),
        Binding("P", "period(-1)", "Shorter", show=False, id="moves.shorter"),
        Binding("s", "state(1)", "State", tooltip="Next state", id="moves.state"),
        Binding("S", "state(-1)", "Previous state", show=False, id="moves.state-before"),
        Binding("escape,q", "dismiss(None)", "Close", tooltip="Close", id="moves.close"),
        Binding("ctrl+r", "reread", "Read anew", show=False, id="moves.reread"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Moved lately", "bold"), id="title", markup=False)
            periods = [(name, f"last {name}" if days else name) for name, days in _DAYS.items()]
            yield ChoiceBar(periods, id="period")
            yield ChoiceBar([(_ANY, "to any"), *((one, one) for one in RecipientState)], id="to")
            with VerticalScroll(id="totals-pane", can_focus=False):
                yield Static(id="totals", markup=False)
            yield PagedTable[MoveView](
                _COLUMNS, cells=self._cells, key=moves.place_of, empty=_NOBODY, id="moves"
            )
            yield Static(id="about", markup=False)
            yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        keys = hint(type(self), cast("HslTuiApp", self.app).keymap)
        self.query_one("#hint", Static).update(Content.styled(keys, "$text-muted"))
        self._read()

    @property
    def table(self) -> PagedTable[MoveView]:
        """Each move."""
        return self.query_one("#moves", PagedTable)

    def _cells(self, one: MoveView) -> Sequence[Cell]:
        zone, now = self.context.settings.zone, self.context.clock.now()
        sign = RECIPIENT_SIGNS[one.after]
        return (
            Cell(moment(one.at, zone, now), "muted"),
            Cell(_who(one)),
            Cell(f"{sign.glyph} {one.after}", sign.tone),
            Cell(f"{RECIPIENT_SIGNS[one.before].glyph} {one.before}", "muted"),
            Cell(one.reason, "muted"),
        )

    # --- reading --------------------------------------------------------------------------------

    @on(ChoiceBar.Changed)
    def _read(self) -> None:
        since, state = self._since, self._state
        self.table.read_from(
            lambda after, limit: moves.window(
                self.context, limit=limit, since=since, state=state, after=after
            ),
            before=lambda before, limit: moves.window_before(
                self.context, limit=limit, since=since, state=state, before=before
            ),
        )
        ask(
            self,
            lambda: moves.report(self.context, since=since, state=state),
            self._show_totals,
            group="totals",
        )

    @property
    def _since(self) -> datetime | None:
        days = _DAYS[self.query_one("#period", ChoiceBar).value]
        return None if days is None else self.context.clock.now() - timedelta(days=days)

    @property
    def _state(self) -> RecipientState | None:
        value = self.query_one("#to", ChoiceBar).value
        return None if value == _ANY else RecipientState(value)

    def _show_totals(self, found: Sequence[MoveTotal]) -> None:
        self.table.total = sum(one.recipients for one in found)
        width = max((len(number(one.recipients)) for one in found), default=0)
        lines = [_line(one, width) for one in found[:_REASONS]]
        if more := len(found) - _REASONS:
            lines += [Content(f"and {plural(more, 'reason')} more")] if more > 0 else []
        self.query_one("#totals", Static).update(Content("\n").join(lines))

    @on(PagedTable.Highlighted, "#moves")
    def _show_move(self) -> None:
        one = self.table.row
        said = ""
        if one is not None:
            when = full_moment(one.at, self.context.settings.zone)
            said = f"{when}  {one.before} → {one.after}: {terminal_text(one.reason)}"
        self.query_one("#about", Static).update(Content(said))

    # --- keys -----------------------------------------------------------------------------------

    def action_period(self, by: int) -> None:
        """Look at another stretch of time."""
        self.query_one("#period", ChoiceBar).action_step(by)

    def action_state(self, by: int) -> None:
        """Look at moves into another state."""
        self.query_one("#to", ChoiceBar).action_step(by)

    def action_reread(self) -> None:
        """Read anew what is shown."""
        self._read()

    @on(PagedTable.Selected, "#moves")
    def action_open(self) -> None:
        """End with the recipient under the cursor."""
        if (one := self.table.row) is None:
            self.notify("There is nobody to show.", severity="warning", markup=False)
        elif one.chat_id is None:
            said = "This recipient was forgotten: there is no card."
            self.notify(said, severity="warning", markup=False)
        else:
            self.dismiss(one.recipient_id)  # type: ignore[unused-awaitable] # this screen's own action must not wait for its end


def _who(one: MoveView) -> str:
    if one.chat_id is None:
        return "forgotten"
    return full_name(one.first_name, one.last_name) or handle(one.username) or str(one.chat_id)


def _line(one: MoveTotal, width: int) -> Content:
    sign = RECIPIENT_SIGNS[one.state]
    return Content.assemble(
        f"{number(one.recipients):>{width}}  ",
        (f"{sign.glyph} {one.state}", TONE_STYLES[sign.tone]),
        (f"  {terminal_text(one.reason)}", "$text-muted"),
    )
