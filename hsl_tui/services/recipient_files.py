"""Files of recipients, in whichever format: told from what is in them, or by an operator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
from hsl_tui.services.recipient_rows import KEYS, KNOWN, Columns, Renaming, read_header
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
        self.format, self._file = open_rows(source, reading)
        self.header = tuple(self._file.header)
        self.columns = columns_of(self.format, self.header, reading.renaming)
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


def open_rows(
    source: Source, reading: Reading, *, needs_chat_ids: bool = True
) -> tuple[FileFormat, CsvFile | JsonLines]:
    """The rows of a file, as its format has them.

    Args:
        needs_chat_ids: refuse a file none of whose columns holds the chat ids.

    Raises:
        InvalidInputError: there is no header to be read.
    """
    lines = Lines(source.read())
    file_format = reading.format or _told(lines, source)
    if file_format is FileFormat.JSONL:
        rows = JsonLines(
            lines,
            source.name,
            reading.renaming,
            reading.labels,
            needs_chat_ids=needs_chat_ids,
        )
        return file_format, rows
    separators = {
        (FileFormat.TSV, True): "\t",
        (FileFormat.CSV, True): ",;",
        (FileFormat.TSV, False): "\t,;",
    }.get((file_format, reading.format is not None), SEPARATORS)
    keys = reading.renaming.keys
    return file_format, CsvFile(lines, source.name, keys, separators, needs_keys=needs_chat_ids)


def first_rows(file: CsvFile | JsonLines, count: int) -> Iterator[tuple[str, ...]]:
    """The cells of the first rows that can be read."""
    if isinstance(file, JsonLines):
        yield from file.first_rows(count)
        return
    rows = (row for block in file.blocks() for row in block.rows)
    yield from islice((tuple(row) for row in rows if any(map(str.strip, row))), count)


def columns_of(file_format: FileFormat, header: Sequence[str], renaming: Renaming) -> Columns:
    """What the columns of a file are here.

    Raises:
        InvalidInputError: they cannot be taken in so, or one that an operator named is missing.
    """
    renaming.refuse_unknown(header)
    if not any(renaming.name(one) in KEYS for one in header):
        msg = f"There is no column {' or '.join(KEYS)}, which would hold the chat ids."
        raise InvalidInputError(msg)
    if file_format is FileFormat.JSONL:
        return _columns(header, renaming)
    return read_header(header, renaming)


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


def _columns(header: Sequence[str], renaming: Renaming) -> Columns:
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
