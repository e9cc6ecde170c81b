"""Writing a broadcast: text, recipients, time, and the review before it is queued."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static, TextArea

from hsl_tui.console.background import ask
from hsl_tui.console.dialogs.question import Answer, Question
from hsl_tui.console.dialogs.review import review_dialog
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.choice_bar import ChoiceBar
from hsl_tui.console.widgets.fields import LineField, MessageArea
from hsl_tui.console.widgets.message_preview import REVEAL_KEY
from hsl_tui.console.widgets.proof import Proof
from hsl_tui.console.widgets.tick_box import TickBox
from hsl_tui.console.wording import duration, people, zone_name
from hsl_tui.errors import HslTuiError, InvalidInputError
from hsl_tui.models.enums import Priority, UncertainPolicy
from hsl_tui.models.views import BroadcastView
from hsl_tui.services import queueing, reviewing
from hsl_tui.services.composing import Composition
from hsl_tui.services.queueing import Order
from hsl_tui.services.reviewing import Review
from hsl_tui.services.times import parse_future


class ComposeScreen(ConsoleScreen):
    """The form, with what Telegram will show beside or below the text."""

    CSS_PATH = "compose.tcss"
    MODE = "compose"
    HELP_TITLE = "Compose"
    HELP_TEXT = (
        "The text is Telegram's HTML: b, i, u, s, code, pre, a, blockquote, tg-spoiler. Write &lt;"
        " for <, and &amp; for &. {{ first_name }} and the other columns of your recipients fill"
        " in; {{ first_name or 'friend' }} says what to put where there is none.\n"
        "To takes selectors: all, tag:NAME, chat:ID, username:NAME, separated by blanks; ! in front"
        " takes away, as in: all !tag:staff.\n"
        "The preview is what Telegram will show, to one of the recipients: F9 and F8 lead to the"
        " next and the one before, F6 shows what is hidden.\n"
        "When takes a time such as 2026-12-01T09:00, or stays empty for now.\n"
        "Unsure is what to do when Telegram's answer never comes: hold never sends twice, resend"
        " never leaves anyone out. An urgent broadcast is sent before all that are not.\n"
        "Nothing is sent before the review."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r", "review", "Review"),
        Binding("ctrl+l", "clear", "Start over"),
        Binding("escape", "leave_field", "Leave field"),
        # Before the field for the text, which has keys like these of its own.
        Binding("f8", "step(-1)", "Reader before", show=False, priority=True),
        Binding("f9", "step(1)", "Next reader", priority=True),
        Binding(REVEAL_KEY, "reveal", "Show what is hidden", show=False, priority=True),
    ]
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 - the base types it so
        (0, "-narrow"),
        (76, "-beside"),
        (100, "-wide"),
    ]

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="message"):
            with Vertical(id="writing"):
                yield MessageArea(
                    id="text", compact=True, show_line_numbers=False, highlight_cursor_line=False
                )
                yield Static(id="verdict", markup=False)
            yield Proof(self.context)
        with Vertical(id="form"):
            with Horizontal(classes="field"):
                yield Label("To", classes="field-name")
                yield LineField("all", id="to", compact=True, select_on_focus=False)
                yield Static(id="to-said", classes="said", markup=False)
            with Horizontal(classes="field"):
                yield Label("When", classes="field-name")
                yield LineField(id="when", compact=True, placeholder="now", select_on_focus=False)
                yield Static(id="when-said", classes="said", markup=False)
            with Horizontal(classes="field"):
                yield Label("Unsure", classes="field-name")
                yield ChoiceBar(
                    [
                        (UncertainPolicy.HOLD.value, "hold: never twice"),
                        (UncertainPolicy.RESEND.value, "resend: never lost"),
                    ],
                    id="on-uncertain",
                )
                yield TickBox("urgent", id="urgent")
            with Horizontal(classes="field"):
                yield Label("", classes="field-name")
                yield TickBox("silent", id="silent")
                yield TickBox("protected", id="protect")
                yield TickBox("no link preview", id="no-preview")
                yield Button(Content("Review"), id="review", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._text.focus()

    def reread(self) -> None:
        self._read_text()
        self._count()
        self._read_time()

    def follow_others(self) -> None:
        """Only time passes here; what was counted is counted again at the review."""
        self._read_time()

    @property
    def _text(self) -> MessageArea:
        return self.query_one("#text", MessageArea)

    # --- what was written -----------------------------------------------------------------------

    def _selectors(self) -> list[str]:
        return self.query_one("#to", Input).value.split()

    def _at(self) -> datetime | None:
        """The time that was asked for; None for now.

        Raises:
            InvalidInputError: it is no time, or in the past.
        """
        written = self.query_one("#when", Input).value.strip()
        if not written or written.lower() == "now":
            return None
        return parse_future(written, self.context.settings.zone, now=self.context.clock.now())

    def _composition(self) -> Composition:
        return Composition(
            text=self._text.text,
            silent=self.query_one("#silent", TickBox).value,
            protect=self.query_one("#protect", TickBox).value,
            link_preview=not self.query_one("#no-preview", TickBox).value,
        )

    def _order(self) -> Order:
        return Order(
            composition=self._composition(),
            to=self._selectors(),
            at=self._at(),
            on_uncertain=UncertainPolicy(self.query_one("#on-uncertain", ChoiceBar).value),
            priority=Priority.URGENT
            if self.query_one("#urgent", TickBox).value
            else Priority.NORMAL,
        )

    # --- what is said of it ---------------------------------------------------------------------

    @on(TextArea.Changed, "#text")
    def _read_text(self) -> None:
        try:
            at = self._at()
        except InvalidInputError:
            at = None
        zone = self.context.settings.zone
        self.query_one(Proof).show(
            self._composition(),
            self._selectors(),
            (at or self.context.clock.now()).astimezone(zone),
        )

    @on(Proof.Judged)
    def _show_verdict(self, event: Proof.Judged) -> None:
        self._say("#verdict", event.verdict)

    @on(Input.Changed, "#to")
    def _count(self) -> None:
        to = self._selectors()

        def show(count: int) -> None:
            tone = "$text-success" if count else "$text-error"
            sign = "✓" if count else "✗"
            self._say("#to-said", Content.assemble((f"{sign} ", tone), people(count)))

        ask(
            self,
            lambda: queueing.count_audience(self.context, to),
            show,
            refused=lambda error: self._say_refusal("#to-said", error),
            group="audience",
        )
        self._read_text()

    @on(Input.Changed, "#when")
    def _read_time(self) -> None:
        zone, now = self.context.settings.zone, self.context.clock.now()
        try:
            at = self._at()
        except InvalidInputError as error:
            self._say_refusal("#when-said", error)
            return
        if at is None:
            here = zone_name(now.astimezone(zone))
            said = Content(f"or like {now.astimezone(zone):%Y-%m-%d}T18:00 ({here})")
        else:
            said = Content.assemble(
                ("✓ ", "$text-success"),
                f"in {duration(at - now)} ({zone_name(at.astimezone(zone))})",
            )
        self._say("#when-said", said)

    def _say(self, where: str, said: Content) -> None:
        line = self.query_one(where, Static)
        if line.content != said:
            line.update(said)

    def _say_refusal(self, where: str, error: HslTuiError) -> None:
        self._say(where, Content.styled(f"✗ {terminal_text(str(error))}", "$text-error"))

    # --- acts -----------------------------------------------------------------------------------

    @on(Button.Pressed, "#review")
    def action_review(self) -> None:
        """Check everything, and show what would be sent to whom."""
        if not self._text.text.strip():
            self._text.focus()
            self.notify("Write the message first.", severity="warning", markup=False)
            return
        try:
            order = self._order()
        except InvalidInputError as error:
            self.query_one("#when").focus()
            self.console_app.tell_error(error)
            return
        ask(
            self,
            lambda: reviewing.review(self.context, order),
            lambda review: self._show_review(order, review),
            group="review",
        )

    def _show_review(self, order: Order, review: Review) -> None:
        def answered(answer: str | None) -> None:
            if answer is not None:
                ask(
                    self,
                    lambda: queueing.queue(self.context, order),
                    self._queued,
                    group="queue",
                    exclusive=False,
                )

        self.console_app.open(review_dialog(self.context, order, review), answered)

    def _queued(self, broadcast: BroadcastView) -> None:
        said = f"Broadcast {broadcast.id} is queued for {people(broadcast.total_recipients)}."
        self.notify(said, markup=False)
        self._start_over()
        self.console_app.wake_worker()
        self.console_app.show_newest_broadcast()

    def action_clear(self) -> None:
        """Ask, then empty the form."""
        if not self._text.text.strip():
            self._start_over()
            return

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._start_over()

        body = Content("The text and the settings on this screen are thrown away.")
        self.console_app.open(
            Question("Start over", body, [Answer("yes", "Throw it away", danger=True)]), answered
        )

    def _start_over(self) -> None:
        self._text.text = ""
        self.query_one("#to", Input).value = "all"
        self.query_one("#when", Input).value = ""
        self.query_one("#on-uncertain", ChoiceBar).index = 0
        for box in self.query(TickBox):
            box.value = False
        self._text.focus()

    def action_step(self, by: int) -> None:
        """Show the text as another recipient will read it."""
        self.query_one(Proof).step(by)

    def action_reveal(self) -> None:
        """Show in the preview what spoilers hide, or hide it again."""
        self.query_one(Proof).reveal()

    def action_leave_field(self) -> None:
        """Take the focus from the field, so that digits lead to the screens."""
        self.set_focus(None)
