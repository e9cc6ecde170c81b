"""All broadcasts, newest first, and what can be done to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen

from hsl_tui.console.acts import ACTS, Act
from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.edit_text import EditText
from hsl_tui.console.dialogs.question import Question
from hsl_tui.console.preview.message import Message, message_of
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.deliveries import DeliveriesScreen
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.broadcast_detail import BroadcastDetail, Reasons
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.widgets.message_preview import REVEAL_KEY
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.wording import (
    BROADCAST_SIGNS,
    headline,
    moment,
    percent,
    short_number,
)
from hsl_tui.errors import TextRefusedError
from hsl_tui.models.enums import DeliveryStatus, Priority
from hsl_tui.models.views import BroadcastView, FollowUp
from hsl_tui.services import broadcasts, duplicating, followups, previewing, reviewing
from hsl_tui.services.context import Context

_COLUMNS: Final = (
    Column("#", 4, right=True),
    Column("State", 11),
    Column("Text", 12, flex=1),
    Column("When", 11, least=66),
    Column("Done", 4, right=True),
    Column("✓", 4, right=True),
    Column("✗", 4, right=True),
    Column("?", 4, right=True),
)

_EMPTY: Final = "No broadcasts yet.\nPress n to write the first one."


class BroadcastsScreen(ConsoleScreen):
    """The list, with the chosen one in full beside or below it."""

    CSS_PATH = "broadcasts.tcss"
    MODE = "broadcasts"
    HELP_TITLE = "Broadcasts"
    HELP_TEXT = (
        "Every broadcast, newest first, with how far it is. ✓ were sent, ✗ failed, ? are uncertain:"
        " Telegram's answer was never learnt, so the message may have arrived or not. A text after"
        " ! is urgent.\n"
        "The pane shows the chosen one in full; enter opens its deliveries, one by one. Every act"
        " says first what it will do, and is on record in the audit log."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open"),
        Binding("n", "new", "New"),
        *(Binding(act.key, f"propose('{act.name}')", act.word, tooltip=act.title) for act in ACTS),
        Binding(REVEAL_KEY, "reveal", "Show what is hidden", show=False),
        Binding("c", "copy", "Copy", tooltip="Begin a new one from it"),
        Binding("ctrl+r", "reread", "Read anew", show=False),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._counted: BroadcastView | None = None
        """The chosen one as it was when its reasons of failure were counted last."""
        self._offered: list[str] = []

    def compose_body(self) -> ComposeResult:
        yield PagedTable[BroadcastView](
            _COLUMNS, cells=self._cells, key=lambda one: one.id, empty=_EMPTY, id="broadcasts"
        )
        with VerticalScroll(id="detail-pane", can_focus=False):
            yield BroadcastDetail(self.context)

    def on_mount(self) -> None:
        self.detail_pane.display = False
        self.table.focus()
        self.table.read_from(self._window)

    @property
    def table(self) -> PagedTable[BroadcastView]:
        """The list."""
        return self.query_one("#broadcasts", PagedTable)

    @property
    def chosen(self) -> BroadcastView | None:
        """The broadcast under the cursor."""
        return self.table.row

    def follow_progress(self) -> None:
        self.reread()

    def reread(self) -> None:
        self.table.reread()

    def show_newest(self) -> None:
        """Go to the top, where what was just queued is."""
        self.table.read_from(self._window)

    def _window(self, after: int | None, limit: int) -> Sequence[BroadcastView]:
        return broadcasts.latest(self.context, before=after, limit=limit)

    def _cells(self, one: BroadcastView) -> Sequence[Cell]:
        sign = BROADCAST_SIGNS[one.state]
        mark = "! " if one.priority is Priority.URGENT else ""
        zone, now = self.context.settings.zone, self.context.clock.now()
        failed, uncertain = one.counts[DeliveryStatus.FAILED], one.counts[DeliveryStatus.UNCERTAIN]
        when = one.scheduled_at or one.started_at or one.created_at
        return (
            Cell(str(one.id), "muted"),
            Cell(f"{sign.glyph} {one.state}", sign.tone),
            Cell(mark + headline(one)),
            Cell(moment(when, zone, now), "muted"),
            Cell(f"{percent(one)}%" if one.total_recipients else ""),
            Cell(short_number(one.successful_deliveries)),
            Cell(short_number(failed), "bad" if failed else "muted"),
            Cell(short_number(uncertain), "warn" if uncertain else "muted"),
        )

    # --- the chosen one -------------------------------------------------------------------------

    @on(PagedTable.Highlighted, "#broadcasts")
    def _show_detail(self) -> None:
        detail, one = self.query_one(BroadcastDetail), self.chosen
        another = one is None or detail.broadcast is None or one.id != detail.broadcast.id
        detail.broadcast = one
        self.detail_pane.display = one is not None
        self._offer_acts(one)
        if another:
            self.detail_pane.scroll_home(animate=False)
            detail.reasons, detail.message, detail.follow_ups = (), Content(""), ()
            self._counted = None
            # What is still on its way is about the one before.
            self.workers.cancel_group(self, "reasons")
            self.workers.cancel_group(self, "text")
        if one is None:
            return
        if another:
            ask(self, lambda: self._read_message(one), self._show_message, group="text")
        if _reasons_moved(self._counted, one):
            self._counted = one
            ask(
                self,
                lambda: broadcasts.top_reasons(self.context, one.id, limit=3),
                self._show_reasons,
                group="reasons",
            )

    def _offer_acts(self, one: BroadcastView | None) -> None:
        offered = [] if one is None else ["open", *(act.name for act in ACTS if act.fits(one))]
        if one is not None and one.target_id is None:
            offered.append("copy")
        if offered != self._offered:
            # Only then: it draws the whole footer anew.
            self._offered = offered
            self.refresh_bindings()

    def _show_message(self, found: tuple[Message | Content, Sequence[FollowUp]]) -> None:
        detail = self.query_one(BroadcastDetail)
        detail.message, detail.follow_ups = found

    def _show_reasons(self, reasons: Reasons) -> None:
        self.query_one(BroadcastDetail).reasons = tuple(reasons)

    def _read_message(self, one: BroadcastView) -> tuple[Message | Content, Sequence[FollowUp]]:
        """It as its first recipient reads it by now, and what was done to it since it was sent."""
        done = followups.of(self.context, one.id)
        text = followups.current_text(self.context, one.id)
        return self._message_of(one, text), done

    def _message_of(self, one: BroadcastView, said: str) -> Message | Content:
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
        if action != "propose":
            return super().check_action(action, parameters)
        return one is not None and _act(parameters[0]).fits(one)

    def action_new(self) -> None:
        """Write a broadcast."""
        self.console_app.action_go("compose")

    def action_reveal(self) -> None:
        """Show what the chosen one hides, or hide it again."""
        self.query_one(BroadcastDetail).reveal()

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
        """Say what an act would do to the chosen one, then do it."""
        self.propose(name)

    def propose(self, name: str) -> None:
        """Say what an act would do to the chosen broadcast, and do it if that is wanted."""
        act, one = _act(name), self.chosen
        if one is None:
            self.notify("There is no broadcast to do that to.", severity="warning", markup=False)
            return
        if not act.fits(one):
            said = f"Broadcast {one.id} {act.refusal.format(state=one.state)}"
            self.notify(said, severity="warning", markup=False)
            return
        ask(
            self,
            # Read anew: the list may be seconds old, and the numbers are what is agreed to.
            lambda: act.explain(self.context, broadcasts.show(self.context, one.id)),
            lambda explained: self._ask_first(act, one, explained),
            group="explain",
        )

    def _ask_first(self, act: Act, one: BroadcastView, explained: str) -> None:
        def answered(answer: str | None) -> None:
            if answer is not None:
                self._carry_out(act, one.id, answer)

        self.console_app.open(self._dialog(act, one, explained), answered)

    def _dialog(self, act: Act, one: BroadcastView, explained: str) -> ModalScreen[str | None]:
        if act.is_text:
            return EditText(self.context, one, explained)
        body = Content.assemble((headline(one), "$text-muted"), "\n\n", explained)
        return Question(f"{act.title}: broadcast {one.id}", body, act.answers)

    def _carry_out(self, act: Act, broadcast_id: int, answer: str) -> None:
        def done(said: str) -> None:
            self.notify(said, markup=False)
            self.console_app.wake_worker()
            self.reread()

        ask(
            self,
            lambda: act.carry_out(self.context, broadcast_id, answer),
            done,
            group=act.name,
            exclusive=False,
        )


def _act(name: str) -> Act:
    return next(act for act in ACTS if act.name == name)


def _reasons_moved(counted: BroadcastView | None, now: BroadcastView) -> bool:
    """Whether the reasons of failure are worth counting again.

    They are counted row by row, so not with every step of a broadcast with many failures.
    """
    failed = now.counts[DeliveryStatus.FAILED]
    if counted is None:
        return failed > 0
    before = counted.counts[DeliveryStatus.FAILED]
    return failed < before or failed > before * 1.1 or counted.state is not now.state
