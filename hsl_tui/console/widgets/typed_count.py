"""What is typed by hand before something reaches many, or cannot be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input, Label, Static

from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import number
from hsl_tui.settings import Settings

_BETWEEN_DIGITS: Final = str.maketrans("", "", " ,._'\u00a0\u202f")


def to_type(settings: Settings, count: int | None) -> int | None:
    """The number that is to be typed where so many are more than one key should reach."""
    if not count:
        return None
    return count if not settings.confirm_above or count > settings.confirm_above else None


class TypedCount(Horizontal):
    """Asks for a number, and says whether what is typed is it.

    Args:
        wanted: how many something reaches; or a word that is typed as it is, such as a chat id.
    """

    @dataclass
    class Matched(Message):
        """What is typed is the number now, or no longer."""

        matches: bool

    def __init__(self, wanted: int | str) -> None:
        super().__init__(id="typing")
        self._wanted = str(wanted)
        self._shown = number(wanted) if isinstance(wanted, int) else wanted

    def compose(self) -> ComposeResult:
        yield Label(f"Type {self._shown} to go on:", markup=False)
        yield LineField(id="typed", compact=True, max_length=20)
        yield Static(id="not-it", markup=False)

    @property
    def matches(self) -> bool:
        """Whether the number is there; blanks and points between its digits do not matter."""
        typed = self.query_one("#typed", Input).value
        return typed.translate(_BETWEEN_DIGITS) == self._wanted

    @on(Input.Changed, "#typed")
    def _compare(self, event: Input.Changed) -> None:
        event.stop()
        self.query_one("#not-it", Static).update("")
        self.post_message(self.Matched(self.matches))

    @on(Input.Submitted, "#typed")
    def _complain(self) -> None:
        if not self.matches:
            self.query_one("#not-it", Static).update("✗ not this number")
