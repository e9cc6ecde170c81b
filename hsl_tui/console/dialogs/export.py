"""The dialog that writes every delivery of a broadcast to a file."""

from __future__ import annotations

import threading
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
from hsl_tui.console.explaining import Explained
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import full_moment, number, plural
from hsl_tui.errors import HslTuiError, InvalidInputError, RefusedError
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import exports, output_files
from hsl_tui.services.context import Context
from hsl_tui.services.output_files import Earlier

_REDRAW_EVERY: Final = 0.5
"""Seconds."""
_BAR: Final = 30


class ExportDialog(ModalScreen[str | None]):
    """Ends with what was written where, in a sentence, or None if nothing was.

    Args:
        explained: what will be written.
    """

    AUTO_FOCUS = "#path"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Leave it", id="export.leave"),
    ]

    def __init__(self, context: Context, broadcast: BroadcastView, explained: Explained) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context
        self._broadcast = broadcast
        self._explained = explained
        self._agreed: tuple[Path, Earlier | None] | None = None
        """Where to, and what was said to lie there."""
        self._stopped = threading.Event()
        self._writing = False
        self._written = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            title = f"Export: broadcast {self._broadcast.id}"
            yield Static(Content.styled(title, "bold"), id="title", markup=False)
            yield Static(Content(self._explained.text), id="said", markup=False)
            yield LineField(
                f"~/broadcast-{self._broadcast.id}.csv",
                id="path",
                compact=True,
                placeholder="a file on this machine",
            )
            yield Static(id="verdict", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content("Write it"), id="write", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        self.query_one("#path", Input).cursor_blink = False

    def on_unmount(self) -> None:
        # However the console ends, what is half written is thrown away.
        self._stopped.set()

    # --- where ----------------------------------------------------------------------------------

    @on(Input.Changed, "#path")
    def _look(self) -> None:
        written = self.query_one("#path", Input).value.strip()
        self._agreed = None
        self.query_one("#write", Button).disabled = True
        if not written:
            self._say(Content.styled("Where to?", "$text-muted"))
            return
        path = Path(written)

        def judge(there: Earlier | None) -> None:
            self._judge(path, there)

        ask(self, lambda: _lying_at(path), judge, group="look", refused=self._refuse)

    def _judge(self, path: Path, there: Earlier | None) -> None:
        if Path(self.query_one("#path", Input).value.strip()) != path:
            return
        self._agreed = path, there
        button = self.query_one("#write", Button)
        button.disabled = False
        button.label = Content("Write it" if there is None else "Replace it")
        if there is None:
            self._say(Content.assemble(("✓ ", "$text-success"), "a new file"))
            return
        when = full_moment(there.written_at, self.context.settings.zone)
        said = f"replaces the {plural(there.size, 'byte')} that were written there at {when}"
        self._say(Content.assemble(("! ", "$text-warning"), said))

    # --- writing --------------------------------------------------------------------------------

    @on(Input.Submitted, "#path")
    @on(Button.Pressed, "#write")
    def _begin(self) -> None:
        if self._writing or self._agreed is None:
            return
        path, there = self._agreed
        self._writing = True
        self.query_one("#path", Input).disabled = True
        self.query_one("#write", Button).display = False
        leave = self.query_one("#leave", Button)
        leave.label = Content("Stop")
        leave.focus()
        self._draw()
        self.set_interval(_REDRAW_EVERY, self._draw)
        ask(self, lambda: self._write(path, there), self._end, group="write", refused=self._fail)

    def _write(self, path: Path, there: Earlier | None) -> str:
        if _lying_at(path) != there:
            raise RefusedError(f"Another file lies at {path} by now; nothing was written.")
        to, number_of_it = _meant(path), self._broadcast.id
        count = exports.export_deliveries(self.context, number_of_it, to, on_progress=self._note)
        lines = plural(count, "delivery", "deliveries")
        return f"{lines} of broadcast {number_of_it} are in {to.absolute()}."

    def _note(self, done: int, _total: int) -> None:
        if self._stopped.is_set():
            raise RefusedError("The export was stopped; nothing was written.")
        self._written = done

    def _draw(self) -> None:
        total = self._broadcast.total_recipients
        full = _BAR * min(self._written, total) // max(1, total)
        self._say(
            Content.assemble(
                ("━" * full, "$accent"),
                ("─" * (_BAR - full), "$text-disabled"),
                f" {number(self._written)} of {number(total)}",
            )
        )

    def _end(self, said: str) -> None:
        self.dismiss(terminal_text(said))  # type: ignore[unused-awaitable] # it is removed on its own

    def _fail(self, error: HslTuiError) -> None:
        self.notify(terminal_text(str(error)), severity="warning", markup=False)
        self.dismiss(None)  # type: ignore[unused-awaitable] # likewise

    def _refuse(self, error: HslTuiError) -> None:
        self.query_one("#write", Button).disabled = True
        self._say(Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))

    @on(Button.Pressed, "#leave")
    def action_leave(self) -> None:
        """Write nothing; what is being written is thrown away."""
        if self._writing:
            self._stopped.set()
        else:
            self.dismiss(None)  # type: ignore[unused-awaitable] # likewise

    def _say(self, said: Content) -> None:
        verdict = self.query_one("#verdict", Static)
        if verdict.content != said:
            verdict.update(said)


def _lying_at(path: Path) -> Earlier | None:
    return output_files.earlier(_meant(path))


def _meant(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError as error:
        raise InvalidInputError(f"Nobody's home folder is {path.parts[0]}.") from error
