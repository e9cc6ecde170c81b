"""The dialog in which deliveries are narrowed to one reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.wording import number
from hsl_tui.models.delivery_criteria import Cause

Counted = tuple[Cause, int]
_SHOWN: Final = 200
"""Characters of a reason; beyond them there is nothing to tell it by."""


@dataclass(frozen=True, slots=True)
class Picked:
    """One reason, or any."""

    cause: Cause | None


class ReasonPicker(ModalScreen[Picked | None]):
    """Lists reasons, the most frequent first.

    Args:
        failed: those that have them have failed; else they are uncertain.
    """

    AUTO_FOCUS = "#reasons"
    HELP_TITLE = "Reasons"
    HELP_TEXT = "The list then shows only what failed, or is uncertain, for that reason."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="reasons.leave"),
        Binding("j", "move(1)", "Next", id="reasons.next"),
        Binding("k", "move(-1)", "Previous", id="reasons.previous"),
    ]

    def __init__(self, reasons: Sequence[Counted], *, failed: bool) -> None:
        super().__init__(classes="-wide-dialog")
        self._failed = failed
        self._reasons = reasons

    def compose(self) -> ComposeResult:
        width = max(len(number(count)) for _, count in self._reasons)
        options = [Option(Content.styled("any reason", "$text-muted"))]
        for cause, count in self._reasons:
            why = terminal_text(cause.description or cause.kind)[:_SHOWN]
            again = " (can pass)" if cause.kind.can_pass else ""
            said = Content.assemble(
                (f"{number(count):>{width}}  ", "bold"), why, (again, "$text-muted")
            )
            options.append(Option(said))
        with Vertical(id="dialog"):
            title = "Why they failed" if self._failed else "Why they are uncertain"
            yield Static(Content.styled(title, "bold"), id="title", markup=False)
            yield OptionList(*options, id="reasons", markup=False, compact=True)
            hint = "↑ ↓ choose · enter shows only those · esc leaves it"
            yield Static(Content.styled(hint, "$text-muted"), id="hint", markup=False)

    def action_move(self, by: int) -> None:
        """Choose the next one, or the one before."""
        reasons = self.query_one("#reasons", OptionList)
        (reasons.action_cursor_down if by > 0 else reasons.action_cursor_up)()

    @on(OptionList.OptionSelected, "#reasons")
    def _take(self, event: OptionList.OptionSelected) -> None:
        at = event.option_index
        picked = Picked(self._reasons[at - 1][0] if at else None)
        self.dismiss(picked)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end
