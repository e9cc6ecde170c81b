"""All broadcasts, newest first, and what can be done to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from hsl_tui.console.acts import ACTS, Act
from hsl_tui.console.background import ask
from hsl_tui.console.proposing import propose
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.deliveries import DeliveriesScreen
from hsl_tui.console.widgets.broadcast_row import COLUMNS, cells
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.chosen_broadcast import ChosenBroadcast
from hsl_tui.console.widgets.columns import Cell
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.widgets.message_preview import REVEAL_KEY
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.wording import BROADCAST_SIGNS
from hsl_tui.errors import NotFoundError
from hsl_tui.models.enums import BroadcastState
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import broadcasts, duplicating, throughput
from hsl_tui.services.context import Context
from hsl_tui.services.finding import find_broadcasts
from hsl_tui.services.throughput import Going

_SHORT: Final = {BroadcastState.SCHEDULED: "sched."}
_STATES: Final = (
    ("", "all"),
    *(
        (state.value, state.value, _SHORT.get(state, state.value), BROADCAST_SIGNS[state].glyph)
        for state in BroadcastState
    ),
)
_MOST_FOUND: Final = 100
_EMPTY: Final = "No broadcasts yet.\nPress n to write the first one."


class BroadcastsScreen(ConsoleScreen):
    """The list, with the chosen one in full beside or below it."""

    CSS_PATH = "broadcasts.tcss"
    MODE = "broadcasts"
    HELP_TITLE = "Broadcasts"
    HELP_TEXT = (
        "Every broadcast, newest first, with how far it is. ✓ were sent, ✗ failed, ? are uncertain:"
        " Telegram's answer was never learnt, so the message may have arrived or not. A text after"
        " ! is urgent. ≈ is when the end is to be expected: at the rate of the last half minute,"
        " or before that at its share of the bot's budget.\n"
        "The pane shows the chosen one in full, with how it went over time and who did what; enter"
        " opens its deliveries, one by one. f narrows the list to a state; / goes to a number, or"
        " to the next older one that says some words. Every act says first what it will do, and is"
        " on record in the audit log."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", tooltip="Its deliveries", id="broadcasts.open"),
        Binding("n", "new", "New", tooltip="Write a new one", id="broadcasts.new"),
        *(
            Binding(
                act.key,
                f"propose('{act.name}')",
                act.word,
                tooltip=act.title,
                id=f"broadcasts.{act.name}",
            )
            for act in ACTS
        ),
        Binding("c", "copy", "Copy", tooltip="Begin a new one from it", id="broadcasts.copy"),
        Binding("f", "filter(1)", "Next state", id="broadcasts.filter"),
        Binding("F", "filter(-1)", "Previous state", show=False, id="broadcasts.filter-back"),
        Binding("slash", "find", "Find", key_display="/", show=False, id="broadcasts.find"),
        Binding("escape", "clear", "Show all", show=False, id="broadcasts.clear"),
        Binding(REVEAL_KEY, "reveal", "Show what is hidden", show=False, id="broadcasts.reveal"),
        Binding("ctrl+r", "reread", "Read anew", show=False, id="broadcasts.reread"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._newest = 0
        self._offered: list[str] = []

    def compose_body(self) -> ComposeResult:
        with Vertical(id="list"):
            with Horizontal(id="filters"):
                yield ChoiceBar(_STATES, id="state")
                yield LineField(id="sought", compact=True, placeholder="number or words")
            yield PagedTable[Going](
                COLUMNS,
                cells=self._cells,
                key=lambda going: going.broadcast.id,
                empty=_EMPTY,
                id="broadcasts",
            )
        yield ChosenBroadcast(self.context)

    def on_mount(self) -> None:
        self.detail_pane.display = False
        self.table.focus()
        self._read_from_top()

    @property
    def table(self) -> PagedTable[Going]:
        """The list."""
        return self.query_one("#broadcasts", PagedTable)

    @property
    def chosen(self) -> BroadcastView | None:
        """The broadcast under the cursor."""
        going = self.table.row if self.ready else None
        return None if going is None else going.broadcast

    @property
    def pane(self) -> ChosenBroadcast:
        """The chosen one in full."""
        return self.query_one(ChosenBroadcast)

    @property
    def _sought(self) -> LineField:
        return self.query_one("#sought", LineField)

    @property
    def _bar(self) -> ChoiceBar:
        return self.query_one("#state", ChoiceBar)

    def copyable(self) -> str | None:
        return None if self.chosen is None else self.chosen.content.text

    def follow_progress(self) -> None:
        self.reread()

    def reread(self) -> None:
        self.table.reread()
        self.pane.follow()

    def show_newest(self) -> None:
        """Go to the top, where what was just queued is."""
        self._bar.index = 0
        self._read_from_top()

    @on(ChoiceBar.Changed, "#state")
    def _read_from_top(self) -> None:
        word = self._bar.value
        state = BroadcastState(word) if word else None

        def window(after: int | None, limit: int) -> Sequence[Going]:
            rows = throughput.latest(self.context, state=state, before=after, limit=limit)
            if after is None and state is None and rows:
                self._newest = rows[0].broadcast.id
            return rows

        def before(key: int | None, limit: int) -> Sequence[Going]:
            return throughput.newer(self.context, state=state, than=key or 0, limit=limit)

        self._newest = 0
        self.table.read_from(
            window,
            before=before,
            # Numbers have no gaps to speak of.
            place=lambda place: self._newest + 1 - place,
            empty=f"None is {word}." if word else _EMPTY,
        )

    def _cells(self, going: Going) -> Sequence[Cell]:
        return cells(going, self.context.settings.zone, self.context.clock.now())

    # --- the chosen one -------------------------------------------------------------------------

    @on(PagedTable.Highlighted, "#broadcasts")
    def _show_chosen(self) -> None:
        self.pane.show(self.table.row)
        self._offer_acts(self.chosen)
        self.table.total = self._newest or None

    def _offer_acts(self, one: BroadcastView | None) -> None:
        offered = (
            [] if one is None else ["open", *(act.name for act in ACTS if act.can_be_done_to(one))]
        )
        if one is not None and one.target_id is None:
            offered.append("copy")
        if offered != self._offered:
            # Only then: it draws the whole footer anew.
            self._offered = offered
            self.refresh_bindings()

    @on(PagedTable.Selected, "#broadcasts")
    def action_open(self) -> None:
        """Show the deliveries of the chosen one."""
        if self.chosen is not None:
            self.console_app.open(DeliveriesScreen(self.context, self.chosen))

    # --- acts -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[Any, ...]) -> bool | None:
        """Offer only what fits the chosen broadcast."""
        one = self.chosen
        if action == "open":
            return one is not None
        if action == "copy":
            return one is not None and one.target_id is None
        if action == "clear":
            return self.ready and (self._bar.index > 0 or self._sought.has_focus)
        if action != "propose":
            return super().check_action(action, parameters)
        return one is not None and _act(parameters[0]).can_be_done_to(one)

    def action_new(self) -> None:
        """Write a broadcast."""
        self.console_app.action_go("compose")

    def action_reveal(self) -> None:
        """Show what the chosen one hides, or hide it again."""
        self.pane.reveal()

    def action_filter(self, by: int) -> None:
        """Narrow to another state."""
        self._bar.action_step(by)

    def action_clear(self) -> None:
        """Show all broadcasts again."""
        if self._sought.has_focus:
            self._close_sought()
        else:
            self._bar.index = 0

    def action_find(self) -> None:
        """Ask which broadcast to go to."""
        self._sought.add_class("-open")
        self._sought.focus()

    @on(Input.Submitted, "#sought")
    def _find(self, event: Input.Submitted) -> None:
        sought = event.value.strip()
        self._close_sought()
        if sought:
            self.find(sought)

    @on(Input.Blurred, "#sought")
    def _close_sought(self) -> None:
        if self._sought.has_class("-open"):
            self._sought.remove_class("-open")
            self._sought.clear()
            self.table.focus()

    def find(self, sought: str) -> None:
        """Choose the broadcast of this number, or the next older one that says these words."""
        chosen = self.chosen

        def look() -> tuple[int, int]:
            found = [one.id for one in find_broadcasts(self.context, sought, limit=_MOST_FOUND)]
            if not found:
                raise NotFoundError(f"No broadcast has this number or says this: {sought}")
            older = [one for one in found if chosen is not None and one < chosen.id]
            is_number = str(found[0]) == sought.removeprefix("#")
            newest = broadcasts.latest(self.context, limit=1)[0].id
            return found[0] if is_number or not older else older[0], newest

        def go(places: tuple[int, int]) -> None:
            number, newest = places
            if self._bar.index:
                with self.prevent(ChoiceBar.Changed):
                    self._bar.index = 0
                self._read_from_top()
            self._newest = self.table.total = newest
            self.table.go_to(newest - number, after=number + 1)

        ask(self, look, go, group="find")

    def action_copy(self) -> None:
        """Begin a new broadcast from the chosen one."""
        one = self.chosen
        if one is not None:
            ask(
                self,
                lambda: duplicating.begin_anew(self.context, one.id),
                lambda form: self.console_app.compose_from(one.id, form),
                group="copy",
            )

    def action_reread(self) -> None:
        """Read the list anew."""
        self.reread()

    def action_propose(self, name: str) -> None:
        """Say what an act would do to the chosen one, and do it if that is wanted."""
        propose(self, _act(name), self.chosen, self._acted)

    def _acted(self) -> None:
        self.reread()
        self.pane.look_again()


def _act(name: str) -> Act:
    return next(act for act in ACTS if act.name == name)
