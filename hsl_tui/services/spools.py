"""What is kept aside while something long goes on: in a file without a name, not in memory."""

from __future__ import annotations

import pickle
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Final

from hsl_tui.errors import HslTuiError

_IN_MEMORY: Final = 1 << 18
"""Bytes that are kept in memory before there is a file."""


class Spool:
    """Things that were put down one after the other, to be read back in that order."""

    def __init__(self) -> None:
        self._file = temporary_file()
        self._end = 0
        weakref.finalize(self, _close, self._file)

    def append(self, thing: Any) -> int:
        """Put a thing down, and return where.

        Raises:
            HslTuiError: there is no room for it.
        """
        place = self._end
        with spooling():
            self._file.seek(place)
            pickle.dump(thing, self._file, pickle.HIGHEST_PROTOCOL)
            self._end = self._file.tell()
        return place

    def read(self, place: int = 0) -> Iterator[Any]:
        """The things from a place on; more may be put down, or read, meanwhile.

        Raises:
            HslTuiError: there is no room for what was put down last, or it cannot be read.
        """
        while place < self._end:
            with spooling():
                # What was put down last may be written only now.
                self._file.seek(place)
                # Our own file, without a name: nobody else could write to it.
                thing = pickle.load(self._file)  # noqa: S301
                place = self._file.tell()
            yield thing


def _close(file: IO[bytes]) -> None:
    # What could not be written before cannot be now, and nobody would read it.
    with suppress(OSError):
        file.close()


def temporary_file() -> IO[bytes]:
    """A file without a name, which is one only when much is written to it."""
    return tempfile.SpooledTemporaryFile(_IN_MEMORY)


@contextmanager
def spooling() -> Iterator[None]:
    """Say what to do where there is no room.

    Raises:
        HslTuiError: in place of what the system says.
    """
    try:
        yield
    except OSError as error:
        msg = (
            f"What is read cannot be kept aside in {tempfile.gettempdir()} ({error.strerror});"
            " make room there, or name another folder in TMPDIR."
        )
        raise HslTuiError(msg) from error
