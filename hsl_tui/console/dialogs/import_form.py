"""The fields that say what is to be taken in: a file, what its columns are, and how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Label

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.import_columns import ImportColumns
from hsl_tui.console.importing import told_of_file
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.widgets.tick_box import TickBox
from hsl_tui.console.wording import plural
from hsl_tui.errors import HslTuiError
from hsl_tui.services import file_names, import_previews, imports
from hsl_tui.services.import_previews import Preview

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

_FIRST: Final = (
    "The path of a file on this machine: CSV, TSV or JSON lines, gzipped or not. tab completes it."
)
_AS_CALLED: Final = "as in the file"


class ImportForm(Vertical):
    """Fields for a file, tags for all in it, its columns, and whether it is all or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", "Complete", show=False, id="import.complete", priority=True),
    ]

    @dataclass
    class Looked(Message):
        """Something else is known of the file that is named.

        Attributes:
            said: about it; None while it is being looked at.
        """

        said: Content | None

    def __init__(self) -> None:
        super().__init__()
        self.path: Path | None = None
        """That of a file that can be taken in."""
        self._preview: Preview | None = None
        """What is in the file that is named, as its columns are called there."""
        self._renamed: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label("File", classes="field-name")
            yield LineField(id="path", compact=True, placeholder="~/people.csv")
        with Horizontal(classes="field"):
            yield Label("Tags", classes="field-name")
            yield LineField(id="tags", compact=True, placeholder="none; or like june; students")
        with Horizontal(classes="field"):
            yield Label("Columns", classes="field-name")
            yield Button(Content(_AS_CALLED), id="columns", compact=True, disabled=True)
            yield TickBox("all or nothing", id="atomic")

    def on_mount(self) -> None:
        for field in self.query(Input):
            field.cursor_blink = False
        self._look()

    # --- what is to be done ---------------------------------------------------------------------

    @property
    def labels(self) -> frozenset[str]:
        """Tags for all.

        Raises:
            InvalidInputError: one cannot be a tag.
        """
        tags = self.query_one("#tags", Input).value
        return imports.check_labels(tag for tag in tags.split(";") if tag.strip())

    @property
    def renamed(self) -> Mapping[str, str]:
        """What was said of its columns."""
        return self._renamed

    @property
    def atomic(self) -> bool:
        """Whether all is to be taken in, or nothing."""
        return self.query_one("#atomic", TickBox).value

    def close(self, *, closed: bool) -> None:
        """Let nothing be changed; or let it again."""
        for field in self.query("Input, TickBox, #columns"):
            field.disabled = closed

    # --- which file -----------------------------------------------------------------------------

    @property
    def _written(self) -> str:
        return self.query_one("#path", Input).value.strip()

    @on(Input.Changed, "#path")
    def _look(self) -> None:
        self.path = self._preview = None
        written = self._written
        if not written:
            self._tell(Content.styled(_FIRST, "$text-muted"))
            return

        def show(preview: Preview) -> None:
            if written == self._written:
                self._preview = preview
                if not set(self._renamed) <= set(preview.header):
                    self._renamed = {}
                self._take(preview)

        def refuse(error: HslTuiError) -> None:
            if written == self._written:
                self._tell(Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))

        self._tell(None)
        ask(
            self,
            lambda: import_previews.preview(file_names.read(written)),
            show,
            group="look",
            refused=refuse,
        )

    def _take(self, preview: Preview) -> None:
        """See whether the file can be taken in with what is said of its columns."""
        called = preview.called(self._renamed)
        self.path = file_names.read(self._written) if called.trouble is None else None
        self._tell(told_of_file(called))

    def _tell(self, said: Content | None) -> None:
        columns = self.query_one("#columns", Button)
        columns.disabled = self._preview is None
        many = plural(len(self._renamed), "column")
        columns.label = Content(f"{many} otherwise" if self._renamed else _AS_CALLED)
        columns.refresh(layout=True)
        self.post_message(self.Looked(said))

    def action_complete(self) -> None:
        """Complete the path, or go on to the next field."""
        field = self.query_one("#path", Input)
        written = field.value
        if not field.has_focus:
            self.screen.focus_next()
            return

        def complete(found: file_names.Completion) -> None:
            if field.value != written:
                return
            if found.path != written:
                field.value = found.path
                field.cursor_position = len(found.path)
            elif len(found.names) > 1:
                names = "  ".join(map(terminal_text, found.names))
                self._tell(Content.styled(names, "$text-muted"))
            else:
                self.screen.focus_next()

        ask(self, lambda: file_names.complete(written), complete, group="complete")

    # --- its columns ----------------------------------------------------------------------------

    @on(Button.Pressed, "#columns")
    def ask_columns(self) -> None:
        """Ask what the columns of the file are to be, where there is one."""
        preview = self._preview
        if preview is None or self.query_one("#columns").disabled:
            return

        def chosen(renamed: dict[str, str] | None) -> None:
            if renamed is not None and preview is self._preview:
                self._renamed = renamed
                self._take(preview)

        cast("HslTuiApp", self.app).open(ImportColumns(preview, self._renamed), chosen)
