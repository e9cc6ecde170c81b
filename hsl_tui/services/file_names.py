"""Names of files as people write them, and what they may go on like."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Final

from hsl_tui.errors import InvalidInputError

_NAMED: Final = 12
"""Names that are given where several begin alike."""


@dataclass(frozen=True, slots=True)
class Completion:
    """How a path goes on.

    Attributes:
        path: as far as all that begin so agree.
        names: the first of those that do.
    """

    path: str
    names: tuple[str, ...]


def read(written: str) -> Path:
    """A path as it was written, with ``~`` for the home folder.

    Raises:
        InvalidInputError: there is no such home.
    """
    try:
        return Path(written).expanduser()
    except RuntimeError as error:
        msg = f"{written!r} begins with the home folder of nobody; write the path in full."
        raise InvalidInputError(msg) from error


def complete(written: str) -> Completion:
    """What a path may go on like; as it is where nothing begins so."""
    folder, _, beginning = written.rpartition("/")
    try:
        where = read(f"{folder}/" if written.startswith("/") or folder else ".")
        with os.scandir(where) as entries:
            found = sorted(
                f"{entry.name}/" if entry.is_dir() else entry.name
                for entry in entries
                # Hidden ones only for who asks for them.
                if entry.name.startswith(beginning)
                and (beginning or not entry.name.startswith("."))
            )
    except (InvalidInputError, OSError, ValueError):
        return Completion(written, ())
    if not found:
        return Completion(written, ())
    lead = written[: len(written) - len(beginning)]
    least, greatest = found[0], found[-1]
    # Sorted, all others lie between these.
    alike = len(
        list(takewhile(lambda pair: pair[0] == pair[1], zip(least, greatest, strict=False)))
    )
    return Completion(lead + least[:alike], tuple(found[:_NAMED]))
