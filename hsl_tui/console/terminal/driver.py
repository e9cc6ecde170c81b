"""The driver that Textual writes through: what a slow line does not need to carry, it does not."""

from __future__ import annotations

import contextlib
import curses
import os
import re
import signal
import sys
import threading
from typing import Final, TextIO

from textual.drivers.linux_driver import LinuxDriver

from hsl_tui.console.terminal.difference import Painter
from hsl_tui.console.terminal.grid import Grid

_CONTROL: Final = re.compile(
    r"\x1b\[\?(?P<mode>[0-9;]+)[hl]"
    r"|\x1b\[\?[0-9;]+\$p"
    r"|\x1b\[[<>=][0-9;]*u"  # the keyboard protocol of kitty
    r"|\x1b\]22;[a-z-]*(?:\x07|\x1b\\)"  # the pointer's shape
    r"|\x1b\]52;c;[A-Za-z0-9+/=]*(?:\x07|\x1b\\)"  # the clipboard
    r"|\x07"
)
"""All that Textual writes to change how the terminal behaves, and not what it shows."""

_ALTERNATE_SCREEN: Final = "1049"
_SYNCHRONISED: Final = "2026"
_PATIENCE: Final = 2.0
"""Seconds that the end waits for the line to take what is left."""


class ThriftyDriver(LinuxDriver):
    """Draws what differs from what the terminal shows, when the line is free for it.

    Textual draws whole regions, with a style for each piece. Here they go into a grid; a thread
    writes what the terminal lacks of that grid. While the line is busy, what is drawn over is
    never sent, and nobody waits.
    """

    _canvas: Canvas | None = None
    """None before the terminal is drawn on, and while and when that is over."""

    def start_application_mode(self) -> None:
        # Where Textual draws, so that what is printed to standard output can be caught.
        self._canvas = Canvas(sys.__stderr__ or sys.stderr)
        super().start_application_mode()  # type: ignore[no-untyped-call] # Textual left it so

    def write(self, data: str) -> None:
        if self._canvas is not None:
            self._canvas.take(data, self._get_terminal_size())

    def forget(self) -> None:
        """Draw all of it anew: the terminal may show something else than what was sent."""
        if self._canvas is not None:
            self._canvas.forget()

    def close(self) -> None:
        if self._canvas is not None:
            self._canvas.end()
            self._canvas = None
        super().close()

    def _sigtstp_application(self, *_: object) -> None:
        if self._canvas is None:
            # There is nothing to take from the terminal.
            os.kill(os.getpid(), signal.SIGSTOP)
        else:
            super()._sigtstp_application()

    def _sigcont_application(self, *_: object) -> None:
        # Others are told to go on who never gave the terminal back: when their process was stopped
        # from outside, and when their session ends. To begin twice, as Textual would, takes what
        # was set meanwhile for what is to be put back at the end.
        if self._must_signal_resume:
            super()._sigcont_application()
        elif self._canvas is not None:
            with contextlib.suppress(RuntimeError):  # the console's loop has ended
                self._loop.call_soon_threadsafe(self.forget)


class Canvas:
    """What is to be shown, and the thread that shows it.

    Args:
        terminal: where it is shown.
    """

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal
        self._wanted = Grid(0, 0)
        self._shown = Grid(0, 0)
        self._touched: set[int] = set()
        self._painter = Painter(erases_in_colour=_erases_in_colour(terminal))
        self._ready: list[str] = []
        """Sequences that go out before what the grids differ in."""
        self._synchronises = False
        self._moved = False
        self._ended = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="hsl-tui-output", daemon=True)
        self._thread.start()

    def take(self, data: str, size: tuple[int, int]) -> None:
        """Take what Textual writes; returns at once.

        Args:
            size: columns and lines of the terminal.
        """
        with self._change:
            width, height = size
            if (self._wanted.width, self._wanted.height) != (width, height):
                self._wanted, self._shown = Grid(height, width), Grid(height, width)
                self._painter.forget()
            at = 0
            while at < len(data):
                before, at = at, self._wanted.draw(data, at, self._touched)
                self._moved = self._moved or at > before
                at = self._take_control(data, at)
            self._change.notify()

    def _take_control(self, data: str, at: int) -> int:
        """Let pass what is no drawing, if it is known; where it ends.

        What nobody knows is left out: it came with a text that should have been made safe.
        """
        if at >= len(data):
            return at
        control = _CONTROL.match(data, at)
        if control is None:
            return at + 1
        if control["mode"] == _SYNCHRONISED:
            self._synchronises = True
            return control.end()
        self._ready += self._paint(), control[0]
        if control["mode"] == _ALTERNATE_SCREEN:
            # It begins empty.
            self._lose_sight()
        return control.end()

    def forget(self) -> None:
        """Take the terminal to show nothing of what was sent."""
        with self._change:
            self._lose_sight()
            self._ready.append("\x1b[m\x1b[2J")
            self._touched.update(range(self._wanted.height))
            self._change.notify()

    def _lose_sight(self) -> None:
        self._shown.forget()
        self._painter.forget()

    def end(self) -> None:
        """Write what is left, for as long as the line takes it, and stop."""
        with self._change:
            self._ended = True
            self._change.notify()
        self._thread.join(_PATIENCE)

    # --- in the thread --------------------------------------------------------------------------

    def _run(self) -> None:
        with contextlib.suppress(OSError):  # the terminal is gone; the console ends by that too
            while (piece := self._next()) is not None:
                self._terminal.write(piece)
                self._terminal.flush()

    def _next(self) -> str | None:
        """What is to be written now; None at the end."""
        with self._change:
            self._change.wait_for(
                lambda: self._ready or self._touched or self._moved or self._ended
            )
            ready, self._ready = "".join(self._ready), []
            piece = ready + self._paint()
            return None if self._ended and not piece else piece

    def _paint(self) -> str:
        piece = self._painter.paint(self._shown, self._wanted, self._touched)
        self._touched.clear()
        self._moved = False
        if piece and self._synchronises:
            return f"\x1b[?{_SYNCHRONISED}h{piece}\x1b[?{_SYNCHRONISED}l"
        return piece


def _erases_in_colour(terminal: TextIO) -> bool:
    try:
        # Standard output, where it would look else, is caught by the time the console resumes.
        curses.setupterm(fd=terminal.fileno())
    except curses.error:
        return False
    return curses.tigetflag("bce") > 0
