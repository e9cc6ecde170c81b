"""The dialog in which a template is chosen to go on from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from hsl_tui.console.background import ask
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.widgets.message_preview import REVEAL_KEY
from hsl_tui.console.widgets.proof import Proof
from hsl_tui.console.wording import moment
from hsl_tui.models.views import TemplateView
from hsl_tui.services import templates
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context

_NONE_YET = "No templates yet. ctrl+s on the compose screen saves what is written there as one."
_EVERYONE = ("all",)


class TemplatePicker(ModalScreen[str | None]):
    """Lists templates beside what the chosen one looks like; ends with its name, or None."""

    CSS_PATH = "template_picker.tcss"
    AUTO_FOCUS = "#filter"
    HORIZONTAL_BREAKPOINTS = [(0, "-stacked"), (76, "-beside")]  # noqa: RUF012 - the base types it so
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="templates.leave"),
        Binding("down", "move(1)", "Next", show=False, id="templates.down"),
        Binding("up", "move(-1)", "Previous", show=False, id="templates.up"),
        Binding(
            "pagedown,ctrl+down",
            "scroll_preview(6)",
            "Scroll the preview down",
            show=False,
            id="templates.page-down",
        ),
        Binding(
            "pageup,ctrl+up",
            "scroll_preview(-6)",
            "Scroll the preview up",
            show=False,
            id="templates.page-up",
        ),
        Binding(REVEAL_KEY, "reveal", "Show what is hidden", show=False, id="templates.reveal"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context
        self._all: Sequence[TemplateView] = ()
        self._listed: list[TemplateView] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Use a template", "bold"), id="title", markup=False)
            yield LineField(id="filter", compact=True, placeholder="type to find one")
            with Horizontal(id="choice"):
                names = OptionList(id="names", markup=False, compact=True)
                names.can_focus = False
                yield names
                yield Proof(self.context)
            yield Static(id="about", markup=False)
            hint = "↑ ↓ choose · enter takes it · esc leaves it"
            yield Static(Content.styled(hint, "$text-muted"), id="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one("#filter", Input).cursor_blink = False
        ask(self, lambda: templates.every(self.context), self._list, group="list")

    def _list(self, found: Sequence[TemplateView]) -> None:
        self._all = found
        self._narrow()

    @on(Input.Changed, "#filter")
    def _narrow(self) -> None:
        """List what holds all the words that were typed."""
        words = self.query_one("#filter", Input).value.casefold().split()
        self._listed = [one for one in self._all if _holds(one, words)]
        names = self.query_one("#names", OptionList)
        names.clear_options()
        names.add_options(Option(Content(terminal_text(one.name))) for one in self._listed)
        names.highlighted = 0 if self._listed else None
        if not self._listed:
            self._show_nothing()

    def _show_nothing(self) -> None:
        self.workers.cancel_group(self, "template")
        self._proof.show(Composition(""), _EVERYONE, self.context.clock.now())
        said = "None has such a name or text." if self._all else _NONE_YET
        self._say(Content.styled(said, "$text-muted"))

    @on(OptionList.OptionHighlighted)
    def _show(self) -> None:
        chosen = self._chosen
        if chosen is None:
            return
        zone, now = self.context.settings.zone, self.context.clock.now()
        changed = f"{moment(chosen.changed_at, zone, now)} by {terminal_text(chosen.changed_by)}"
        self._say(Content.styled(f"changed {changed}", "$text-muted"))
        ask(
            self,
            lambda: templates.take_up(self.context, chosen.name),
            lambda taken: self._proof.show(taken, _EVERYONE, now.astimezone(zone)),
            group="template",
        )

    @on(Input.Submitted, "#filter")
    @on(OptionList.OptionSelected)
    def _take(self) -> None:
        if (chosen := self._chosen) is not None:
            self.dismiss(chosen.name)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    def action_move(self, by: int) -> None:
        """Choose the next one, or the one before."""
        names = self.query_one("#names", OptionList)
        (names.action_cursor_down if by > 0 else names.action_cursor_up)()

    def action_scroll_preview(self, by: int) -> None:
        """Scroll what the chosen one looks like."""
        self._proof.scroll_relative(y=by, animate=False)

    def action_reveal(self) -> None:
        """Show what the message hides, or hide it again."""
        self._proof.reveal()

    @property
    def _proof(self) -> Proof:
        return self.query_one(Proof)

    @property
    def _chosen(self) -> TemplateView | None:
        at = self.query_one("#names", OptionList).highlighted
        return None if at is None or at >= len(self._listed) else self._listed[at]

    def _say(self, said: Content) -> None:
        self.query_one("#about", Static).update(said)


def _holds(template: TemplateView, words: Sequence[str]) -> bool:
    text = f"{template.name}\n{template.content.text}".casefold()
    return all(word in text for word in words)
