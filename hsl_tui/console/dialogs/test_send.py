"""The dialog that sends a message at once to a few chats, to see it arrive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from hsl_tui.console.background import ask
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.widgets.fields import LineField
from hsl_tui.console.wording import plural
from hsl_tui.errors import HslTuiError, InvalidInputError
from hsl_tui.models.selector import check_chat_id
from hsl_tui.services import testing
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context
from hsl_tui.services.testing import ChatResult

MOST_CHATS = 20
"""A test goes to a few; more is a broadcast."""


class TestSend(ModalScreen[None]):
    """Tells of each chat what became of the message there; stays open, to try once more."""

    __test__ = False
    """It is no test of ours."""
    AUTO_FOCUS = "#chats"
    CSS_PATH = "test_send.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="test.leave"),
        Binding("ctrl+r", "send", "Send the test", id="test.send", priority=True),
    ]

    class Arrived(Message):
        """There is an answer of one chat."""

        def __init__(self, result: ChatResult) -> None:
            super().__init__()
            self.result = result

    def __init__(self, context: Context, composition: Composition) -> None:
        super().__init__()
        self.context = context
        self._composition = composition
        self._results: list[ChatResult] = []
        self._sending = False

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Static(Content.styled("Send a test", "bold"), id="title", markup=False)
            yield LineField(
                id="chats",
                compact=True,
                placeholder="chat ids, such as 123456789",
                select_on_focus=False,
                max_length=1000,
            )
            said = "It is sent at once, as it is now, and is on record in the audit log."
            yield Static(Content(said), id="said", markup=False)
            with VerticalScroll(id="results", can_focus=False):
                yield Static(id="verdict", markup=False)
            with Horizontal(id="answers"):
                yield Button(Content("Send it"), id="send", variant="primary", compact=True)
                yield Button(Content("Close"), id="leave", compact=True)

    def on_mount(self) -> None:
        self.query_one("#chats", Input).cursor_blink = False
        ask(self, lambda: testing.last_chats(self.context), self._offer, group="last")

    def _offer(self, chats: Sequence[int]) -> None:
        field = self.query_one("#chats", Input)
        if chats and not field.value:
            field.value = " ".join(map(str, chats))
            field.action_end()

    @on(Button.Pressed, "#send")
    @on(Input.Submitted, "#chats")
    def action_send(self) -> None:
        """Send it to these chats, unless a test is on its way."""
        if self._sending:
            return
        try:
            chats = _read(self.query_one("#chats", Input).value)
        except InvalidInputError as error:
            self._refuse(error)
            return
        self._begin(chats)

    def _begin(self, chats: Sequence[int]) -> None:
        self._sending, self._results = True, []
        said = Content.styled(f"◐ Sending to {plural(len(chats), 'chat')}…", "$text-accent")
        self.query_one("#verdict", Static).update(said)
        ask(
            self,
            lambda: testing.send_test(
                self.context,
                self._composition,
                chats,
                on_result=self._report,
            ),
            self._end,
            refused=self._refuse,
            group="test",
            exclusive=False,
        )

    def _report(self, result: ChatResult) -> None:
        """Called in the thread that sends, perhaps when nobody looks any more."""
        self.post_message(self.Arrived(result))

    def on_test_send_arrived(self, event: Arrived) -> None:
        """Show the answer of one chat."""
        self._results.append(event.result)
        self._draw()

    def _end(self, results: Sequence[ChatResult]) -> None:
        self._sending, self._results = False, list(results)
        self._draw()

    def _refuse(self, error: HslTuiError) -> None:
        self._sending = False
        lines = [_line(one) for one in self._results]
        refusal = Content.styled(f"✗ {terminal_text(str(error))}", "$text-error")
        self.query_one("#verdict", Static).update(Content("\n").join([*lines, refusal]))

    def _draw(self) -> None:
        lines = [_line(one) for one in self._results]
        self.query_one("#verdict", Static).update(Content("\n").join(lines))

    @on(Button.Pressed, "#leave")
    def _leave(self) -> None:
        self.dismiss(None)  # type: ignore[unused-awaitable] # a handler of the screen itself must not wait for its end


def _read(written: str) -> list[int]:
    chats = [check_chat_id(word) for word in written.replace(",", " ").split()]
    if not chats:
        raise InvalidInputError("Say where to: a chat id, or several with blanks between them.")
    if len(chats) > MOST_CHATS:
        msg = f"A test goes to {MOST_CHATS} chats at most; queue a broadcast for more."
        raise InvalidInputError(msg)
    return chats


def _line(result: ChatResult) -> Content:
    if result.ok:
        said = "sent"
        if result.telegram_message_id is not None:
            said = f"sent: message {result.telegram_message_id}"
        return Content.assemble(("✓ ", "$text-success"), f"{result.chat_id} ", said)
    error = terminal_text(result.error or "no answer")
    code = "" if result.error_code is None else f"{result.error_code} "
    return Content.assemble(("✗ ", "$text-error"), f"{result.chat_id} {code}{error}")
