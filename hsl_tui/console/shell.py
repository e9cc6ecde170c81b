"""What surrounds the console's screens: keys, themes, help, and what goes wrong."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from typing import Final, TypeVar

from rich.console import RenderableType
from textual import events
from textual.app import ScreenStackError
from textual.binding import Binding
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widget import MountError

from hsl_tui.console import keymap
from hsl_tui.console.dialogs.help import Help, help_on
from hsl_tui.console.dialogs.trouble import Trouble
from hsl_tui.console.key_order import KeysInOrder
from hsl_tui.console.palette import Palette
from hsl_tui.console.preferences import Preferences
from hsl_tui.console.terminal.driver import ThriftyDriver
from hsl_tui.console.terminal_text import terminal_text
from hsl_tui.console.themes import THEME_TITLES, THEMES
from hsl_tui.errors import HslTuiError
from hsl_tui.logs import redact
from hsl_tui.services.context import Context

Answered = TypeVar("Answered")

logger = logging.getLogger(__name__)

_C1: Final = 0x9F
_MOST_CONFLICTS: Final = 3
"""Named in a notice; the help has all of them."""


class Shell(KeysInOrder):
    """An app whose keys and colours are its operator's, and that never dies with a traceback.

    Args:
        preferences: where what is chosen is remembered.

    Raises:
        SettingsError: the settings bind keys that cannot be bound.
    """

    def __init__(self, context: Context, preferences: Preferences) -> None:
        super().__init__(driver_class=ThriftyDriver)
        self.context = context
        self.keymap = keymap.read(context.settings.keys)
        """Keys that the operator has bound anew, by the ids of what they do."""
        self._preferences = preferences
        self._is_greeted = False
        self._is_up = False
        """Whether the first screen is there."""
        self._is_to_end = False
        for theme in THEMES.values():
            self.register_theme(theme)
        self.theme = THEMES[preferences.theme or context.settings.theme].name

    def open(
        self, screen: Screen[Answered], answered: Callable[[Answered | None], None] | None = None
    ) -> None:
        """Put a screen or dialog in front, and say what it ended with."""
        self.push_screen(screen, answered)  # type: ignore[unused-awaitable] # it mounts on its own

    def close_front(self) -> None:
        """Go back to the screen behind the one in front."""
        self.pop_screen()  # type: ignore[unused-awaitable] # it is removed on its own

    def action_redraw(self) -> None:
        """Draw all of the screen anew: something else may have written on the terminal."""
        if isinstance(self._driver, ThriftyDriver):
            self._driver.forget()

    # --- keys and help --------------------------------------------------------------------------

    def on_load(self) -> None:
        self.set_keymap(self.keymap)

    def get_key_display(self, binding: Binding) -> str:
        # For the foot of the screen, where each cell counts.
        return binding.key_display or keymap.key_label(binding.key).replace("ctrl+", "^")

    def greet(self) -> None:
        """Say, once there is a screen to say it on, what was wrong with what was set."""
        if self._is_greeted:
            return
        self._is_greeted = True
        if trouble := self._preferences.trouble:
            self.notify(terminal_text(trouble), severity="warning", markup=False)
        if found := keymap.conflicts(self.keymap):
            said = "; ".join(found[:_MOST_CONFLICTS])
            more = len(found) - _MOST_CONFLICTS
            said += f"; and {more} more: see the help" if more > 0 else ""
            self.notify(f"Keys in conflict: {said}.", severity="warning", markup=False)

    def action_help(self) -> None:
        """Say what the screen or dialog in front is for, and its keys; or leave that."""
        screen = self.screen
        if isinstance(screen, Help):
            self.close_front()
        elif not isinstance(screen, Palette):
            self.open(help_on(screen, self.keymap))

    def action_command_palette(self) -> None:
        """Look for what to do, or for a broadcast."""
        if not isinstance(self.screen, Palette):
            self.open(Palette())

    # --- themes ---------------------------------------------------------------------------------

    def choose_theme(self, name: str) -> None:
        """Take on a theme, and remember it."""
        self.theme = THEMES[name].name
        try:
            self._preferences.remember_theme(name)
        except HslTuiError as error:
            self.tell_error(error)

    def action_next_theme(self) -> None:
        """Take on the next theme."""
        names = list(THEMES)
        at = next(at for at, name in enumerate(names) if THEMES[name].name == self.theme)
        name = names[(at + 1) % len(names)]
        self.choose_theme(name)
        self.notify(f"The theme is {THEME_TITLES[name]}.", markup=False)

    # --- what goes wrong ------------------------------------------------------------------------

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Paste):
            # Line ends and tabs may come in; what would act on the terminal may not.
            event.text = "".join(
                one for one in event.text if one in "\r\n\t" or one.isprintable() or ord(one) > _C1
            )
        await super().on_event(event)

    @property
    def failure(self) -> Exception | None:
        """What ended the console before its time, for whoever ran it to report."""
        return self._exception

    def exit(
        self,
        result: None = None,
        return_code: int = 0,
        message: RenderableType | None = None,
    ) -> None:
        """End; once the first screen is there, for Textual takes none down that is half put up.

        May be called in any thread, and at any time.
        """
        # In this order, so that one of the two sees what the other has done.
        self._is_to_end = True
        if self._is_up:
            super().exit(result, return_code, message)

    def on_ready(self) -> None:
        self._is_up = True
        if self._is_to_end:
            super().exit()

    def _handle_exception(self, error: Exception) -> None:
        if self._exit and isinstance(error, NoMatches | MountError | ScreenStackError):
            # A screen that was being put up when the console was left has nothing on it.
            logger.debug("Left while a screen was being put up.", exc_info=error)
            return
        super()._handle_exception(error)

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
