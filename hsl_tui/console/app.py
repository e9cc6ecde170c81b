"""The console's app: four screens, the worker beside them, and what goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Final, TypeVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.message import Message
from textual.screen import Screen

from hsl_tui.console.background import Threads
from hsl_tui.console.dialogs.help import Help
from hsl_tui.console.dialogs.trouble import Trouble
from hsl_tui.console.palette import ActProvider
from hsl_tui.console.screens.audit import AuditScreen
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.broadcasts import BroadcastsScreen
from hsl_tui.console.screens.compose import ComposeScreen
from hsl_tui.console.screens.recipients import RecipientsScreen
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.themes import DARK, LIGHT
from hsl_tui.console.widgets.top_bar import Standing
from hsl_tui.console.wording import Tone, duration, zone_name
from hsl_tui.errors import HslTuiError
from hsl_tui.logs import redact
from hsl_tui.services.context import Context
from hsl_tui.services.drafts import Form
from hsl_tui.worker import Progress, Worker

Answered = TypeVar("Answered")

logger = logging.getLogger(__name__)

REREAD_EVERY: Final = 2.0
"""Seconds between looks at what other processes did. Only what changed is drawn."""

_MINUTE: Final = 60.0
_C1: Final = 0x9F

_SCREENS: Final[dict[str, type[ConsoleScreen]]] = {
    "broadcasts": BroadcastsScreen,
    "compose": ComposeScreen,
    "recipients": RecipientsScreen,
    "audit": AuditScreen,
}


class HslTuiApp(App[None]):
    """The console.

    It ends only when the worker's calls have ended.

    Args:
        worker: sends from this process, started; its progress belongs into :meth:`take_progress`.
        why_off: why there is no worker, in a sentence.
        reread_every: seconds; None to read only when something is known to have changed.
    """

    TITLE = "hsl-tui"
    CSS_PATH = "app.tcss"
    DEFAULT_MODE = "broadcasts"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - the base types it so
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ActProvider}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark", "help", "Help", key_display="?"),
        Binding("f2,1", "go('broadcasts')", "Broadcasts", show=False),
        Binding("f3,2", "go('compose')", "Compose", show=False),
        Binding("f4,3", "go('recipients')", "Recipients", show=False),
        Binding("f5,4", "go('audit')", "Audit log", show=False),
        Binding("ctrl+p", "command_palette", "Acts", key_display="^p", priority=True),
        Binding("ctrl+q", "quit", "Quit", key_display="^q", priority=True),
    ]

    class Moved(Message):
        """Counts of broadcasts have moved."""

        def can_replace(self, message: Message) -> bool:
            # What is shown is read anew, so that one of several is as good as all.
            return isinstance(message, HslTuiApp.Moved)

    def __init__(
        self,
        context: Context,
        worker: Worker | None = None,
        why_off: str | None = None,
        *,
        reread_every: float | None = REREAD_EVERY,
    ) -> None:
        super().__init__()
        self.context = context
        self._sender = worker
        self._why_off = why_off
        self._reread_every = reread_every
        self._ending = False
        self.threads = Threads()
        for mode, screen in _SCREENS.items():
            self.add_mode(mode, partial(screen, context))
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name

    def on_mount(self) -> None:
        if self._reread_every is not None:
            self.set_interval(self._reread_every, self._look_again)
        seconds = self.context.clock.now().second
        self.set_timer(_MINUTE - seconds, self._tick)

    def _tick(self) -> None:
        self.tell_standing()
        self.set_timer(_MINUTE - self.context.clock.now().second, self._tick)

    # --- the worker -----------------------------------------------------------------------------

    def take_progress(self, _: Progress) -> None:
        """Take what the worker reports; called in its thread."""
        with contextlib.suppress(RuntimeError):  # the console's loop has ended before it
            self.post_message(self.Moved())

    def on_hsl_tui_app_moved(self) -> None:
        self.tell_standing()
        if (front := self._front) is not None:
            front.follow_progress()

    def wake_worker(self) -> None:
        """Let the worker look for work now."""
        if self._sender is not None:
            self._sender.wake()

    @property
    def _front(self) -> ConsoleScreen | None:
        """The screen in front, where it is one of ours and all of it is there."""
        screen = self.screen
        return screen if isinstance(screen, ConsoleScreen) and screen.ready else None

    def _look_again(self) -> None:
        self.tell_standing()
        if (front := self._front) is not None:
            front.follow_others()

    def tell_standing(self) -> None:
        """Bring the head of the screen in front up to date."""
        front = self._front
        if front is None:
            return
        sending, tone = self._sending()
        local = self.context.clock.now().astimezone(self.context.settings.zone)
        front.show_standing(
            Standing(
                sending=sending,
                tone=tone,
                database=self.context.database.label,
                clock=f"{local:%H:%M} {zone_name(local)}",
            )
        )

    def _sending(self) -> tuple[str, Tone]:
        """In words what the worker does, the most serious first."""
        if self._sender is None:
            return f"○ {self._why_off or 'This process sends nothing.'}", "warn"
        status = self._sender.status
        wrong = status.stopped_reason or status.trouble
        if wrong or not status.alive:
            return f"✗ {wrong or 'The worker is not running.'}", "bad"
        if status.halted_for > 0:
            left = math.ceil(status.halted_for)
            return f"‖ Telegram asks to wait {duration(left)}", "warn"
        return ("◐ Sending", "busy") if status.in_flight else ("● Ready to send", "good")

    # --- getting about --------------------------------------------------------------------------

    def action_go(self, mode: str) -> None:
        """Show one of the four screens."""
        if self.current_mode == mode:
            self._uncover()
        else:
            self.switch_mode(mode)  # type: ignore[unused-awaitable] # it mounts on its own

    def open(
        self, screen: Screen[Answered], answered: Callable[[Answered | None], None] | None = None
    ) -> None:
        """Put a screen or dialog in front, and say what it ended with."""
        self.push_screen(screen, answered)  # type: ignore[unused-awaitable] # it mounts on its own

    def close_front(self) -> None:
        """Go back to the screen behind the one in front."""
        self.pop_screen()  # type: ignore[unused-awaitable] # it is removed on its own

    def compose_from(self, broadcast_id: int, form: Form) -> None:
        """Show what a broadcast says where a new one is written."""

        def fill(screen: Screen[Any]) -> None:
            if isinstance(screen, ComposeScreen):
                screen.begin_from(broadcast_id, form)

        self._on_screen("compose", fill)

    def show_newest_broadcast(self) -> None:
        """Show the list of broadcasts from its top."""

        def show(screen: Screen[Any]) -> None:
            if isinstance(screen, BroadcastsScreen):
                screen.show_newest()

        self._on_screen("broadcasts", show)

    def act_on(self, mode: str, act: str, *what: str | int) -> None:
        """Go to a screen and do what one of its keys does."""

        def do(screen: Screen[Any]) -> None:
            getattr(screen, f"action_{act}")(*what)

        self._on_screen(mode, do)

    def _on_screen(self, mode: str, do: Callable[[Screen[Any]], None]) -> None:
        if self.current_mode != mode:
            self.action_go(mode)
        # Whatever was open over it, such as the deliveries of one broadcast, knows nothing of it.
        self._uncover()
        screen = self.screen
        self.call_after_refresh(lambda: do(screen))

    def _uncover(self) -> None:
        while len(self.screen_stack) > 1:
            self.close_front()

    def action_reread(self) -> None:
        """Read anew what is shown."""
        if (front := self._front) is not None:
            front.reread()

    def action_help(self) -> None:
        """Say what the screen in front is for, and its keys."""
        screen = self.screen
        if isinstance(screen, ConsoleScreen):
            self.open(Help(screen.HELP_TITLE, screen.HELP_TEXT, screen.help_keys()))

    async def action_quit(self) -> None:
        """Let the worker end its calls, then end."""
        if self._ending:
            return
        self._ending = True
        if self._sender is not None:
            self._sender.stop()
            self.notify("Calls that are on the way are ending…", markup=False)
            self.run_worker(self._end(self._sender), exit_on_error=False)
        else:
            self.exit()

    async def _end(self, sender: Worker) -> None:
        await asyncio.to_thread(sender.join)
        self.exit()

    async def on_unmount(self) -> None:
        if self._sender is not None:
            # However the console ends, nothing new is claimed after it.
            self._sender.stop()
        await self.threads.end()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Paste):
            # Line ends and tabs may come in; what would act on the terminal may not.
            event.text = "".join(
                one for one in event.text if one in "\r\n\t" or one.isprintable() or ord(one) > _C1
            )
        await super().on_event(event)

    # --- what goes wrong ------------------------------------------------------------------------

    @property
    def failure(self) -> Exception | None:
        """What ended the console before its time, for whoever ran it to report."""
        return self._exception

    def _fatal_error(self) -> None:
        # Textual would print a traceback, with every local variable in it, on the terminal.
        self.bell()
        self._close_messages_no_wait()

    def tell_error(self, error: HslTuiError) -> None:
        """Show what could not be done and what to do about it."""
        self.notify(terminal_text(str(error)), severity="error", markup=False)

    def tell_trouble(self, error: Exception) -> None:
        """Log what nobody foresaw, and show it so that it can be copied."""
        logger.error("Something unforeseen happened in the console.", exc_info=error)
        told = "".join(traceback.format_exception(error))
        told = redact(told, self.context.settings.secrets)
        self.open(Trouble(terminal_text(told, newlines=True)))
