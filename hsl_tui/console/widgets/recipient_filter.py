"""What the list of recipients is narrowed by, and how many match."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Label, Static

from hsl_tui.console.background import ask
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.columns import fit
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import number, people
from hsl_tui.errors import HslTuiError
from hsl_tui.models.criteria import EVERYONE, Criteria
from hsl_tui.models.enums import RecipientState
from hsl_tui.services import recipients
from hsl_tui.services.context import Context

_ALL: Final = "all"
_TAG: Final = 20
"""Cells."""
_PAUSE: Final = 0.25
"""Seconds without another letter after which it is worth counting."""
_SHARE: Final = 0.005
"""Of the time that may be spent on counting what nobody has changed."""


class _SearchField(LineField):
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
        self._tag: str | None = None
        self._number: int | None = None
        self._marked = 0
        self._chose_all = False
        self._counted_at = 0.0
        self._took = 0.0

    def compose(self) -> ComposeResult:
        with Horizontal(id="search-line"):
            yield Label("Search", classes="field-name")
            yield _SearchField(
                id="search",
                compact=True,
                placeholder="name, @username or chat id",
                select_on_focus=False,
            )
            yield Static(id="tag", markup=False)
        states = [(state.value, state.value) for state in RecipientState]
        yield ChoiceBar([(_ALL, _ALL), *states], id="state")
        yield Static(id="matching", markup=False)

    def on_mount(self) -> None:
        self._show_tag()
        self._say()

    # --- what narrows ---------------------------------------------------------------------------

    def focus_search(self) -> None:
        """Lead to the field."""
        # At once: Input.focus() would let a key that follows pass by first.
        self.screen.set_focus(self.query_one("#search"))

    def narrow_to(self, tag: str | None) -> None:
        """Show only who bears a tag; everyone again where it is None."""
        self._tag = tag
        self._show_tag()
        self._look()

    def step_state(self, by: int) -> None:
        """Show only who is in the next state, or the one before."""
        self.query_one("#state", ChoiceBar).action_step(by)

    def clear(self) -> None:
        """Narrow by nothing."""
        self._tag = None
        self._show_tag()
        self.query_one("#search", Input).value = ""
        self.query_one("#state", ChoiceBar).choose(_ALL)
        self._look()

    def _show_tag(self) -> None:
        tag = "any" if self._tag is None else fit(self._tag, _TAG).rstrip()
        style = "$text-muted" if self._tag is None else "bold $accent"
        self.query_one("#tag", Static).update(
            Content.assemble(("Tag ", "$text-muted"), (tag, style))
        )

    async def on_click(self, event: events.Click) -> None:
        if event.widget is self.query_one("#tag"):
            await self.run_action("screen.narrow")

    @on(Input.Changed)
    @on(ChoiceBar.Changed)
    def _look(self) -> None:
        self.read()

    def read(self) -> Criteria:
        """What the fields say now; a message that they have changed may still be on its way."""
        state = self.query_one("#state", ChoiceBar).value
        criteria = Criteria(
            search=self.query_one("#search", Input).value.strip(),
            tag=self._tag,
            state=None if state == _ALL else RecipientState(state),
        )
        if criteria != self.criteria:
            self.criteria = criteria
            self._number = None
            self._say()
            self.post_message(self.Changed(criteria))
            self.run_worker(self._count_soon(), group="soon", exclusive=True, exit_on_error=False)
        return criteria

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
        narrowed = self.criteria != EVERYONE
        if self._number is None:
            count = "counting…"
        elif narrowed:
            count = f"{number(self._number)} match{'es' if self._number == 1 else ''}"
        else:
            count = people(self._number)
        if self._chose_all:
            known = "" if self._number is None else f" {number(self._number)}"
            who = f"◆ all{known} that match" if narrowed else f"◆ all{known}"
            chosen, rest = f"{who} are chosen", " · esc chooses nobody"
        elif self._marked:
            chosen, rest = f"◆ {number(self._marked)} marked", f" of {count}"
        else:
            chosen, rest = "", count
        return Content.assemble((chosen, "bold $accent"), (rest, "$text-muted"))
