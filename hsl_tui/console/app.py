"""The console's app: four screens, and the worker beside them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from inspect import isawaitable
from typing import Any, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.message import Message
from textual.screen import Screen

from hsl_tui.console.background import Threads
from hsl_tui.console.departure import Departure
from hsl_tui.console.palette import ActProvider, BroadcastProvider
from hsl_tui.console.preferences import Preferences
from hsl_tui.console.screens.audit import AuditScreen
from hsl_tui.console.screens.base import ConsoleScreen
from hsl_tui.console.screens.broadcasts import BroadcastsScreen
from hsl_tui.console.screens.compose import ComposeScreen
from hsl_tui.console.screens.deliveries import DeliveriesScreen
from hsl_tui.console.screens.recipients import RecipientsScreen
from hsl_tui.console.shell import Shell
from hsl_tui.console.standing import WatchOut
from hsl_tui.services.context import Context
from hsl_tui.services.drafts import Form
from hsl_tui.worker import Progress, Worker

REREAD_EVERY: Final = 2.0
"""Seconds between looks at what other processes did. Only what changed is drawn."""

_MINUTE: Final = 60.0
_SOON: Final = 0.5
"""Seconds between looks at whether a worker that was started is at work."""

_SCREENS: Final[dict[str, type[ConsoleScreen]]] = {
    "broadcasts": BroadcastsScreen,
    "compose": ComposeScreen,
    "recipients": RecipientsScreen,
    "audit": AuditScreen,
}


class HslTuiApp(Shell):
    """The console.

    It ends only when the worker's calls have ended, or were cut off.

    Args:
        worker: sends from this process; its progress belongs into :meth:`take_progress`.
        why_off: why there is no worker, in a sentence.
        reread_every: seconds; None to read only when something is known to have changed.
        preferences: where what is chosen is remembered; nowhere by default.
        begin: called when the first screen is there, to start what can wait for that.

    Raises:
        SettingsError: the settings bind keys that cannot be bound.
    """

    TITLE = "hsl-tui"
    CSS_PATH = "app.tcss"
    DEFAULT_MODE = "broadcasts"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - the base types it so
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {
        ActProvider,
        BroadcastProvider,
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        # These stay where they are, whatever the settings say: see keymap.FIXED.
        Binding("f1", "help", "Help", priority=True, id="app.f1"),
        Binding("f2", "go('broadcasts')", "Broadcasts", show=False, id="app.f2"),
        Binding("f3", "go('compose')", "Compose", show=False, id="app.f3"),
        Binding("f4", "go('recipients')", "Recipients", show=False, id="app.f4"),
        Binding("f5", "go('audit')", "Audit log", show=False, id="app.f5"),
        Binding("question_mark", "help", "Help", show=False, id="app.help"),
        Binding("1", "go('broadcasts')", "Broadcasts", show=False, id="app.broadcasts"),
        Binding("2", "go('compose')", "Compose", show=False, id="app.compose"),
        Binding("3", "go('recipients')", "Recipients", show=False, id="app.recipients"),
        Binding("4", "go('audit')", "Audit log", show=False, id="app.audit"),
        Binding("ctrl+l", "redraw", "Draw the screen anew", show=False, id="app.redraw"),
        Binding("f10", "next_theme", "Next theme", show=False, id="app.theme"),
        Binding(
            "ctrl+p",
            "command_palette",
            "Acts",
            priority=True,
            tooltip="Every act, broadcast, screen and theme, to be searched",
            id="app.acts",
        ),
        Binding("ctrl+q", "quit", "Quit", priority=True, id="app.quit"),
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
        preferences: Preferences | None = None,
        begin: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(context, preferences or Preferences(None))
        self._begin = begin
        self._sender = worker
        self._reread_every = reread_every
        self._departure = None if worker is None else Departure(self, worker)
        self._missed_progress = False
        self.threads = Threads(self._note_slow)
        self.watch_out = WatchOut(
            context,
            worker,
            why_off,
            changed=self.tell_standing,
            is_back=self.action_reread,
            slow=lambda: self.threads.slow,
            start=lambda look: self.run_worker(look, exit_on_error=False),
        )
        for mode, screen in _SCREENS.items():
            self.add_mode(mode, partial(screen, context))

    def on_mount(self) -> None:
        self.watch_out.begin_look()
        if self._reread_every is not None:
            self.set_interval(self._reread_every, self._look_again)
        self._tick()

    def on_ready(self) -> None:
        if self._begin is not None and not self._is_to_end:
            self._begin()
            self._await_worker()

    def _await_worker(self) -> None:
        """Tell that the worker is at work as soon as it is."""
        self.tell_standing()
        if self._sender is not None and self._sender.status.starting:
            self.set_timer(_SOON, self._await_worker)

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
        # A database that is slow is asked when it has answered, and not four times a second.
        self._missed_progress = self.threads.slow
        if not self._missed_progress and (front := self._front) is not None:
            front.follow_progress()

    def _note_slow(self) -> None:
        self.tell_standing()
        if self._missed_progress and not self.threads.slow:
            self.on_hsl_tui_app_moved()

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
        # What the worker tells of itself needs no database, and is true while that keeps waiting.
        self.tell_standing()
        self.watch_out.begin_look()
        patient = self.watch_out.is_away or self.threads.slow
        if not patient and (front := self._front) is not None:
            front.follow_others()

    def tell_standing(self) -> None:
        """Bring the head of the screen in front up to date, behind a dialog too."""
        for screen in reversed(self.screen_stack if self.is_running else ()):
            if isinstance(screen, ConsoleScreen):
                if screen.ready:
                    screen.show_standing(self.watch_out.standing())
                return

    # --- getting about --------------------------------------------------------------------------

    def action_go(self, mode: str) -> None:
        """Show one of the four screens."""
        if self.current_mode == mode:
            self._uncover()
        else:
            self.switch_mode(mode)  # type: ignore[unused-awaitable] # it mounts on its own

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

    def show_broadcast(self, broadcast_id: int) -> None:
        """Choose one broadcast in the list."""

        def show(screen: Screen[Any]) -> None:
            if isinstance(screen, BroadcastsScreen):
                screen.find(f"#{broadcast_id}")

        self._on_screen("broadcasts", show)

    @staticmethod
    def screen_of(mode: str) -> type[ConsoleScreen]:
        """The class of one of the four screens."""
        return _SCREENS[mode]

    def act_on(self, mode: str, act: str, *what: object) -> None:
        """Go to a screen and do what one of its keys does."""
        self._on_screen(mode, lambda screen: _act(screen, act, what))

    def act_on_front(self, act: str, *what: object) -> None:
        """Do what a key does on the screen in front."""
        if (front := self._front) is not None:
            _act(front, act, what)

    def act_on_deliveries(self, act: str, *what: object) -> None:
        """Do what a key does in the deliveries, those of the chosen broadcast if none are open."""
        if isinstance(self.screen, DeliveriesScreen):
            _act(self.screen, act, what)
            return

        def begin(screen: Screen[Any]) -> None:
            _act(screen, "open", ())
            if isinstance(opened := self.screen, DeliveriesScreen):
                opened.when_ready(lambda: _act(opened, act, what))
            else:
                said = "There is no broadcast whose deliveries could be opened."
                self.notify(said, severity="warning", markup=False)

        self._on_screen("broadcasts", begin)

    def _on_screen(self, mode: str, do: Callable[[Screen[Any]], None]) -> None:
        if self.current_mode != mode:
            self.action_go(mode)
        # Whatever was open over it, such as the deliveries of one broadcast, knows nothing of it.
        self._uncover()
        screen = self.screen
        if isinstance(screen, ConsoleScreen):
            screen.when_ready(lambda: do(screen))

    def _uncover(self) -> None:
        while len(self.screen_stack) > 1:
            self.close_front()

    def action_reread(self) -> None:
        """Read anew what is shown."""
        if (front := self._front) is not None:
            front.reread()

    # --- the end --------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Let the worker end its calls, then end; asked again, end without them."""
        if self._departure is None:
            self.exit()
        else:
            self._departure.ask()

    @property
    def farewell(self) -> str | None:
        """What is to be said on the terminal once the console is closed."""
        return None if self._departure is None else self._departure.farewell

    async def on_unmount(self) -> None:
        if self._sender is not None:
            # However the console ends, nothing new is claimed after it.
            self._sender.stop()
        await self.threads.end()


def _act(screen: Screen[Any], act: str, what: tuple[object, ...]) -> None:
    done = getattr(screen, f"action_{act}")(*what)
    if isawaitable(done):
        screen.run_worker(done, exit_on_error=False)
