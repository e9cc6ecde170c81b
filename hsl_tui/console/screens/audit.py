"""The audit log: who did what, newest first."""

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
from hsl_tui.console.terminal_text import named, terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.wording import full_moment, moment, plural
from hsl_tui.models.views import AuditView
from hsl_tui.services import audit

_COLUMNS: Final = (
    Column("No.", 6, right=True, least=66),
    Column("When", 11),
    Column("Who", 12, flex=1),
    Column("What", 23),
    Column("Details", 6, flex=3),
)

_EMPTY: Final = "Nothing is on record yet.\nEvery act and every outcome of a broadcast will be."
_NONE: Final = "Nothing of that kind is on record."

_KINDS: Final = (
    ("", "all"),
    ("broadcast.*", "broadcasts"),
    ("recipient*", "recipients"),
    ("worker.*", "worker"),
    ("bot.*", "bot"),
    ("template.*", "templates"),
)
"""Beginnings of actions."""


class AuditScreen(ConsoleScreen):
    """Entries, and the chosen one in full below."""

    CSS_PATH = "audit.tcss"
    MODE = "audit"
    HELP_TITLE = "Audit log"
    HELP_TEXT = (
        "Every act of an operator and every outcome of a broadcast, newest first, with who did it."
        " Entries are never changed: each carries the hash of the one before, and v checks the"
        " whole chain."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "next_kind", "Next kind"),
        Binding("F", "previous_kind", "Previous kind", show=False),
        Binding("v", "verify", "Verify"),
        Binding("ctrl+r", "reread", "Read anew", show=False),
    ]

    def compose_body(self) -> ComposeResult:
        yield ChoiceBar(_KINDS, id="kind")
        yield PagedTable[AuditView](
            _COLUMNS, cells=self._cells, key=lambda one: one.id, empty=_EMPTY, id="entries"
        )
        with VerticalScroll(id="detail-pane", can_focus=False):
            yield Static(id="detail", markup=False)

    def on_mount(self) -> None:
        self.detail_pane.display = False
        self.table.focus()
        self._read_from_start()

    @property
    def table(self) -> PagedTable[AuditView]:
        """The list."""
        return self.query_one("#entries", PagedTable)

    def _cells(self, one: AuditView) -> Sequence[Cell]:
        zone, now = self.context.settings.zone, self.context.clock.now()
        about = [] if one.broadcast_id is None else [f"#{one.broadcast_id}"]
        about += [f"{key} {_words(value)}" for key, value in one.details.items() if value]
        return (
            Cell(str(one.id), "muted"),
            Cell(moment(one.at, zone, now), "muted"),
            Cell(one.actor),
            Cell(one.action, "busy"),
            Cell(" · ".join(about)),
        )

    def reread(self) -> None:
        self.table.reread()

    @on(ChoiceBar.Changed)
    def _read_from_start(self) -> None:
        kind = self.query_one("#kind", ChoiceBar).value

        def window(after: int | None, limit: int) -> Sequence[AuditView]:
            return audit.latest(self.context, limit=limit, before=after, action=kind or None)

        self.table.read_from(window, empty=_NONE if kind else _EMPTY)

    @on(PagedTable.Highlighted, "#entries")
    def _show_detail(self) -> None:
        one = self.table.row
        self.query_one("#detail", Static).update(Content("") if one is None else self._told(one))
        self.detail_pane.display = one is not None

    def _told(self, one: AuditView) -> Content:
        about = "" if one.broadcast_id is None else f"  broadcast {one.broadcast_id}"
        when = full_moment(one.at, self.context.settings.zone)
        lines = [
            Content.assemble((f"{terminal_text(one.action)}", "bold"), about),
            Content.styled(f"{when} · by {terminal_text(one.actor)}", "$text-muted"),
        ]
        said = ((key, _words(value)) for key, value in one.details.items() if value is not None)
        if details := named(said):
            lines.append(details)
        return Content("\n").join(lines)

    # --- acts -----------------------------------------------------------------------------------

    def action_next_kind(self) -> None:
        """Show the next kind of entries."""
        self.query_one("#kind", ChoiceBar).action_step(1)

    def action_previous_kind(self) -> None:
        """Show the kind of entries before."""
        self.query_one("#kind", ChoiceBar).action_step(-1)

    def action_verify(self) -> None:
        """Check the chain of hashes."""

        def told(count: int) -> None:
            entries = plural(count, "entry", "entries")
            self.notify(f"The log is whole: {entries} in an unbroken chain.", markup=False)

        ask(self, lambda: audit.verify(self.context), told, group="verify")

    def action_reread(self) -> None:
        """Read the log anew."""
        self.reread()


def _words(value: object) -> str:
    """A detail as it is read: lists with commas."""
    if isinstance(value, list):
        return ", ".join(_words(one) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{key} {_words(one)}" for key, one in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
