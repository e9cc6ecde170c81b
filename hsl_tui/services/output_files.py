"""Files that are written for people: private, and there as a whole or not at all."""

from __future__ import annotations

import errno
import gzip
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.recipient_files import is_compressed


@dataclass(frozen=True, slots=True)
class Earlier:
    """A file that an export would take the place of."""

    size: int
    """Bytes."""
    written_at: datetime


def earlier(path: Path) -> Earlier | None:
    """The file that lies there already, or None.

    Raises:
        InvalidInputError: no file can be written there.
    """
    with sayable(path):
        target = _ordinary(path)
        if not target.parent.is_dir():
            raise FileNotFoundError
        if not os.access(target.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        if not target.exists():
            return None
        found = target.stat()
        return Earlier(found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


@contextmanager
def draft_beside(path: Path) -> Iterator[Path]:
    """An empty file in the folder of another, which is to be renamed to that, or is removed."""
    with sayable(path):
        target = _ordinary(path)
        handle, name = tempfile.mkstemp(
            dir=target.parent, prefix=f".{target.name[:40]}.", suffix=".part"
        )
        os.close(handle)
        draft = Path(name)
        try:
            yield draft
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def written(draft: Path, path: Path) -> Iterator[TextIO]:
    """A draft to write to, which is on the disk at the end; in gzip if its path's name says so."""
    with draft.open("wb") as file:
        # The time and the name are left out, so that the same gives the same file.
        packed = gzip.GzipFile("", "wb", fileobj=file, mtime=0) if is_compressed(path) else None
        stream = io.TextIOWrapper(packed or file, "utf-8", errors="replace", newline="")
        try:
            yield stream
        finally:
            stream.detach()
        if packed is not None:
            packed.close()
        file.flush()
        os.fsync(file.fileno())


def _ordinary(path: Path) -> Path:
    """Where a path leads, if a file can be there."""
    if "\0" in str(path):
        raise InvalidInputError("A NUL character cannot be in the name of a file.")
    target = path.resolve()
    if target.exists() and not target.is_file():
        what = "a folder" if target.is_dir() else "no ordinary file"
        raise InvalidInputError(f"{path} is {what}; name a file to write.")
    return target


@contextmanager
def sayable(path: Path) -> Iterator[None]:
    """Say of what the system refuses which file it is about."""
    try:
        yield
    except FileNotFoundError as error:
        raise InvalidInputError(
            f"There is no folder {path.parent} to write {path.name} to."
        ) from error
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror}.") from error
