"""What is asked for beside the text of a broadcast: to whom, when, and how."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Label, Static

from hsl_tui.console.background import ask
from hsl_tui.console.planned_time import planned
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.widgets.tick_box import TickBox
from hsl_tui.console.wording import number, people, zone_name
from hsl_tui.errors import HslTuiError, InvalidInputError
from hsl_tui.models.enums import Priority, UncertainPolicy
from hsl_tui.models.selector import parse_line, split_selectors
from hsl_tui.services import audiences
from hsl_tui.services.audiences import Survey
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.drafts import Form
from hsl_tui.services.queueing import Order
from hsl_tui.services.times import ReadTime, explain_twin, read_future

_POLICIES = (
    (UncertainPolicy.HOLD.value, "hold: never twice"),
    (UncertainPolicy.RESEND.value, "resend: never lost"),
)


def fault_in(to: str) -> InvalidInputError | None:
    """Why a line of selectors cannot be read; None where it can."""
    try:
        parse_line(to)
    except InvalidInputError as error:
        return error
    return None


class OrderForm(Vertical):
    """The fields below the text, each with what is to be said of it."""

    class Changed(Message):
        """Something in it is another now."""

    def __init__(self, context: Context) -> None:
        super().__init__(id="form")
        self.context = context

    def compose(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label("To", classes="field-name")
            yield LineField("all", id="to", compact=True, select_on_focus=False)
            yield Static(id="to-said", classes="said", markup=False)
        with Horizontal(classes="field"):
            yield Label("When", classes="field-name")
            yield LineField(id="when", compact=True, placeholder="now", select_on_focus=False)
            yield Static(id="when-said", classes="said", markup=False)
        with Horizontal(id="options", classes="field"):
            yield Label("", classes="field-name")
            yield TickBox("urgent", id="urgent")
            yield TickBox("silent", id="silent")
            yield TickBox("protected", id="protect")
            yield TickBox("no link preview", id="no-preview")
        with Horizontal(classes="field"):
            yield Label("Unsure", classes="field-name")
            yield ChoiceBar(_POLICIES, id="on-uncertain")
            yield Button(Content("Review"), id="review", variant="primary", compact=True)

    def on_mount(self) -> None:
        for box in self.query(TickBox):
            self.watch(box, "value", self._tell_change, init=False)

    # --- what is asked for ----------------------------------------------------------------------

    @property
    def to(self) -> str:
        """Selectors, as they were typed."""
        return self.query_one("#to", Input).value

    @to.setter
    def to(self, line: str) -> None:
        self.query_one("#to", Input).value = line

    @property
    def words(self) -> list[str]:
        """The selectors, each on its own."""
        return split_selectors(self.to)

    def read(self, begun_from: Composition) -> Form:
        """What the fields say, about a message whose text and media stand elsewhere."""
        composition = replace(
            begun_from,
            silent=self._ticked("silent"),
            protect=self._ticked("protect"),
            link_preview=not self._ticked("no-preview"),
        )
        if not composition.link_preview:
            # There is none that these could be said of.
            composition = replace(
                composition, preview_size=None, preview_above=False, preview_url=None
            )
        return Form(
            composition=composition,
            to=self.to,
            when=self._when,
            on_uncertain=UncertainPolicy(self.query_one("#on-uncertain", ChoiceBar).value),
            urgent=self._ticked("urgent"),
        )

    def order(self, form: Form) -> Order:
        """What would be queued.

        Raises:
            InvalidInputError: as :meth:`at`.
        """
        return Order(
            composition=form.composition,
            to=split_selectors(form.to),
            at=self.at(),
            on_uncertain=form.on_uncertain,
            priority=Priority.URGENT if form.urgent else Priority.NORMAL,
        )

    @property
    def _when(self) -> str:
        return self.query_one("#when", Input).value

    def _ticked(self, box: str) -> bool:
        return self.query_one(f"#{box}", TickBox).value

    def at(self) -> datetime | None:
        """The time that was asked for; None for now.

        Raises:
            InvalidInputError: it is no time, or in the past.
        """
        read = self._read_when()
        return None if read is None else read.moment

    def _read_when(self) -> ReadTime | None:
        written = self._when.strip()
        if not written or written.lower() == "now":
            return None
        return read_future(written, self.context.settings.zone, now=self.context.clock.now())

    def fill(self, form: Form) -> None:
        """Put into the fields what a form says."""
        self.query_one("#to", Input).value = form.to
        self.query_one("#when", Input).value = form.when
        policies = [value for value, _ in _POLICIES]
        self.query_one("#on-uncertain", ChoiceBar).index = policies.index(form.on_uncertain)
        composition = form.composition
        for box, ticked in (
            ("urgent", form.urgent),
            ("silent", composition.silent),
            ("protect", composition.protect),
            ("no-preview", not composition.link_preview),
        ):
            self.query_one(f"#{box}", TickBox).value = ticked

    def focus_time(self) -> None:
        """Lead to the time."""
        self.query_one("#when").focus()

    # --- what is said of it ---------------------------------------------------------------------

    @on(ChoiceBar.Changed)
    def _tell_change(self) -> None:
        self.post_message(self.Changed())

    @on(Input.Changed, "#to")
    def _count_changed(self) -> None:
        self.count()
        self._tell_change()

    def count(self) -> None:
        """Say how many the selectors pick, and how many of those who are meant do not get it.

        Where they cannot be read, the place is marked in the field.
        """
        field, to = self.query_one("#to", LineField), self.words
        error = fault_in(self.to)
        field.mark_error(error)
        if error is not None:
            self.workers.cancel_group(self, "audience")
            self._say_refusal("#to-said", error)
            return

        def show(survey: Survey) -> None:
            tone = "$text-success" if survey.recipients else "$text-error"
            sign = "✓" if survey.recipients else "✗"
            said = Content.assemble((f"{sign} ", tone), people(survey.recipients))
            if survey.left_out:
                said = Content.assemble(said, f", {number(survey.left_out)} left out")
            self._say("#to-said", said)

        ask(
            self,
            lambda: audiences.survey(self.context, to),
            show,
            refused=lambda error: self._say_refusal("#to-said", error),
            group="audience",
        )

    @on(Input.Changed, "#when")
    def _read_changed_time(self) -> None:
        self.read_time()
        self._tell_change()

    def read_time(self) -> None:
        """Say when that is, from now."""
        zone, now = self.context.settings.zone, self.context.clock.now()
        try:
            read = self._read_when()
        except InvalidInputError as error:
            self._say_refusal("#when-said", error)
            return
        if read is None:
            here = zone_name(now.astimezone(zone))
            said = Content(
                f"or tomorrow 9:00, in 2 h, {now.astimezone(zone):%Y-%m-%d} 18:00 ({here})"
            )
        else:
            said = Content.assemble(("✓ ", "$text-success"), planned(read.moment, zone, now))
            if twin := explain_twin(read, zone):
                said = Content.assemble(said, "\n", (f"! {twin}", "$text-warning"))
        self._say("#when-said", said)

    def _say(self, where: str, said: Content) -> None:
        line = self.query_one(where, Static)
        if line.content != said:
            line.update(said)

    def _say_refusal(self, where: str, error: HslTuiError) -> None:
        self._say(where, Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))
