"""The other end of a terminal that the program draws on: real bytes, real keys."""

from __future__ import annotations

import fcntl
import os
import re
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pyte

PATIENCE: Final = 60.0
"""Seconds without the awaited text after which something is wrong."""

_PIECE: Final = 65_536

_UNSEEN: Final = re.compile(
    rb"\x1b\[[?<>=][0-9;]*(?:[hlu]|\$p)|\x1b\](?:22|52);[^\x07\x1b]*(?:\x07|\x1b\\\\)"
)
"""What changes nothing that is shown, some of which :mod:`pyte` would show."""


class Terminal:
    """A program and its terminal.

    Args:
        command: the program, with its arguments.
        size: lines and columns.
        env: beside what this process has.
        leads: whether the program leads the terminal's session, as a login shell does.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (24, 80),
        env: Mapping[str, str] | None = None,
        leads: bool = False,
    ) -> None:
        self.end, other = os.openpty()
        termios.tcsetwinsize(other, size)
        self.before = termios.tcgetattr(other)
        """How the terminal is set before the program begins."""
        self.process = subprocess.Popen(
            command,
            stdin=other,
            stdout=other,
            stderr=other,
            env=_own(env or {}),
            start_new_session=leads,
            preexec_fn=_take_terminal if leads else None,  # noqa: PLW1509 - no other thread holds a lock that it needs
        )
        os.close(other)
        self.drawn = b""
        self._screen = pyte.Screen(size[1], size[0])
        self._stream = pyte.ByteStream(self._screen)
        self._seen = 0

    def read(self, patience: float = PATIENCE) -> bool:
        """Take what is drawn next; False at the end, and when nothing comes for so long."""
        if not select.select([self.end], [], [], max(0.0, patience))[0]:
            return False
        try:
            piece = os.read(self.end, _PIECE)
        except OSError:  # how Linux says that nobody has the terminal open any more
            return False
        self.drawn += piece
        return bool(piece)

    def wait_for(self, text: bytes, since: int = 0) -> None:
        """Return when a text has been drawn, in one piece.

        Args:
            since: bytes that were drawn before and do not count.

        Raises:
            AssertionError: it does not come.
        """
        until = time.monotonic() + PATIENCE
        while text not in self.drawn[since:]:
            assert self.read(until - time.monotonic()), self.drawn[since:]

    @property
    def lines(self) -> list[str]:
        """What the terminal shows by now."""
        self._stream.feed(_UNSEEN.sub(b"", self.drawn[self._seen :]))
        self._seen = len(self.drawn)
        return self._screen.display

    def wait_until(self, *texts: str, without: str | None = None) -> None:
        """Return when all these texts are shown, each on one line, and another is not.

        Raises:
            AssertionError: that does not come.
        """
        until = time.monotonic() + PATIENCE
        while not self._shows(texts, without):
            came = self.read(until - time.monotonic())
            assert came, "\n".join(self.lines)

    def _shows(self, texts: Sequence[str], without: str | None) -> bool:
        shown = "\n".join(self.lines)
        return all(text in shown for text in texts) and (without is None or without not in shown)

    def press(self, keys: bytes, *shows: str, without: str | None = None) -> None:
        """Type, and wait for what that shows and what it takes away."""
        os.write(self.end, keys)
        if shows or without is not None:
            self.wait_until(*shows, without=without)

    @property
    def settings(self) -> list[Any]:
        """How the terminal is set now."""
        return termios.tcgetattr(self.end)

    def hang_up(self) -> None:
        """Go away, as a lost line does; whoever leads the session is sent SIGHUP and SIGCONT."""
        os.close(self.end)
        self.end = os.open(os.devnull, os.O_RDONLY)

    def ended(self) -> int:
        """The program's exit status, when it has ended by itself."""
        while self.read():
            pass
        return self.process.wait(timeout=PATIENCE)


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _own(env: Mapping[str, str]) -> dict[str, str]:
    """The environment without what tells of another terminal."""
    others = {name: os.environ[name] for name in os.environ if name not in {"COLUMNS", "LINES"}}
    return {**others, **env, "TERM": "xterm-256color"}


@contextmanager
def terminal(
    command: Sequence[str],
    *,
    size: tuple[int, int] = (24, 80),
    env: Mapping[str, str] | None = None,
    leads: bool = False,
) -> Iterator[Terminal]:
    """A program on a terminal of its own, which does not outlive the block."""
    opened = Terminal(command, size=size, env=env, leads=leads)
    try:
        yield opened
    finally:
        opened.process.kill()
        opened.process.wait()
        os.close(opened.end)
