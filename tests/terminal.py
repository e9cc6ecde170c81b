"""The other end of a terminal that the program draws on: real bytes, real keys."""

from __future__ import annotations

import os
import select
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

PATIENCE: Final = 60.0
"""Seconds without the awaited text after which something is wrong."""

_PIECE: Final = 65_536


class Terminal:
    """A program and its terminal.

    Args:
        command: the program, with its arguments.
        size: lines and columns.
        env: beside what this process has.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (24, 80),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.end, other = os.openpty()
        termios.tcsetwinsize(other, size)
        self.process = subprocess.Popen(
            command,
            stdin=other,
            stdout=other,
            stderr=other,
            env={**os.environ, **(env or {}), "TERM": "xterm-256color"},
        )
        os.close(other)
        self.drawn = b""

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

    def press(self, keys: bytes, shows: bytes | None = None) -> None:
        """Type, and wait for what that shows."""
        since = len(self.drawn)
        os.write(self.end, keys)
        if shows is not None:
            self.wait_for(shows, since)

    def hang_up(self) -> None:
        """Go away, as a lost line does; no signal comes, for the program leads no session."""
        os.close(self.end)
        self.end = os.open(os.devnull, os.O_RDONLY)

    def ended(self) -> int:
        """The program's exit status, when it has ended by itself."""
        while self.read():
            pass
        return self.process.wait(timeout=PATIENCE)


@contextmanager
def terminal(
    command: Sequence[str],
    *,
    size: tuple[int, int] = (24, 80),
    env: Mapping[str, str] | None = None,
) -> Iterator[Terminal]:
    """A program on a terminal of its own, which does not outlive the block."""
    opened = Terminal(command, size=size, env=env)
    try:
        yield opened
    finally:
        opened.process.kill()
        opened.process.wait()
        os.close(opened.end)
