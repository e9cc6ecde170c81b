"""The dialog that lists saved segments, each with how many it picks now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Literal, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.naming import RenameSegment
from hsl_tui.console.dialogs.question import Answer, Question
from hsl_tui.console.keymap import hint
from hsl_tui.console.segment_counts import SegmentCounts
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.wording import moment
from hsl_tui.models.segments import SegmentView
from hsl_tui.services import segments
from hsl_tui.services.context import Context

if TYPE_CHECKING:
    from hsl_tui.console.app import HslTuiApp

_NAME: Final = 24
_COUNT: Final = 9
_SELECTORS: Final = 60
"""Cells."""
_NONE_YET: Final = (
    "No segments are saved yet. Narrow the list of recipients by selectors, or put an audience"
    " together, and save that under a name: saved:NAME then stands for it."
)

Use = Literal["show", "write", "change"]


@dataclass(frozen=True, slots=True)
class PickedSegment:
    """A segment, and what is to be done with it: with its recipients, or with its selectors."""

    segment: SegmentView
    use: Use


class Segments(ModalScreen[PickedSegment | None]):
    """Ends with a segment and what it is to be used for, or with None for «leave it»."""

    AUTO_FOCUS = "#segments"
    HELP_TITLE = "Saved segments"
    HELP_TEXT = (
        "A segment is selectors under a name, and saved:NAME stands for them in any selectors. The"
        " number is of the active recipients whom it picks at this moment.\n"
        "To change one, its selectors are written where the list of recipients is narrowed by them,"
        " to be saved again under its name. One that another segment or a draft refers to cannot be"
        " removed; a new name is followed by them."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "use('show')", "Show", tooltip="Show them", id="segments.show"),
        Binding("w", "use('write')", "Write", tooltip="Write to them", id="segments.write"),
        Binding("c", "use('change')", "Change", tooltip="Change it", id="segments.change"),
        Binding("r", "rename", "Rename", tooltip="Rename it", id="segments.rename"),
        Binding("d,delete", "remove", "Remove", tooltip="Remove it", id="segments.remove"),
        Binding("escape", "dismiss(None)", "Leave it", tooltip="Leave it", id="segments.leave"),
        Binding("down,j", "move(1)", "Next", show=False, id="segments.down"),
        Binding("up,k", "move(-1)", "Previous", show=False, id="segments.up"),
        Binding("ctrl+r", "reread", "Count anew", show=False, id="segments.reread"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(classes="-wide-dialog")
        self.context = context
        self._all: Sequence[SegmentView] = ()
        self._counts = SegmentCounts(self, context, self._show_count)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Saved segments", "bold"), id="title", markup=False)
            yield OptionList(id="segments", markup=False, compact=True)
            yield Static(id="about", markup=False)
            yield Static(id="hint", markup=False)

    def on_mount(self) -> None:
        keys = hint(type(self), self._app.keymap)
        self.query_one("#hint", Static).update(Content.styled(keys, "$text-muted"))
        self.action_reread()

    @property
    def _app(self) -> HslTuiApp:
        return cast("HslTuiApp", self.app)

    @property
    def _list(self) -> OptionList:
        return self.query_one("#segments", OptionList)

    @property
    def _chosen(self) -> SegmentView | None:
        at = self._list.highlighted
        return None if at is None or at >= len(self._all) else self._all[at]

    # --- what there is --------------------------------------------------------------------------

    def action_reread(self) -> None:
        """Read the list anew, and count them again."""
        ask(self, lambda: segments.every(self.context), self._take, group="list")

    def _take(self, found: Sequence[SegmentView]) -> None:
        at = self._list.highlighted or 0
        self._all = found
        self._counts.begin(one.name for one in found)
        self._list.clear_options()
        self._list.add_options(Option(self._prompt(one)) for one in found)
        self._list.highlighted = min(at, len(found) - 1) if found else None
        self._list.display = bool(found)
        if not found:
            self._say(Content.styled(_NONE_YET, "$text-muted"))

    def _prompt(self, one: SegmentView) -> Content:
        count = self._counts.said[one.name]
        selectors = fit(" ".join(one.selectors), _SELECTORS).rstrip()
        return Content.assemble(
            fit(one.name, _NAME), f" {count:>{_COUNT}}  ", (selectors, "$text-muted")
        )

    def _show_count(self, name: str) -> None:
        for at, one in enumerate(self._all):
            if one.name == name and at < self._list.option_count:
                self._list.replace_option_prompt_at_index(at, self._prompt(one))

    @on(OptionList.OptionHighlighted)
    def _show_chosen(self) -> None:
        if (one := self._chosen) is None:
            return
        zone, now = self.context.settings.zone, self.context.clock.now()
        changed = f"{moment(one.changed_at, zone, now)} by {terminal_text(one.changed_by)}"
        selectors = terminal_text(" ".join(one.selectors))
        self._say(Content.assemble(selectors, (f"\nchanged {changed}", "$text-muted")))

    def _say(self, said: Content) -> None:
        self.query_one("#about", Static).update(said)

    # --- acts -----------------------------------------------------------------------------------

    def action_move(self, by: int) -> None:
        """Go to the next one, or the one before."""
        (self._list.action_cursor_down if by > 0 else self._list.action_cursor_up)()

    @on(OptionList.OptionSelected)
    def _show(self) -> None:
        self.action_use("show")

    def action_use(self, use: Use) -> None:
        """End with the chosen one."""
        if (one := self._chosen) is None:
            self._refuse()
        else:
            self.dismiss(PickedSegment(one, use))  # type: ignore[unused-awaitable] # this screen's own action must not wait for its end

    def action_rename(self) -> None:
        """Ask for another name for the chosen one."""
        if (one := self._chosen) is None:
            self._refuse()
            return

        def renamed(segment: SegmentView) -> None:
            name = terminal_text(segment.name)
            self.notify(f"The segment is called {name} now.", markup=False)
            self.action_reread()

        def named(answer: str | None) -> None:
            if answer is not None and answer != one.name:
                ask(
                    self,
                    lambda: segments.rename(self.context, one.name, answer),
                    renamed,
                    group="act",
                    exclusive=False,
                )

        self._app.open(RenameSegment(self.context, one.name), named)

    def action_remove(self) -> None:
        """Ask, then remove the chosen one."""
        if (one := self._chosen) is None:
            self._refuse()
            return
        name = terminal_text(one.name)

        def removed(_: SegmentView) -> None:
            self.notify(f"The segment {name} is removed.", markup=False)
            self.action_reread()

        def answered(answer: str | None) -> None:
            if answer is not None:
                ask(
                    self,
                    lambda: segments.remove(self.context, one.name),
                    removed,
                    group="act",
                    exclusive=False,
                )

        body = Content(
            f"The name {name} stands for nobody from then on. Nothing happens to the recipients"
            " whom it picks; broadcasts that were queued to it keep theirs.\n\n"
            f"It stands for: {terminal_text(' '.join(one.selectors))}"
        )
        question = Question("Remove a segment", body, [Answer("yes", "Remove it", danger=True)])
        self._app.open(question, answered)

    def _refuse(self) -> None:
        self.notify("There is no segment to choose.", severity="warning", markup=False)
