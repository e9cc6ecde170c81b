"""Writing a broadcast: text, recipients, time, and the review before it is queued."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Static, TextArea

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.audience import AudienceBuilder
from hsl_tui.console.dialogs.extras import Extras
from hsl_tui.console.dialogs.question import Answer, Question
from hsl_tui.console.dialogs.test_send import TestSend
from hsl_tui.console.draft_keeper import DraftKeeper
from hsl_tui.console.ordering import Ordering
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.compose_keys import HELP_TEXT, KEYS
from hsl_tui.console.templating import Templating
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.message_editor import MessageEditor
from hsl_tui.console.widgets.order_form import OrderForm
from hsl_tui.console.widgets.proof import Proof
from hsl_tui.console.widgets.verdict import Verdict
from hsl_tui.console.wording import carried_by, moment, people
from hsl_tui.errors import InvalidInputError
from hsl_tui.models.views import BroadcastView
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.drafts import Draft, Form


class ComposeScreen(ConsoleScreen):
    """The form, with what Telegram will show beside or below the text."""

    CSS_PATH = "compose.tcss"
    MODE = "compose"
    HELP_TITLE = "Compose"
    HELP_TEXT = HELP_TEXT
    BINDINGS = KEYS
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - the base types it so
        (0, "-narrow"),
        (76, "-beside"),
        (100, "-wide"),
    ]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._keeper = DraftKeeper(self, context)
        self._begun_from = Composition("")
        """Holds what no field of the form does: media, buttons and the like."""
        self._templating = Templating(self, context)
        self._ordering = Ordering(self, context)

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="message"):
            with Vertical(id="writing"):
                yield MessageEditor(id="text")
                yield Verdict(id="verdict")
                yield Static(id="carried", markup=False)
            yield Proof(self.context)
        yield OrderForm(self.context)

    def on_mount(self) -> None:
        self._show_carried()
        self._text.focus()
        self._keeper.restore(self._show_draft)

    def on_screen_suspend(self) -> None:
        self._keeper.keep()

    async def on_unmount(self) -> None:
        await self._keeper.end()

    def copyable(self) -> str | None:
        return self._text.text or None

    def reread(self) -> None:
        self.query_one(Proof).count_anew()
        self._read_text()
        self._order_form.count()
        self._order_form.read_time()

    def follow_others(self) -> None:
        """Only time passes here; what was counted is counted again at the review."""
        self._order_form.read_time()

    @property
    def _text(self) -> MessageEditor:
        return self.query_one("#text", MessageEditor)

    @property
    def _order_form(self) -> OrderForm:
        return self.query_one(OrderForm)

    # --- what was written -----------------------------------------------------------------------

    def _form(self) -> Form:
        return self._order_form.read(replace(self._begun_from, text=self._text.text))

    def _fill(self, form: Form) -> None:
        self._begun_from = form.composition
        self._text.text = form.composition.text
        self._order_form.fill(form)
        self._show_carried()

    def _show_draft(self, draft: Draft) -> None:
        self._fill(draft.form)
        self._text.move_cursor(self._text.document.end)
        when = moment(draft.saved_at, self.context.settings.zone, self.context.clock.now())
        said = f"Restored what you wrote at {when}; ctrl+l starts over."
        self.notify(said, markup=False)

    # --- what is said of it ---------------------------------------------------------------------

    @on(TextArea.Changed, "#text")
    @on(OrderForm.Changed)
    def _note_change(self) -> None:
        self._keeper.note(self._form())
        self._read_text()

    def _read_text(self) -> None:
        try:
            at = self._order_form.at()
        except InvalidInputError:
            at = None
        zone = self.context.settings.zone
        self.query_one(Proof).show(
            self._form().composition,
            self._order_form.words,
            (at or self.context.clock.now()).astimezone(zone),
        )

    def _show_carried(self) -> None:
        carried = carried_by(self._begun_from)
        line = self.query_one("#carried", Static)
        line.display = bool(carried)
        line.update(Content.styled(f"with {carried}", "$text-muted"))

    @on(Proof.Judged)
    def _show_verdict(self, event: Proof.Judged) -> None:
        self.query_one(Verdict).tell(event.length, event.problems, taken=event.taken)

    # --- acts -----------------------------------------------------------------------------------

    @on(Button.Pressed, "#review")
    def action_review(self) -> None:
        """Check everything, and show what would be sent to whom."""
        if not self._is_something():
            self._ask_for_text()
            return
        try:
            order = self._order_form.order(self._form())
        except InvalidInputError as error:
            self._order_form.focus_time()
            self.console_app.tell_error(error)
            return
        self._ordering.review(order, self._queued)

    def _queued(self, broadcast: BroadcastView) -> None:
        said = f"Broadcast {broadcast.id} is queued for {people(broadcast.total_recipients)}."
        self.notify(said, markup=False)
        self._start_over()
        self.console_app.wake_worker()
        self.console_app.show_newest_broadcast()

    def begin_from(self, broadcast_id: int, form: Form) -> None:
        """Fill the form in like a broadcast; ask first where that would throw something away."""

        def fill() -> None:
            self._templating.name = ""
            self._fill(form)
            self._note_change()
            self._text.focus()
            self.notify(f"This says what broadcast {broadcast_id} says.", markup=False)

        self._throw_away(f"Begin from broadcast {broadcast_id}", fill)

    def action_clear(self) -> None:
        """Ask, then empty the form."""
        self._throw_away("Start over", self._start_over)

    def _throw_away(self, title: str, then: Callable[[], None]) -> None:
        """Ask before what is written is thrown away, where anything is."""

        def answered(answer: str | None) -> None:
            if answer is not None:
                then()

        if self._form() == Form():
            then()
            return
        body = Content("The text and the settings on this screen are thrown away.")
        throw_away = Answer("yes", "Throw it away", danger=True)
        self.console_app.open(Question(title, body, [throw_away]), answered)

    def _is_something(self) -> bool:
        return bool(self._text.text.strip() or self._begun_from.attachments)

    def _ask_for_text(self) -> None:
        self._text.focus()
        self.notify("Write the message first.", severity="warning", markup=False)

    def _start_over(self) -> None:
        self._templating.name = ""
        self._fill(Form())
        self._text.focus()
        self._keeper.note(self._form())
        self._keeper.keep()

    def action_use_template(self) -> None:
        """Let a template be chosen, and go on from it."""
        self._templating.choose(self._take_up)

    def _take_up(self, name: str, taken: Composition) -> None:
        had = bool(self._text.text.strip())
        self._begun_from = taken
        # As one step, so that what was there before can be brought back.
        self._text.replace(taken.text, (0, 0), self._text.document.end)
        self._order_form.fill(replace(self._form(), composition=taken))
        self._show_carried()
        self._note_change()
        self._text.focus()
        back = "; ctrl+z brings back what was there" if had else ""
        self.notify(f"This is from the template {terminal_text(name)}{back}.", markup=False)

    def action_save_template(self) -> None:
        """Ask for a name, and keep under it what is written."""
        if self._is_something():
            self._templating.save(self._form().composition)
        else:
            self._ask_for_text()

    @on(Input.Submitted, "#to")
    def action_audience(self) -> None:
        """Put the audience together from tags and single chats."""

        def taken(to: str | None) -> None:
            if to is not None:
                self._order_form.to = to

        self.console_app.open(AudienceBuilder(self.context, self._order_form.to), taken)

    def action_address(self, to: str) -> None:
        """Address what is being composed to those whom these selectors pick."""

        def fill(_: None) -> None:
            self._order_form.to = to
            self._text.focus()

        # Behind what was being composed before, which may still be on its way here.
        ask(self, lambda: None, fill, group="restore", exclusive=False)

    def action_test(self) -> None:
        """Send it to a few chats at once, to see it arrive."""
        if self._is_something():
            self.console_app.open(TestSend(self.context, self._form().composition))
        else:
            self._ask_for_text()

    def action_extras(self) -> None:
        """Choose media, buttons and the options that no field here holds."""

        def taken(composition: Composition | None) -> None:
            if composition is not None:
                self._begun_from = composition
                self._show_carried()
                self._note_change()

        self.console_app.open(Extras(self.context, self._form().composition), taken)

    def action_next_problem(self) -> None:
        """Move the caret to the next problem."""
        problem = self.query_one(Verdict).next()
        if problem is None:
            self.notify("Nothing is wrong with the text.", markup=False)
        elif problem.line is not None:
            self._text.show_place(problem.line, problem.column or 1)

    def action_step(self, by: int) -> None:
        """Show the text as another recipient will read it."""
        self.query_one(Proof).step(by)

    def action_reveal(self) -> None:
        """Show in the preview what spoilers hide, or hide it again."""
        self.query_one(Proof).reveal()

    def action_leave_field(self) -> None:
        """Take the focus from the field, so that digits lead to the screens."""
        self.set_focus(None)
