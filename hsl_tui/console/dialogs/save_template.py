"""The dialog in which what is being composed gets a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

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
from hsl_tui.models.views import TemplateView
from hsl_tui.services import templates
from hsl_tui.services.context import Context
from hsl_tui.services.names import check_name


class SaveTemplate(ModalScreen[str | None]):
    """Says whether a name is new; ends with it, or with None for «leave it».

    Args:
        name: that of the template which this was begun from.
    """

    AUTO_FOCUS = "#name"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="template-name.leave"),
    ]

    def __init__(self, context: Context, name: str) -> None:
        super().__init__()
        self.context = context
        self._begun_from = name
        self._saved: Mapping[str, TemplateView] = {}

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Save as template", "bold"), id="title", markup=False)
            yield LineField(
                self._begun_from, id="name", compact=True, placeholder="its name", max_length=64
            )
            yield Static(id="verdict", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content("Save it"), id="save", variant="primary", compact=True)
                yield Button(Content("Leave it"), id="leave", compact=True)

    def on_mount(self) -> None:
        self.query_one("#name", Input).cursor_blink = False
        ask(
            self,
            lambda: {one.name: one for one in templates.every(self.context)},
            self._compare,
            group="list",
        )

    def _compare(self, saved: Mapping[str, TemplateView]) -> None:
        self._saved = saved
        self._judge()

    @on(Input.Changed, "#name")
    def _judge(self) -> None:
        written = self.query_one("#name", Input).value
        if not written.strip():
            self._say(Content.styled("What is saved can begin any broadcast.", "$text-muted"))
            return
        try:
            name = check_name(written, of="template")
        except InvalidInputError as error:
            self._say(Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))
            return
        if (there := self._saved.get(name)) is None:
            self._say(Content.assemble(("✓ ", "$text-success"), "a new template"))
            return
        when = full_moment(there.changed_at, self.context.settings.zone)
        said = f"takes the place of what {terminal_text(there.changed_by)} saved at {when}"
        self._say(Content.assemble(("! ", "$text-warning"), said))

    @on(Input.Submitted, "#name")
    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        try:
            name = check_name(self.query_one("#name", Input).value, of="template")
        except InvalidInputError as error:
            self._say(Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))
            return
        self.dismiss(name)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # likewise

    def _say(self, said: Content) -> None:
        self.query_one("#verdict", Static).update(said)
