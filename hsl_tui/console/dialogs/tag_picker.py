"""The dialog in which one tag is chosen, with how many bear each, or a new one is named."""

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
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from hsl_tui.console.background import ask
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import number
from hsl_tui.errors import HslTuiError, InvalidInputError
from hsl_tui.services import recipients
from hsl_tui.services.context import Context

_SHOWN: Final = 200
"""Tags that are listed at a time; the letters that are typed leave fewer."""
_NAME: Final = 40
"""Cells."""


@dataclass(frozen=True, slots=True)
class PickedTag:
    """One tag; None where any will do."""

    name: str | None


class TagPicker(ModalScreen[PickedTag | None]):
    """Ends with a tag, or with None for «leave it».

    Args:
        title: what it is chosen for.
        said: below the title.
        hint: what enter does.
        takes_new: a name that no tag has yet may be chosen.
        takes_any: it may also be left open which.
    """

    AUTO_FOCUS = "#name"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="tags.leave"),
        Binding("down", "move(1)", "Next", show=False, id="tags.next", priority=True),
        Binding("up", "move(-1)", "Previous", show=False, id="tags.previous", priority=True),
        Binding("tab", "complete", "Complete", show=False, id="tags.complete", priority=True),
    ]

    def __init__(
        self,
        context: Context,
        title: str,
        said: str = "",
        *,
        hint: str,
        takes_new: bool = False,
        takes_any: bool = False,
    ) -> None:
        super().__init__()
        self.context = context
        self._title = title
        self._said = said
        self._hint = f"{hint} · tab completes · esc leaves it"
        self._takes_new = takes_new
        self._takes_any = takes_any
        self._tags: Sequence[tuple[str, int]] | None = None
        self._offered: list[PickedTag] = []

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled(self._title, "bold"), id="title", markup=False)
            if self._said:
                yield Static(Content(self._said), id="about", markup=False)
            yield LineField(id="name", compact=True, placeholder="the beginning of a tag")
            tags = OptionList(id="tags", markup=False, compact=True)
            tags.can_focus = False
            yield tags
            yield Static(id="verdict", markup=False)
            yield Static(Content.styled(self._hint, "$text-muted"), id="hint", markup=False)

    def on_mount(self) -> None:
        self.query_one("#name", Input).cursor_blink = False
        self._say(Content.styled("reading the tags…", "$text-muted"))
        ask(
            self,
            lambda: recipients.tags(self.context),
            self._take_tags,
            group="tags",
            refused=self._refuse,
        )

    def _take_tags(self, tags: Sequence[tuple[str, int]]) -> None:
        self._tags = tags
        self._list()

    @on(Input.Changed, "#name")
    def _list(self) -> None:
        if self._tags is None:
            return
        wanted = self._written.casefold()
        begin = [one for one in self._tags if one[0].casefold().startswith(wanted)]
        within = [one for one in self._tags if wanted in one[0].casefold() and one not in begin]
        found = [*begin, *within]
        listed = self.query_one("#tags", OptionList)
        listed.clear_options()
        self._offered = [PickedTag(None)] if self._takes_any and not wanted else []
        listed.add_options(Option(Content.styled("any", "$text-muted")) for _ in self._offered)
        self._offered += [PickedTag(name) for name, _ in found[:_SHOWN]]
        width = max((len(number(bearers)) for _, bearers in found), default=0)
        listed.add_options(Option(_row(*one, width)) for one in found[:_SHOWN])
        exact = PickedTag(self._written)
        at = self._offered.index(exact) if exact in self._offered else 0
        self._judge(found)
        listed.highlighted = at if self._offered else None

    def _judge(self, found: Sequence[tuple[str, int]]) -> None:
        self._say(Content(""))
        if self._written and not any(name == self._written for name, _ in found):
            if self._takes_new:
                self._offer_new()
            elif not found:
                self._say(Content.styled("✗ no tag has that in its name", "$text-error"))
        elif not found:
            self._say(Content.styled("There are no tags yet.", "$text-muted"))
        if len(found) > _SHOWN:
            self._say(Content.styled(f"and {number(len(found) - _SHOWN)} more", "$text-muted"))

    def _offer_new(self) -> None:
        try:
            name = recipients.check_tag(self._written)
        except InvalidInputError as error:
            self._refuse(error)
            return
        self._offered.append(PickedTag(name))
        new = Content.assemble(
            ("+ ", "$text-success"), terminal_text(name), (" (new)", "$text-muted")
        )
        self.query_one("#tags", OptionList).add_option(Option(new))

    @property
    def _written(self) -> str:
        return self.query_one("#name", Input).value.strip()

    def action_move(self, by: int) -> None:
        """Choose the next one, or the one before."""
        tags = self.query_one("#tags", OptionList)
        (tags.action_cursor_down if by > 0 else tags.action_cursor_up)()

    def action_complete(self) -> None:
        """Write out the tag under the cursor."""
        at = self.query_one("#tags", OptionList).highlighted
        if at is not None and (name := self._offered[at].name) is not None:
            field = self.query_one("#name", Input)
            field.value = name
            field.cursor_position = len(name)

    @on(OptionList.OptionSelected, "#tags")
    def _click(self, event: OptionList.OptionSelected) -> None:
        self._end(self._offered[event.option_index])

    @on(Input.Submitted, "#name")
    def _submit(self) -> None:
        at = self.query_one("#tags", OptionList).highlighted
        if at is not None:
            self._end(self._offered[at])

    def _end(self, picked: PickedTag) -> None:
        self.dismiss(picked)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end

    def _refuse(self, error: HslTuiError) -> None:
        self._say(Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))

    def _say(self, said: Content) -> None:
        self.query_one("#verdict", Static).update(said)


def _row(name: str, bearers: int, width: int) -> Content:
    shown = fit(name, _NAME)
    return Content.assemble(shown, (f"  {number(bearers):>{width}}", "$text-muted"))
