"""The menu of formats: one letter puts the tags around what is selected."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from hsl_tui.console.formatting import FORMATS

_WIDTH: Final = max(len(one.said) for one in FORMATS) + 2


class FormatMenu(ModalScreen[str | None]):
    """Ends with the name of a format, or None for «leave it»."""

    AUTO_FOCUS = "#formats"
    CSS_PATH = "format_menu.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "choose(None)", "Leave it", id="format-menu.leave"),
        *(
            Binding(
                one.key,
                f"choose('{one.name}')",
                one.said,
                show=False,
                id=f"format-menu.{one.name}",
            )
            for one in FORMATS
        ),
    ]

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Format", "bold"), id="title", markup=False)
            yield OptionList(*(_option(at) for at in range(len(FORMATS))), id="formats")

    def action_choose(self, name: str | None) -> None:
        """End with this format."""
        self.dismiss(name)  # type: ignore[unused-awaitable] # this screen's own action must not wait for its end

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(FORMATS[event.option_index].name)  # type: ignore[unused-awaitable] # likewise


def _option(at: int) -> Option:
    one = FORMATS[at]
    tags = "" if one.name == "link" else one.opening
    return Option(
        Content.assemble(
            (f" {one.key}  ", "bold $accent"), one.said.ljust(_WIDTH), (tags, "$text-muted")
        )
    )
