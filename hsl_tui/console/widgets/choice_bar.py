"""One of a few, on one line: a filter or a setting, changed with the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget


class ChoiceBar(Widget, can_focus=True):
    """Words side by side, of which one is chosen.

    Args:
        options: what is chosen, and the word for it (ours, never people's); maybe shorter ones,
            for where all the words have no room.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step(-1)", "Previous", show=False, id="choices.previous"),
        Binding("right,l,space", "step(1)", "Next", show=False, id="choices.next"),
    ]

    index: reactive[int] = reactive(0)
    options: reactive[tuple[tuple[str, ...], ...]] = reactive(())

    @dataclass
    class Changed(Message):
        """Another one was chosen."""

        bar: ChoiceBar
        value: str

        @property
        def control(self) -> ChoiceBar:
            return self.bar

    def __init__(
        self,
        options: Sequence[tuple[str, ...]],
        *,
        id: str | None = None,  # noqa: A002 - the name that every widget has for it
    ) -> None:
        super().__init__(id=id)
        self.set_reactive(ChoiceBar.options, tuple(options))

    @property
    def value(self) -> str:
        """What is chosen."""
        return self.options[self.index][0]

    def choose(self, value: str) -> None:
        """Choose what has this value, if it is there."""
        for at, (one, *_) in enumerate(self.options):
            if one == value:
                self.index = at

    def offer(self, options: Sequence[tuple[str, ...]]) -> None:
        """Offer these; what is chosen stays so, if it is among them."""
        value = self.value
        values = [one for one, *_ in options]
        self.options = tuple(options)
        if value in values:
            self.set_reactive(ChoiceBar.index, values.index(value))
        else:
            self.index = 0

    def action_step(self, by: int) -> None:
        """Choose the one beside, round the ends."""
        self.index = (self.index + by) % len(self.options)

    def watch_index(self, old: int, new: int) -> None:
        if old != new:
            self.post_message(self.Changed(self, self.value))

    def _words(self) -> list[str]:
        """Those of the longest form that has room, or the shortest."""
        forms = max(len(option) for option in self.options)
        for form in range(1, forms):
            words = [option[min(form, len(option) - 1)] for option in self.options]
            if sum(cell_len(word) + 2 for word in words) <= self.size.width:
                break
        return words

    def render(self) -> Content:
        chosen = "bold $accent on $boost underline" if self.has_focus else "bold $accent on $boost"
        parts = [
            # Brackets tell the chosen one where colours do not.
            Content.styled(f"[{word}]", chosen)
            if at == self.index
            else Content.styled(f" {word} ", "$text-muted")
            for at, word in enumerate(self._words())
        ]
        return Content("").join(parts)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        start = 0
        for at, word in enumerate(self._words()):
            start += cell_len(word) + 2
            if event.x < start:
                self.index = at
                return
