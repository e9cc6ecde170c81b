"""Files of recipients, in whichever format: told from what is in them, or by an operator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import PurePath
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.csv_files import SEPARATORS, CsvFile
from hsl_tui.services.import_sources import Source
from hsl_tui.services.json_lines import ATTRIBUTES, JsonLines
from hsl_tui.services.parsed_rows import ParsedRows
from hsl_tui.services.recipient_columns import RowReader
from hsl_tui.services.recipient_rows import KNOWN, Columns, Renaming, read_header
from hsl_tui.services.text_lines import Lines

_ENDINGS: Final = {".jsonl": "jsonl", ".ndjson": "jsonl", ".tsv": "tsv", ".tab": "tsv"}
_COMPRESSED: Final = ".gz"


class FileFormat(StrEnum):
    """How a file of recipients is written."""

    CSV = "csv"
    TSV = "tsv"
    JSONL = "jsonl"


def format_of(name: PurePath) -> FileFormat:
    """The format that a file's name stands for."""
    name = name.with_suffix("") if name.suffix.lower() == _COMPRESSED else name
    return FileFormat(_ENDINGS.get(name.suffix.lower(), "csv"))


def is_compressed(name: PurePath) -> bool:
    """Whether a file's name stands for one in gzip."""
    return name.suffix.lower() == _COMPRESSED


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is to be read.

    Attributes:
        format: None: as its contents and its name tell.
        renaming: what its columns are here.
        labels: tags for all of its recipients.
    """

    format: FileFormat | None = None
    renaming: Renaming = Renaming()  # noqa: RUF009 - nothing changes it
    labels: frozenset[str] = frozenset()


class RecipientFile:
    """The recipients of a file, of which all was read once.

    Attributes:
        format: how it is written.
        header: the names of its columns, as they are written.
        repaired: of those, the ones that no text could use, and what they are here instead.

    Raises:
        InvalidInputError: it is no file of recipients.
    """

    def __init__(self, source: Source, reading: Reading) -> None:
        lines = Lines(source.read())
        self.format = reading.format or _told(lines, source)
        self._file: CsvFile | JsonLines
        if self.format is FileFormat.JSONL:
            self._file = JsonLines(lines, source.name, reading.renaming, reading.labels)
            self.columns = _columns(self._file.header, reading.renaming)
        else:
            separators = {
                (FileFormat.TSV, True): "\t",
                (FileFormat.CSV, True): ",;",
                (FileFormat.TSV, False): "\t,;",
            }.get((self.format, reading.format is not None), SEPARATORS)
            self._file = CsvFile(lines, source.name, reading.renaming.keys, separators)
            self.columns = read_header(self._file.header, reading.renaming)
        self.header = tuple(self._file.header)
        self.repaired = reading.renaming.repaired(self.header)
        self._labels = reading.labels

    def stretches(self) -> Iterator[ParsedRows]:
        """The rows, about a thousand at a time; they can be asked for once.

        Raises:
            HslTuiError: the file was changed or lost while it was read.
        """
        if isinstance(self._file, JsonLines):
            yield from self._file.stretches()
            return
        reader = RowReader(self.columns, self._labels)
        for block in self._file.blocks():
            yield reader.read(block)

    def first_rows(self, count: int) -> Iterator[tuple[str, ...]]:
        """The cells of the first rows that can be read."""
        if isinstance(self._file, JsonLines):
            yield from self._file.first_rows(count)
            return
        rows = (row for block in self._file.blocks() for row in block.rows)
        yield from islice((tuple(row) for row in rows if any(map(str.strip, row))), count)


def _told(lines: Lines, source: Source) -> FileFormat:
    """The format, from the first line that says anything, and from the file's name."""
    first = next((line.strip() for line in lines.peek(_MOST_BLANK) if line.strip()), "")
    if first.startswith("{"):
        return FileFormat.JSONL
    if first.startswith("[") and first[1:].lstrip()[:1] in {"", "{", "]"}:
        msg = (
            f"{source.name} is one JSON list; write an object a line instead, as"
            " `jq -c '.[]'` does."
        )
        raise InvalidInputError(msg)
    return format_of(PurePath(source.file_name))


_MOST_BLANK: Final = 1000


def _columns(header: list[str], renaming: Renaming) -> Columns:
    """What the names in JSON lines become; they stand at no place."""
    names = dict.fromkeys(renaming.name(one) for one in header)
    there = {name: place for place, name in enumerate(names) if name and name != ATTRIBUTES}
    return Columns(
        chat_id=0,
        fields={name: at for name, at in there.items() if name in _FIELDS},
        tags=there.get("tags"),
        attributes={name: at for name, at in there.items() if name not in KNOWN},
        unnamed=(),
        width=len(header),
    )


_FIELDS: Final = KNOWN - {"chat_id", "user_id", "tags", "state"}
