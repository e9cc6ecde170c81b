"""Standard input, output and error as they may come: closed, full, or in another encoding."""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import Any, Final, TextIO

from hsl_tui.safety import safe_text

_INPUT, _OUTPUT, _ERRORS = range(3)
"""Numbers of the descriptors that every process is begun with."""

_CLOSED: Final = "it is closed"


class _Closed(io.RawIOBase):
    """What a process has that was begun without this descriptor: whatever is tried fails."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number
        self.given_up = False
        """Whether what is written is let go without a word."""

    def fileno(self) -> int:
        return self._number

    def readable(self) -> bool:
        return self._number == _INPUT

    def writable(self) -> bool:
        return self._number != _INPUT

    def readinto(self, _: Any) -> int:
        raise OSError(errno.EBADF, _CLOSED)

    def write(self, written: Any) -> int:
        if self.given_up:
            return len(written)
        raise OSError(errno.EBADF, _CLOSED)


def make_usable() -> None:
    r"""Give this process all three streams, and have them show any text.

    What the encoding of standard output or error cannot show is written out: ``\u017b``.
    """
    for number in (_INPUT, _OUTPUT, _ERRORS):
        # Python opens nothing there. A database's file would be the next to get that number, and
        # then what is meant for a person.
        try:
            os.fstat(number)
        except OSError:
            # The lowest that is free, which is this one.
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_Closed(_INPUT)), "utf-8")
    if sys.stdout is None:
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Closed(_OUTPUT)), "utf-8")
    if sys.stderr is None:
        sys.stderr = open(_ERRORS, "w", encoding="utf-8", closefd=False)  # noqa: SIM115 - to its end
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def give_up(stream: TextIO) -> None:
    """Have what is still to be written to this stream go nowhere.

    The interpreter flushes once more at its end; that would fail again, and end with 120.
    """
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    if isinstance(raw, _Closed):
        raw.given_up = True
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def write_error(text: str) -> None:
    """Write to standard error at once; where that cannot be had, there is nobody to tell."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        give_up(sys.stderr)


def note(text: str) -> None:
    """Write a line for people to standard error: what went wrong, or what is going on."""
    write_error(f"hsl-tui: {safe_text(text)}\n")
