"""The dialogs in which something that is kept gets a name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar, NamedTuple

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from hsl_tui.console.background import ask
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import full_moment
from hsl_tui.errors import InvalidInputError
from hsl_tui.services import segments, templates
from hsl_tui.services.context import Context
from hsl_tui.services.names import check_name


class Changed(NamedTuple):
    """Who changed something that has a name, and when."""

    by: str
    at: datetime


class Naming(ModalScreen[str | None]):
    """Says whether a name is new; ends with it, or with None for «leave it».

    Args:
        name: what the field begins with.
        what: what gets the name, where it is not in sight.
    """

    OF: ClassVar[str]
    """The word for what gets a name."""
    USE: ClassVar[str]
    """What it is kept for, in a sentence."""
    REPLACES: ClassVar[bool] = True
    """Whether what has the name already may lose its place."""
    AUTO_FOCUS = "#name"

    def __init__(self, context: Context, name: str = "", what: str = "") -> None:
        super().__init__()
        self.context = context
        self._begun_from = name
        self._what = what
        self._saved: Mapping[str, Changed] = {}

    def read_saved(self) -> Mapping[str, Changed]:
        """The names that are taken; called in a thread."""
        raise NotImplementedError

    def replaces(self, name: str) -> bool:
        """Whether it was said that what has this name would lose its place."""
        return name in self._saved

    @property
    def asks(self) -> tuple[str, str]:
        """What is done, and the answer that does it."""
        return f"Save as {self.OF}", "Save it"

    def compose(self) -> ComposeResult:
        title, answer = self.asks
        with Vertical(id="dialog"):
            yield Static(Content.styled(title, "bold"), id="title", markup=False)
            if self._what:
                yield Static(Content(terminal_text(self._what)), id="about", markup=False)
            yield LineField(
                self._begun_from, id="name", compact=True, placeholder="its name", max_length=64
            )
            yield Static(id="verdict", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content(answer), id="save", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        self.query_one("#name", Input).cursor_blink = False
        ask(self, self.read_saved, self._compare, group="list")

    def _compare(self, saved: Mapping[str, Changed]) -> None:
        self._saved = saved
        self._judge()

    @on(Input.Changed, "#name")
    def _judge(self) -> None:
        written = self.query_one("#name", Input).value
        if not written.strip():
            self._say(Content.styled(self.USE, "$text-muted"))
            return
        try:
            name = check_name(written, of=self.OF)
        except InvalidInputError as error:
            self._say(Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))
            return
        if (there := self._saved.get(name)) is None:
            free = f"a new {self.OF}" if self.REPLACES else f"no other {self.OF} has this name"
            self._say(Content.assemble(("✓ ", "$text-success"), free))
            return
        if not self.REPLACES:
            self._refuse_taken()
            return
        when = full_moment(there.at, self.context.settings.zone)
        said = f"takes the place of what {terminal_text(there.by)} saved at {when}"
        self._say(Content.assemble(("! ", "$text-warning"), said))

    @on(Input.Submitted, "#name")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        try:
            name = check_name(self.query_one("#name", Input).value, of=self.OF)
        except InvalidInputError as error:
            self._say(Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))
            return
        if name in self._saved and not self.REPLACES:
            self._refuse_taken()
            return
        self.dismiss(name)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # likewise

    def _refuse_taken(self) -> None:
        self._say(Content.styled(f"✗ there is a {self.OF} of this name", "$text-error"))

    def _say(self, said: Content) -> None:
        self.query_one("#verdict", Static).update(said)


class SaveTemplate(Naming):
    """Names what is being composed."""

    OF = "template"
    USE = "What is saved can begin any broadcast."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="template-name.leave"),
    ]

    def read_saved(self) -> Mapping[str, Changed]:
        found = templates.every(self.context)
        return {one.name: Changed(one.changed_by, one.changed_at) for one in found}


class SaveSegment(Naming):
    """Names selectors."""

    OF = "segment"
    USE = "saved:NAME stands for these selectors, wherever selectors do."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="segment-name.leave"),
    ]

    def read_saved(self) -> Mapping[str, Changed]:
        found = segments.every(self.context)
        return {one.name: Changed(one.changed_by, one.changed_at) for one in found}


class RenameSegment(SaveSegment):
    """Gives a segment, whose name the field begins with, another one."""

    USE = "saved:NAME stands for it from then on, also in segments and drafts that refer to it."
    REPLACES = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="segment-rename.leave"),
    ]

    @property
    def asks(self) -> tuple[str, str]:
        return "Rename the segment", "Rename it"

    def read_saved(self) -> Mapping[str, Changed]:
        return {
            name: changed
            for name, changed in super().read_saved().items()
            if name != self._begun_from
        }
