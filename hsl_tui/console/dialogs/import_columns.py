"""The dialog in which it is said what the columns of a file are to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from hsl_tui.console.importing import told_of_columns
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.services.import_previews import Preview
from hsl_tui.services.recipient_rows import TARGETS, Renaming

_HINT: Final = (
    "chat_id, username, first_name, last_name, language_code or tags; another name: an attribute"
    " for texts; nothing: left out.\n↑ ↓ lead to the other columns · tab completes · ctrl+r uses"
    " them"
)
_GAP: Final = 2
"""Cells."""


class ImportColumns(ModalScreen[dict[str, str] | None]):
    """Ends with what was said of the columns, by their names in the file, or None for «leave it».

    Args:
        preview: the file.
        renamed: what was said of its columns before.
    """

    AUTO_FOCUS = "#becomes"
    HELP_TITLE = "The columns of a file"
    HELP_TEXT = (
        "Each column of the file becomes what stands beside it: chat_id (there must be one),"
        " username, first_name, last_name, language_code or tags of the recipient, or an attribute"
        " of that name for texts. A column that becomes nothing is left out.\n"
        "The file stays as it is."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="columns.leave"),
        Binding("ctrl+r", "use", "Use them", id="columns.use"),
        Binding("down", "move(1)", "Next", show=False, id="columns.next", priority=True),
        Binding("up", "move(-1)", "Previous", show=False, id="columns.previous", priority=True),
        Binding("tab", "complete", "Complete", show=False, id="columns.complete", priority=True),
    ]

    def __init__(self, preview: Preview, renamed: Mapping[str, str]) -> None:
        super().__init__(classes="-wide-dialog")
        self._preview = preview
        self._renamed = dict(renamed)
        self._names = list(dict.fromkeys(name for name in preview.header if name))
        self._shown: str | None = None
        """The column that the field tells of."""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("The file's columns", "bold"), id="title", markup=False)
            yield Static(id="heads", markup=False)
            columns = OptionList(id="columns", markup=False, compact=True)
            columns.can_focus = False
            yield columns
            with Horizontal(classes="field"):
                yield Label("Becomes", classes="field-name")
                yield LineField(id="becomes", compact=True, placeholder="left out")
            yield Static(id="verdict", markup=False)
            yield Static(Content.styled(_HINT, "$text-muted"), id="hint", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content("Use them"), id="use", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        self._field.cursor_blink = False
        self._listed.add_options(Option("") for _ in self._names)
        self._listed.highlighted = 0 if self._names else None
        self._judge()

    def on_resize(self, _: events.Resize) -> None:
        self.call_after_refresh(self._list)

    @property
    def _field(self) -> LineField:
        return self.query_one("#becomes", LineField)

    @property
    def _listed(self) -> OptionList:
        return self.query_one("#columns", OptionList)

    def _target(self, name: str) -> str:
        """What a column is to be; nothing where it is left out."""
        return Renaming(self._renamed).name(name) or ""

    # --- the list -------------------------------------------------------------------------------

    def _list(self) -> None:
        """Write out all rows, in the width that there is."""
        for at in range(len(self._names)):
            self._write(at)
        width, first, second = self._widths()
        heads = f" {fit('In the file', first)}  {fit('Becomes', second)}  First value"
        self.query_one("#heads", Static).update(Content.styled(fit(heads, width), "$text-muted"))

    def _write(self, at: int) -> None:
        name = self._names[at]
        target = self._target(name)
        width, first, second = self._widths()
        place = self._preview.header.index(name)
        values = (row[place] for row in self._preview.first_rows if place < len(row))
        value = next(filter(str.strip, values), "")
        row = Content.assemble(
            fit(terminal_text(name), first),
            " " * _GAP,
            (fit(_word(target), second), "$accent" if name in self._renamed else "")
            if target
            else (fit("left out", second), "$text-muted"),
            " " * _GAP,
            (fit(terminal_text(value.strip()), width - first - second - 2 * _GAP), "$text-muted"),
        )
        self._listed.replace_option_prompt_at_index(at, row)

    def _widths(self) -> tuple[int, int, int]:
        """Cells for a row, for a column's name and for what it becomes."""
        width = max(30, self._listed.content_size.width - 3)
        return width, width * 3 // 10, width * 4 // 10

    @on(OptionList.OptionHighlighted, "#columns")
    def _show_chosen(self) -> None:
        """Have the field tell of the column that is chosen."""
        at = self._listed.highlighted
        if at is None or self._names[at] == self._shown:
            return
        self._keep()
        self._shown = name = self._names[at]
        with self.prevent(Input.Changed):
            self._field.value = self._target(name)
        self._field.cursor_position = len(self._field.value)

    @on(OptionList.OptionSelected, "#columns")
    def _click(self) -> None:
        self._field.focus()

    def action_move(self, by: int) -> None:
        """Choose the next column, or the one before."""
        (self._listed.action_cursor_down if by > 0 else self._listed.action_cursor_up)()
        # At once: the next key may be here already, and is meant for the next column.
        self._show_chosen()

    # --- what one becomes -----------------------------------------------------------------------

    @on(Input.Changed, "#becomes")
    def _keep(self) -> None:
        """Take what stands in the field for what the column is to be that it tells of."""
        if (name := self._shown) is None:
            return
        said = self._field.value.strip()
        self._renamed.pop(name, None)
        if said != self._target(name):
            self._renamed[name] = said
        self._write(self._names.index(name))
        self._judge()

    def _judge(self) -> None:
        called = self._preview.called(self._renamed)
        self.query_one("#use", Button).disabled = called.trouble is not None
        self.query_one("#verdict", Static).update(told_of_columns(called))

    def action_complete(self) -> None:
        """Write out the name that begins so, or go on to the answers."""
        written = self._field.value.strip().lower()
        found = [one for one in TARGETS if written and one.startswith(written)]
        if self._field.has_focus and found and found[0] != written:
            self._field.value = found[0]
            self._field.cursor_position = len(found[0])
        else:
            self.focus_next()

    # --- the end --------------------------------------------------------------------------------

    @on(Input.Submitted, "#becomes")
    def _go_on(self) -> None:
        if self._listed.highlighted == len(self._names) - 1:
            self.query_one("#use").focus()
        else:
            self.action_move(1)

    @on(Button.Pressed, "#use")
    def action_use(self) -> None:
        """End with what was said, if the file can be taken in so."""
        self._keep()
        if not self.query_one("#use", Button).disabled:
            self.dismiss(self._renamed)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # likewise


def _word(target: str) -> str:
    """What a column becomes, in words that are safe to show."""
    if target in {"chat_id", "user_id"}:
        return "chat id"
    if target == "state":
        return "not read back"
    return target.replace("_", " ") if target in TARGETS else terminal_text(f"attribute {target}")
