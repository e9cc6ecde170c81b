"""A look into a file of recipients before it is taken in: what its columns are, and could be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.import_sources import STANDARD_INPUT, open_source
from hsl_tui.services.recipient_files import (
    FileFormat,
    Reading,
    columns_of,
    first_rows,
    open_rows,
)
from hsl_tui.services.recipient_rows import Columns, Renaming

_ROWS_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds, as far as its first lines tell.

    Attributes:
        format: how it is written.
        size: bytes.
        header: the names of its columns, as they are written.
        first_rows: the cells below them.
        columns: what they are, as those of a recipient or as attributes; None where that cannot
            be taken in.
        trouble: why not.
    """

    format: FileFormat
    size: int
    header: tuple[str, ...]
    first_rows: tuple[tuple[str, ...], ...]
    columns: Columns | None = None
    trouble: str | None = None

    def called(self, renamed: Mapping[str, str]) -> Preview:
        """The same file with what its columns are meant to be, as an import takes it."""
        try:
            columns = columns_of(self.format, self.header, Renaming(renamed))
        except InvalidInputError as error:
            return replace(self, columns=None, trouble=str(error))
        return replace(self, columns=columns, trouble=None)


def preview(path: Path) -> Preview:
    """Look into a file that may be taken in; all of it is read, nothing is changed.

    Raises:
        InvalidInputError: it cannot be read, or is none of recipients, whatever its columns were
            called.
    """
    if path.is_fifo() or path == STANDARD_INPUT:
        # What is read from it now would be missing later.
        raise InvalidInputError(f"{path} is a pipe; `hsl-tui recipients import` reads those.")
    with open_source(path) as source:
        file_format, file = open_rows(source, Reading(), needs_chat_ids=False)
        rows = tuple(first_rows(file, _ROWS_SHOWN))
        header = tuple(file.header)
        return Preview(file_format, source.size, header, rows).called({})
