"""A setting that is on or off, told by more than a colour."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class TickBox(Widget, can_focus=True):
    """``[ ] label`` or ``[x] label``; space and enter change it.

    Args:
        label: ours, never people's.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,enter", "change", "Change", show=False, id="tick.change"),
    ]

    value: reactive[bool] = reactive(default=False)

    def __init__(
        self,
        label: str,
        *,
        id: str | None = None,  # noqa: A002 - the name that every widget has for it
    ) -> None:
        super().__init__(id=id)
        self._label = label

    def render(self) -> Content:
        box = "[x]" if self.value else "[ ]"
        return Content.styled(f"{box} {self._label}", "$text-accent" if self.value else "")

    def action_change(self) -> None:
        """Turn it on or off."""
        self.value = not self.value

    def on_click(self) -> None:
        self.action_change()
