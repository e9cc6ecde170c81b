"""Help for the screen in front."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static


class Help(ModalScreen[None]):
    """What a screen is for, and all its keys.

    Args:
        text: a paragraph a line.
        keys: groups of keys: a title, and each key with what it does.
    """

    AUTO_FOCUS = "#dialog-body"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,f1,question_mark,enter", "dismiss(None)", "Close"),
    ]

    def __init__(
        self, title: str, text: str, keys: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    ) -> None:
        super().__init__(classes="-wide-dialog")
        self._title = title
        self._text = text
        self._keys = keys

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled(self._title, "bold"), id="title", markup=False)
            with VerticalScroll(id="dialog-body"):
                yield Static(Content(self._text), markup=False)
                for title, keys in self._keys:
                    yield Static(Content.styled(title, "bold $accent"), classes="keys-title")
                    yield Static(_table(keys), markup=False)
            yield Static(Content.styled("esc closes", "$text-muted"), id="hint", markup=False)


def _table(keys: Sequence[tuple[str, str]]) -> Content:
    width = max((len(key) for key, _ in keys), default=0)
    lines = [Content.assemble((key.ljust(width + 2), "$text-accent"), what) for key, what in keys]
    return Content("\n").join(lines)
