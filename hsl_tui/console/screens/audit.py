"""The audit log: who did what, newest first, and that nobody changed the record of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.audit_entry import EntryDialog
from hsl_tui.console.dialogs.go_to import Goal, GoTo
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.audit_filter import AuditFilter, Wanted
from hsl_tui.console.widgets.audit_row import COLUMNS, cells, in_full, told
from hsl_tui.console.widgets.columns import Cell
from hsl_tui.console.widgets.detail import Detail
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.wording import number, plural
from hsl_tui.models.views import AuditView
from hsl_tui.services import audit
from hsl_tui.services.audit import ChainState
from hsl_tui.services.context import Context

_EMPTY: Final = "Nothing is on record yet.\nEvery act and every outcome of a broadcast will be."
_NONE: Final = "Nothing like that is on record.\nPress escape to see everything again."


class AuditScreen(ConsoleScreen):
    """Entries, and the chosen one below."""

    CSS_PATH = "audit.tcss"
    MODE = "audit"
    HELP_TITLE = "Audit log"
    HELP_TEXT = (
        "Every act of an operator and every outcome of a broadcast, newest first, with who did it."
        " f shows one kind of acts; / leads to fields for the beginning of an act's or an"
        " operator's name, for times (such as today 9:00 or 2030-06-01 09:00) and for the number of"
        " a broadcast.\n"
        "Entries are never changed: each carries the hash of the one before. What comes in is"
        " verified as it is shown; v goes through the whole chain again."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", tooltip="All that the entry says", id="audit.open"),
        Binding("f", "next_kind", "Kind", tooltip="Next kind", id="audit.kind"),
        Binding("F", "previous_kind", "Previous kind", show=False, id="audit.kind-back"),
        Binding("slash", "narrow", "Filter", tooltip="Filter", key_display="/", id="audit.narrow"),
        Binding(
            "b", "same_broadcast", "Same broadcast", tooltip="Its broadcast only", id="audit.same"
        ),
        Binding("colon,ctrl+g", "go_to", "Go to", key_display=":", id="audit.go-to"),
        Binding("v", "verify", "Verify", tooltip="Verify the whole chain", id="audit.verify"),
        Binding("escape", "clear", "Show all", show=False, id="audit.clear"),
        Binding("ctrl+r", "reread", "Read anew", show=False, id="audit.reread"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.chain = ChainState()
        """How far the chain is known to be whole."""
        self._newest = 0
        self._verifies_all = False
        self._offered = (False, False)

    def compose_body(self) -> ComposeResult:
        yield AuditFilter(self.context)
        yield PagedTable[AuditView](
            COLUMNS, cells=self._cells, key=lambda one: one.id, empty=_EMPTY, id="entries"
        )
        with VerticalScroll(id="detail-pane", can_focus=False):
            yield Detail()

    def on_mount(self) -> None:
        self.detail_pane.display = False
        self.table.focus()
        self._read_from_start()

    @property
    def table(self) -> PagedTable[AuditView]:
        """The list."""
        return self.query_one("#entries", PagedTable)

    @property
    def filter(self) -> AuditFilter:
        """What the list is narrowed to."""
        return self.query_one(AuditFilter)

    def copyable(self) -> str | None:
        one = self.table.row
        return None if one is None else in_full(one, self.context.settings.zone).plain

    def _cells(self, one: AuditView) -> Sequence[Cell]:
        return cells(one, self.context.settings.zone, self.context.clock.now())

    # --- reading --------------------------------------------------------------------------------

    def reread(self) -> None:
        self.table.reread()
        if self.chain.broken is None:
            self._verify_further()

    @on(AuditFilter.Changed)
    def _read_from_start(self) -> None:
        wanted, everything = self.filter.wanted, Wanted()

        def window(before: int | None, limit: int) -> Sequence[AuditView]:
            found = self._read(wanted, limit, before=before)
            if before is None and wanted == everything and found:
                self._newest = found[0].id
            return found

        self._newest = 0
        self.table.read_from(
            window,
            before=lambda after, limit: self._read(wanted, limit, after=after or 0),
            # Numbers have no gaps.
            place=lambda place: self._newest + 1 - place,
            empty=_EMPTY if wanted == everything else _NONE,
        )

    def _read(
        self, wanted: Wanted, limit: int, *, before: int | None = None, after: int | None = None
    ) -> Sequence[AuditView]:
        return audit.latest(
            self.context,
            limit=limit,
            before=before,
            after=after,
            action=wanted.action,
            actor=wanted.actor,
            since=wanted.since,
            until=wanted.until,
            broadcast_id=wanted.broadcast_id,
        )

    @on(PagedTable.Highlighted, "#entries")
    def _show_detail(self) -> None:
        one = self.table.row
        self.table.total = self._newest or None
        said = Content("") if one is None else told(one, self.context.settings.zone)
        self.query_one(Detail).tell(said)
        self.detail_pane.display = one is not None
        self.detail_pane.scroll_home(animate=False)
        offered = (one is not None, one is not None and one.broadcast_id is not None)
        if offered != self._offered:
            # Only then: it draws the whole foot anew.
            self._offered = offered
            self.refresh_bindings()

    # --- the chain ------------------------------------------------------------------------------

    def _verify_further(self) -> None:
        known = self.chain
        ask(
            self,
            lambda: audit.verify_further(self.context, known),
            self._take_chain,
            group="verify",
        )

    def _take_chain(self, found: ChainState) -> None:
        self.chain = found
        if found.broken is not None:
            said = Content.styled(f"✗ broken at #{found.broken_at}", "bold $text-error")
        elif found.whole:
            said = Content.styled(f"✓ chain whole to #{found.link.id}", "$text-success")
        else:
            said = Content.styled(f"◐ verifying #{found.link.id}", "$text-accent")
            self._verify_further()
        self.filter.say(said)
        if self._verifies_all and (found.whole or found.broken is not None):
            self._verifies_all = False
            self._tell_of_all(found)

    def _tell_of_all(self, found: ChainState) -> None:
        if found.broken is not None:
            self.notify(terminal_text(found.broken), severity="error", markup=False)
            return
        entries = plural(found.link.id, "entry", "entries")
        self.notify(f"The log is whole: {entries} in an unbroken chain.", markup=False)

    # --- acts -----------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[Any, ...]) -> bool | None:
        """Offer only what fits the chosen entry."""
        if action == "open":
            return self.ready and self.table.row is not None
        if action == "same_broadcast":
            one = self.table.row if self.ready else None
            return one is not None and one.broadcast_id is not None
        if action == "clear":
            return self.ready and self.filter.narrows
        return super().check_action(action, parameters)

    @on(PagedTable.Selected, "#entries")
    def action_open(self) -> None:
        """Show all that the chosen entry says."""
        if (one := self.table.row) is not None:
            self.console_app.open(EntryDialog(one, self.context.settings.zone))

    def action_next_kind(self) -> None:
        """Show the next kind of entries."""
        self.filter.bar.action_step(1)

    def action_previous_kind(self) -> None:
        """Show the kind of entries before."""
        self.filter.bar.action_step(-1)

    def action_narrow(self) -> None:
        """Write what to narrow the list to."""
        self.filter.write()

    @on(Input.Submitted)
    def _to_list(self) -> None:
        self.table.focus()

    def key_down(self) -> None:
        """From a field to the list."""
        if isinstance(self.focused, Input):
            self.table.focus()

    def action_same_broadcast(self) -> None:
        """Show only what is about the broadcast of the chosen entry."""
        one = self.table.row
        if one is not None and one.broadcast_id is not None:
            self.filter.narrow_to_broadcast(one.broadcast_id)

    def action_go_to(self) -> None:
        """Ask for the number of an entry or a share of the list, and go there."""
        last = self.chain.link.id or self._newest
        if not last:
            self.notify("There is no entry to go to.", severity="warning", markup=False)
            return

        def go(goal: Goal | None) -> None:
            if goal is not None:
                self._go(goal, last)

        self.console_app.open(GoTo(last), go)

    def _go(self, goal: Goal, last: int) -> None:
        length = self.table.length
        if goal.number is None:
            self.table.go_to(round((goal.share or 0) * (length - 1)))
        else:
            # The newest come first.
            self.table.go_to((last - goal.number) * length // last, after=goal.number + 1)

    def action_clear(self) -> None:
        """Show everything again."""
        self.filter.clear()
        self.table.focus()

    def action_verify(self) -> None:
        """Go through the whole chain of hashes."""
        self.chain, self._verifies_all = ChainState(), True
        self.filter.say(Content.styled(f"◐ verifying #{number(0)}", "$text-accent"))
        self._verify_further()

    def action_reread(self) -> None:
        """Read the log anew."""
        self.reread()
