"""Where recipients come from: a file, a pipe or standard input, compressed or not."""

from __future__ import annotations

import gzip
import io
import os
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from hsl_tui.errors import HslTuiError, InvalidInputError
from hsl_tui.services.encodings import Proof, prove
from hsl_tui.services.spools import spooling, temporary_file

STANDARD_INPUT: Final = Path("-")

_GZIP: Final = b"\x1f\x8b"
_BUFFER: Final = 1 << 18


class Source:
    """A file of text that was read once and is to be read again.

    Args:
        ours: nobody else can change it.

    Attributes:
        name: as people know it.
        file_name: the last part of it, as it is put on record.
        size: bytes, as it lies there.
        proof: its encoding and its digest.
    """

    def __init__(self, file: IO[bytes], name: str, file_name: str, *, ours: bool) -> None:
        self.name = name
        self.file_name = file_name
        self._file = file
        self._ours = ours
        self.size = file.seek(0, os.SEEK_END)
        self._stamp = self._now()
        file.seek(0)
        compressed = file.read(len(_GZIP)) == _GZIP
        file.seek(0)
        self._content = cast(
            "BinaryIO", gzip.GzipFile(fileobj=file, mode="rb") if compressed else file
        )
        self._text: io.TextIOWrapper | None = None
        self.proof: Proof = self._prove()

    @property
    def position(self) -> int:
        """Bytes that were read; a little ahead of the lines that were given."""
        return self._file.tell()

    def read(self) -> Iterator[str]:
        """The text from its beginning, in pieces of any length; one reading at a time.

        Raises:
            HslTuiError: it was changed since it was first read, or can no longer be read.
        """
        if self._text is not None:
            # It would close the file with itself.
            self._text.detach()
        self._content.seek(0)
        self._text = io.TextIOWrapper(self._content, self.proof.encoding, newline="")
        return iter(partial(self._piece, self._text), "")

    def _piece(self, text: io.TextIOWrapper) -> str:
        try:
            piece = text.read(_BUFFER)
        except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or "it was changed meanwhile"
            raise self._lost(reason) from error
        if self._now() != self._stamp:
            raise self._lost("it was changed meanwhile")
        return piece

    def _prove(self) -> Proof:
        try:
            return prove(self._content, self.name)
        except EOFError as error:
            msg = f"{self.name} is not whole: its end is missing; copy or compress it again."
            raise InvalidInputError(msg) from error
        except (gzip.BadGzipFile, zlib.error) as error:
            msg = f"{self.name} is damaged: it cannot be unpacked; copy or compress it again."
            raise InvalidInputError(msg) from error
        except OSError as error:
            raise InvalidInputError(f"{self.name} cannot be read: {error.strerror}.") from error

    def _now(self) -> tuple[int, int]:
        """What changes with the file."""
        if self._ours:
            return self.size, 0
        found = os.fstat(self._file.fileno())
        return found.st_size, found.st_mtime_ns

    def _lost(self, reason: str) -> HslTuiError:
        return HslTuiError(
            f"{self.name} cannot be read on: {reason}. What stands before may have been taken in;"
            " begin again with the whole file."
        )


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a file of text and read all of it once: UTF-8, or UTF-16 with a mark; perhaps in gzip.

    A pipe is read to its end first, and so is standard input, for which ``-`` stands.

    Raises:
        InvalidInputError: it cannot be opened, is no text or is damaged; nothing was changed.
        HslTuiError: there is no room to keep what comes through a pipe.
    """
    if path == STANDARD_INPUT:
        name = "Standard input"
        with _copy(sys.stdin.buffer, name) as file:
            yield Source(file, name, str(path), ours=True)
        return
    with _opened(path) as (file, ours):
        yield Source(file, str(path), _presentable(path.name), ours=ours)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], bool]]:
    """A file that can be read twice, and whether nobody else can change it."""
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
            what = "a folder" if stat.S_ISDIR(mode) else "not a file"
            raise InvalidInputError(f"{path} is {what}; name a file of recipients.")
        file = path.open("rb")
    except FileNotFoundError as error:
        raise InvalidInputError(f"There is no file {path}.") from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "its name holds a NUL character"
        raise InvalidInputError(f"{path} cannot be read: {reason}.") from error
    with file:
        if stat.S_ISREG(mode):
            yield file, False
            return
        with _copy(file, str(path)) as copy:
            yield copy, True


def _copy(pipe: BinaryIO, name: str) -> IO[bytes]:
    """All that comes through a pipe, as a file that can be read twice."""
    copy = temporary_file()
    with spooling():
        copy.writelines(_pieces(pipe, name))
        copy.seek(0)
    return copy


def _pieces(pipe: BinaryIO, name: str) -> Iterator[bytes]:
    while True:
        try:
            piece = pipe.read(_BUFFER)
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            msg = f"{name} cannot be read: {reason}; name a file of recipients."
            raise InvalidInputError(msg) from error
        if not piece:
            return
        yield piece


def _presentable(file_name: str) -> str:
    """A file's name as text; bytes of it that are none come as question marks."""
    return file_name.encode(errors="replace").decode()
