"""What the list of recipients is narrowed by, and how many match."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Static

from hsl_tui.console.background import ask
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import number, people
from hsl_tui.errors import HslTuiError, InvalidInputError
from hsl_tui.models.criteria import EVERYONE, Criteria
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.selector import Selector, SelectorKind, join_selectors, parse_line
from hsl_tui.services import recipients
from hsl_tui.services.context import Context

_ALL: Final = "all"
_NOBODY: Final = Criteria(ids=frozenset())
"""Who is meant by selectors that cannot be read: an act must not reach others than were named."""
_PAUSE: Final = 0.25
"""Seconds without another letter after which it is worth counting."""
_SHARE: Final = 0.005
"""Of the time that may be spent on counting what nobody has changed."""


class _FilterField(LineField):
    """From which enter leads to the list at once, before a key that follows is looked at."""

    async def action_submit(self) -> None:
        await self.run_action("screen.to_list")


class RecipientFilter(Vertical):
    """Two lines to narrow by, and one that says how many match and who of them is chosen."""

    @dataclass
    class Changed(Message):
        """The list is narrowed otherwise."""

        criteria: Criteria

    @dataclass
    class Counted(Message):
        """It is known how many match."""

        criteria: Criteria
        number: int

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.criteria = EVERYONE
        """What the fields said last."""
        self.fault: InvalidInputError | None = None
        """Why the selectors cannot be read."""
        self._number: int | None = None
        self._marked = 0
        self._chose_all = False
        self._counted_at = 0.0
        self._took = 0.0

    def compose(self) -> ComposeResult:
        with Horizontal(id="search-line"):
            yield Label("Search", classes="field-name")
            yield _FilterField(
                id="search",
                compact=True,
                placeholder="name, @username or chat id",
                select_on_focus=False,
            )
            yield Label("Whom", id="whom-name")
            yield _FilterField(
                id="whom", compact=True, placeholder="tag:june+lang:de", select_on_focus=False
            )
        states = [(state.value, state.value) for state in RecipientState]
        yield ChoiceBar([(_ALL, _ALL), *states], id="state")
        yield Static(id="matching", markup=False)

    def on_mount(self) -> None:
        self._say()

    # --- what narrows ---------------------------------------------------------------------------

    @property
    def search_field(self) -> LineField:
        """What is searched for."""
        return self.query_one("#search", LineField)

    @property
    def whom_field(self) -> LineField:
        """The selectors."""
        return self.query_one("#whom", LineField)

    @property
    def whom(self) -> str:
        """The selectors, as they were typed."""
        return self.whom_field.value.strip()

    def narrow_to(self, *selectors: Selector) -> None:
        """Show only whom selectors pick; everyone again where there are none."""
        line = join_selectors(selectors)
        self.whom_field.value = line
        self.whom_field.cursor_position = len(line)
        self._look()

    def step_state(self, by: int) -> None:
        """Show only who is in the next state, or the one before."""
        self.query_one("#state", ChoiceBar).action_step(by)

    def show_state(self, state: RecipientState | None) -> None:
        """Show only who is in a state, or everyone."""
        self.query_one("#state", ChoiceBar).choose(_ALL if state is None else state.value)

    def clear(self) -> None:
        """Narrow by nothing."""
        self.whom_field.value = self.search_field.value = ""
        self.show_state(None)
        self._look()

    @on(Input.Changed)
    @on(ChoiceBar.Changed)
    def _look(self) -> None:
        self.read()

    def read(self) -> Criteria:
        """What the fields say now; a message that they have changed may still be on its way."""
        criteria, fault = self._read()
        self.whom_field.mark_error(fault)
        if str(fault) != str(self.fault):
            self.fault = fault
            self._say()
        if criteria != self.criteria:
            self.criteria = criteria
            self._number = None
            self._say()
            self.post_message(self.Changed(criteria))
            self.run_worker(self._count_soon(), group="soon", exclusive=True, exit_on_error=False)
        return criteria

    def _read(self) -> tuple[Criteria, InvalidInputError | None]:
        state = self.query_one("#state", ChoiceBar).value
        criteria = Criteria(
            search=self.search_field.value.strip(),
            state=None if state == _ALL else RecipientState(state),
        )
        if not self.whom:
            return criteria, None
        try:
            selectors = parse_line(self.whom_field.value)
        except InvalidInputError as error:
            return _NOBODY, error
        return narrowed(criteria, selectors), None

    # --- how many -------------------------------------------------------------------------------

    async def _count_soon(self) -> None:
        await asyncio.sleep(_PAUSE)
        self.count()

    def count(self) -> None:
        """Count who matches, in a thread."""
        criteria = self.criteria

        def counted() -> tuple[int, float]:
            begun = time.monotonic()
            return recipients.count(self.context, criteria), time.monotonic() - begun

        def take(found: tuple[int, float]) -> None:
            if criteria == self.criteria:
                self._number, self._took = found
                self._counted_at = time.monotonic()
                self._say()
                self.post_message(self.Counted(criteria, self._number))

        ask(self, counted, take, group="count", refused=self._refuse)

    def count_if_cheap(self) -> None:
        """Count again, unless that was done too lately for what it takes."""
        if time.monotonic() - self._counted_at > self._took / _SHARE:
            self.count()

    def _refuse(self, _: HslTuiError) -> None:
        # The list says why.
        self._number = None
        self._say()

    def say_choice(self, *, marked: int, chose_all: bool) -> None:
        """Say whom an act would be for."""
        self._marked, self._chose_all = marked, chose_all
        self._say()

    def _say(self) -> None:
        line = self.query_one("#matching", Static)
        said = self._matching()
        if line.content != said:
            line.update(said, layout=False)

    def _matching(self) -> Content:
        if self.fault is not None:
            return Content.styled(f"✗ {terminal_text(str(self.fault))}", "$text-error")
        is_narrowed = self.criteria != EVERYONE
        if self._number is None:
            count = "counting…"
        elif is_narrowed:
            count = f"{number(self._number)} match{'es' if self._number == 1 else ''}"
        else:
            count = people(self._number)
        if self._chose_all:
            known = "" if self._number is None else f" {number(self._number)}"
            who = f"◆ all{known} that match" if is_narrowed else f"◆ all{known}"
            chosen, rest = f"{who} are chosen", " · esc chooses nobody"
        elif self._marked:
            chosen, rest = f"◆ {number(self._marked)} marked", f" of {count}"
        else:
            chosen, rest = "", count
        return Content.assemble((chosen, "bold $accent"), (rest, "$text-muted"))


def narrowed(criteria: Criteria, selectors: tuple[Selector, ...]) -> Criteria:
    """Criteria narrowed by selectors; one tag alone is a criterion of its own, for its index."""
    (first, *others) = selectors
    if not others and not first.exclude and first.is_single(SelectorKind.TAG):
        return replace(criteria, tag=first.terms[0].value)
    return replace(criteria, selectors=selectors)
