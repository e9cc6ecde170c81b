"""The dialog that takes recipients in from a file, and says what was skipped and why."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.import_form import ImportForm
from hsl_tui.console.importing import Course, told_of_report
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import Cell, Column
from hsl_tui.console.widgets.paged_table import PagedTable
from hsl_tui.console.wording import number, plural
from hsl_tui.errors import HslTuiError, InvalidInputError
from hsl_tui.services import exports, imports
from hsl_tui.services.context import Context
from hsl_tui.services.imports import ImportReport, Reject

_REDRAW_EVERY: Final = 0.5
"""Seconds."""
_COLUMNS: Final = (Column("Line", 10, right=True), Column("Skipped, because", 20, flex=1))


class ImportDialog(ModalScreen[bool]):
    """Ends with whether anything was taken in."""

    AUTO_FOCUS = "#path"
    HELP_TITLE = "Import recipients"
    HELP_TEXT = (
        "The file has a header; chat_id (or user_id) is required, username, first_name, last_name,"
        " language_code and tags are known, and any other column becomes an attribute for texts.\n"
        "Recipients that are there already are updated; an empty cell changes nothing. Bad lines"
        " are skipped and named.\n"
        "ctrl+n says what each column is, where the file calls them otherwise, and leaves columns"
        " out. Try it tells what would become of the lines, and changes nothing.\n"
        "What is taken in stays, whenever you stop: begin again with the whole file to go on. With"
        " all, or nothing it is taken in at once at the end, unless a line cannot be used; others"
        " who change something wait meanwhile."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Stop, or leave it", id="import.leave"),
        Binding("ctrl+t", "try", "Try it", tooltip="Try it, changing nothing", id="import.try"),
        Binding("ctrl+n", "columns", "Columns", tooltip="What each is", id="import.columns"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context
        self._stop = threading.Event()
        self._course: Course | None = None
        self._report: ImportReport | None = None
        self._atomic = False
        """Whether that was to be all or nothing."""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Import recipients", "bold"), id="title", markup=False)
            yield ImportForm()
            yield Static(id="said", markup=False)
            yield PagedTable[Reject](
                _COLUMNS,
                cells=lambda one: (Cell(number(one.line), "muted"), Cell(one.reason)),
                key=lambda one: one.line,
                empty="",
                id="rejects",
            )
            with Horizontal(id="answers"):
                yield Button(Content("Write skipped"), id="save", compact=True)
                yield Button(Content("Try it"), id="try", compact=True)
                yield Button(Content("Take it in"), id="begin", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        self._list([])
        self._ticking = self.set_interval(_REDRAW_EVERY, self._draw, pause=True)

    def on_unmount(self) -> None:
        # However the console ends, the import does at its next batch.
        self._stop.set()

    # --- which file -----------------------------------------------------------------------------

    @property
    def _form(self) -> ImportForm:
        return self.query_one(ImportForm)

    @on(ImportForm.Looked)
    def _offer(self, looked: ImportForm.Looked) -> None:
        for button in ("#try", "#begin"):
            self.query_one(button, Button).disabled = self._form.path is None
        if looked.said is not None:
            # What was said of it when it was tried may not be so any more.
            self._report = None
            self._list([])
            self._say(looked.said)

    def action_columns(self) -> None:
        """Ask what the columns of the file are to be."""
        self._form.ask_columns()

    # --- taking it in ---------------------------------------------------------------------------

    @on(Button.Pressed, "#try")
    def action_try(self) -> None:
        """Tell what would become of the file's lines, and change nothing."""
        self._run(dry_run=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#begin")
    def _begin(self) -> None:
        self._run(dry_run=False)

    def _run(self, *, dry_run: bool) -> None:
        form, path = self._form, self._form.path
        if path is None or self._course is not None:
            return
        try:
            labels = form.labels
        except InvalidInputError as error:
            self.query_one("#tags").focus()
            self._say_refusal(error)
            return
        self._set_fields(closed=True)
        leave = self.query_one("#leave", Button)
        leave.label = Content("Stop")
        leave.focus()
        self._report = None
        self._atomic = atomic = form.atomic
        renamed = form.renamed
        self._course = course = Course(keeps=not (atomic or dry_run))
        self._draw()
        self._ticking.resume()

        def take_in() -> ImportReport:
            return imports.import_file(
                self.context,
                path,
                tags=labels,
                renamed=renamed,
                atomic=atomic,
                dry_run=dry_run,
                on_progress=course.note,
                stopped=self._stop.is_set,
            )

        def fail(error: HslTuiError) -> None:
            self._fail(error, taken=0 if dry_run else course.taken)

        ask(self, take_in, self._end, group="import", refused=fail)

    def _draw(self) -> None:
        if self._course is not None and self._report is None:
            self._say(self._course.told(stopping=self._stop.is_set()))

    def _end(self, report: ImportReport) -> None:
        self._report = report
        self._show_end(told_of_report(report, atomic=self._atomic), report.rejected)
        if report.trial is not None or report.held_back:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Where nothing was changed: the file may be taken in, or another one."""
        self._course = None
        self._stop.clear()
        self._set_fields(closed=False)
        self.query_one("#leave", Button).label = Content("Leave it")
        self.query_one("#begin").focus()

    def _set_fields(self, *, closed: bool) -> None:
        self._form.close(closed=closed)
        for button in ("#try", "#begin"):
            self.query_one(button).display = not closed

    def _fail(self, error: HslTuiError, *, taken: int) -> None:
        self._report = ImportReport(taken, 0, 0, ())
        kept = f"\n{plural(taken, 'line')} before that were taken in." if taken else ""
        why = Content.styled(f"✗ {terminal_text(str(error))}{kept}", "$text-error")
        self._show_end(why, ())

    @on(PagedTable.Highlighted, "#rejects")
    def _show_reason(self) -> None:
        table: PagedTable[Reject] = self.query_one("#rejects", PagedTable)
        if (row := table.row) is not None:
            self._say_reason(row)

    def _say_reason(self, row: Reject) -> None:
        if self._report is not None:
            reason = terminal_text(f"Line {number(row.line)}: {row.reason}")
            told = Content.styled(f"\n{reason}", "$text-muted")
            said = told_of_report(self._report, atomic=self._atomic)
            self._say(Content.assemble(said, told))

    def _show_end(self, said: Content, rejects: Sequence[Reject]) -> None:
        self._say(said)
        leave = self.query_one("#leave", Button)
        leave.label = Content("Close")
        leave.focus()
        self._ticking.pause()
        self._list(rejects)
        if rejects:
            self.query_one("#save", Button).disabled = False
            table = self.query_one("#rejects", PagedTable)
            table.read_from(lambda after, limit: _behind(rejects, after, limit), total=len(rejects))
            table.focus()
            # Where it is the same line as at a trial before, the table has no news to tell.
            self._say_reason(rejects[0])

    def _list(self, rejects: Sequence[Reject]) -> None:
        """Make room for lines that were skipped, or for none."""
        self.query_one("#dialog").set_class(bool(rejects), "-listing")
        self.query_one("#rejects").display = self.query_one("#save").display = bool(rejects)

    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        report, path = self._report, self._form.path
        if report is None or path is None:
            return
        self.query_one("#save", Button).disabled = True

        def say(to: Path) -> None:
            lines = plural(len(report.rejected), "skipped line")
            self.notify(terminal_text(f"{lines} are named in {to}."), markup=False)

        ask(
            self,
            lambda: exports.export_rejects(report.rejected, path, report.header),
            say,
            group="save",
        )

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Stop what is being taken in; or close the dialog."""
        if self._course is not None and self._report is None:
            self._stop.set()
            self._draw()
            return
        report = self._report
        taken = report is not None and report.trial is None and report.accepted > 0
        self.dismiss(taken)  # type: ignore[unused-awaitable] # it is removed on its own

    def _say_refusal(self, error: HslTuiError) -> None:
        self._say(Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))

    def _say(self, said: Content) -> None:
        line = self.query_one("#said", Static)
        if line.content != said:
            line.update(said)


def _behind(rejects: Sequence[Reject], line: int | None, limit: int) -> Sequence[Reject]:
    start = 0 if line is None else bisect_right(rejects, line, key=lambda one: one.line)
    return rejects[start : start + limit]
