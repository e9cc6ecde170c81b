"""The dialog that asks where in a list to go."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import number

_NUMBER: Final = re.compile(r"[\d,. _']*\d")
_PERCENT: Final = re.compile(r"(\d{1,3}(?:[.,]\d+)?)\s*%")
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class Goal:
    """Where to go: a number from 1 on, or a share of the list from 0 to 1."""

    number: int | None = None
    share: float | None = None


class GoTo(ModalScreen[Goal | None]):
    """Takes a number or a percentage.

    Args:
        last: the highest number that there is.
    """

    AUTO_FOCUS = "#goal"
    HELP_TITLE = "Go to"
    HELP_TEXT = (
        "A number leads to what has it, or to the next behind it that the list shows; a percentage"
        " leads so far into the list."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="go-to.leave"),
    ]

    def __init__(self, last: int) -> None:
        super().__init__()
        self._last = last

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Go to", "bold"), id="title", markup=False)
            hint = f"1 to {number(self._last)}, or a share like 50%"
            yield LineField(id="goal", compact=True, placeholder=hint)
            yield Static(id="verdict", markup=False)
            keys = "enter goes there · esc leaves it"
            yield Static(Content.styled(keys, "$text-muted"), id="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one("#goal", Input).cursor_blink = False

    @on(Input.Changed, "#goal")
    def _judge(self) -> None:
        written = self.query_one("#goal", Input).value
        wrong = bool(written.strip()) and self._read(written) is None
        said = f"✗ It takes a number from 1 to {number(self._last)}, or 0% to 100%."
        verdict = Content.styled(said, "$text-error") if wrong else Content("")
        self.query_one("#verdict", Static).update(verdict)

    @on(Input.Submitted, "#goal")
    def _go(self, event: Input.Submitted) -> None:
        goal = self._read(event.value)
        if goal is not None:
            self.dismiss(goal)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    def _read(self, written: str) -> Goal | None:
        text = written.strip()
        if found := _PERCENT.fullmatch(text):
            share = float(found[1].replace(",", ".")) / _WHOLE
            return Goal(share=share) if share <= 1 else None
        if not _NUMBER.fullmatch(text):
            return None
        goal = int(re.sub(r"\D", "", text))
        return Goal(number=goal) if 1 <= goal <= self._last else None
