"""Taking recipients in from a CSV file, in batches, each on record."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.context import Context
from hsl_tui.services.csv_files import BadRow, Row, open_csv
from hsl_tui.services.recipient_rows import (
    KEYS,
    Columns,
    RowRefusedError,
    merged,
    read_header,
    read_row,
)
from hsl_tui.services.recipients import check_tag
from hsl_tui.store.intake import Arrival, take_in

BATCH: Final = 5000
"""Recipients in one transaction."""

_ROWS_A_REPORT: Final = 1000
_CELLS_SHOWN: Final = 3
"""Rows of a file that are shown before it is taken in."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import has come.

    Attributes:
        rows: read so far.
        taken: of these, taken in for good.
        rejected: of these, skipped.
        bytes_read: of the file.
        size: of the file, in bytes.
    """

    rows: int
    taken: int
    rejected: int
    bytes_read: int
    size: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file holds, as far as its first lines tell.

    Attributes:
        size: bytes.
        columns: what its columns are, as those of a recipient or as attributes.
        header: their names, as they are written.
        first_rows: the cells below them.
    """

    size: int
    columns: Columns
    header: tuple[str, ...]
    first_rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that was skipped, by its number in the file, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of the rows of a file; each counts once.

    Attributes:
        imported: rows that added a recipient.
        updated: rows that changed one.
        unchanged: rows that said what was on record already.
        rejected: rows that were skipped.
        stopped_after: the last line that counts, where the import was stopped; nothing behind it
            was taken in.
    """

    imported: int
    updated: int
    unchanged: int
    rejected: tuple[Reject, ...]
    stopped_after: int | None = None

    @property
    def accepted(self) -> int:
        """Rows that were not skipped."""
        return self.imported + self.updated + self.unchanged


def import_file(
    context: Context,
    path: Path,
    *,
    tags: Iterable[str] = (),
    on_progress: OnProgress | None = None,
    stopped: Callable[[], bool] | None = None,
) -> ImportReport:
    """Add the recipients of a CSV file, or update those that are there; see :class:`ImportReport`.

    Columns: ``chat_id`` (or ``user_id``), ``username``, ``first_name``, ``last_name``,
    ``language_code``, ``tags`` (separated by ``;``); ``state`` is ignored, any other is an
    attribute. An empty cell says nothing. Of rows with the same chat id the last has the last word.
    A recipient's state stays as it is. Bad rows are skipped.

    An import that was interrupted has taken in whole batches and can be run again.

    Args:
        tags: labels for every recipient of the file.
        on_progress: told now and then, in this thread.
        stopped: asked now and then whether to leave it at what was taken in so far.

    Raises:
        InvalidInputError: the file cannot be read, or is no CSV of recipients; nothing was changed.
        HslTuiError: the file was changed or lost while it was read.
    """
    labels = check_labels(tags)
    with open_csv(path, keys=KEYS) as file:
        columns = read_header(file.header)
        intake = _Intake(context, _presentable(path.name))
        for number, row in enumerate(file, 1):
            if number % _ROWS_A_REPORT == 0:
                if on_progress is not None:
                    on_progress(intake.progress(number, file.position, file.size))
                if stopped is not None and stopped():
                    return intake.report_until_here()
            intake.take(row, columns, labels)
        intake.flush()
        report = intake.report()
        if on_progress is not None:
            rows = report.accepted + len(report.rejected)
            on_progress(intake.progress(rows, file.size, file.size))
    return report


def check_labels(written: Iterable[str]) -> frozenset[str]:
    """Tags for all recipients of a file.

    Raises:
        InvalidInputError: one cannot be a tag.
    """
    return frozenset(check_tag(tag) for tag in written)


def preview(path: Path) -> Preview:
    """Look into a file that may be taken in; all of it is read, nothing is changed.

    Raises:
        InvalidInputError: it cannot be read, or is no CSV of recipients.
    """
    if path.is_fifo():
        # What is read from it now would be missing later.
        raise InvalidInputError(f"{path} is a pipe; `hsl-tui recipients import` reads those.")
    with open_csv(path, keys=KEYS) as file:
        columns = read_header(file.header)
        rows = (tuple(row.cells) for row in file if isinstance(row, Row))
        return Preview(file.size, columns, tuple(file.header), tuple(islice(rows, _CELLS_SHOWN)))


@dataclass(slots=True)
class _Intake:
    """Rows on their way into the database."""

    context: Context
    file_name: str
    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: list[Reject] = field(default_factory=list)
    batch: dict[int, Arrival] = field(default_factory=dict)
    first_line: int = 0
    last_line: int = 0
    repeats_new: int = 0
    """Rows of the batch that say something else of a chat than an earlier one did."""
    repeats_same: int = 0
    rejected_before: int = 0
    """Rejects that were put on record with earlier batches."""
    flushed_line: int = 0
    """The last line of those batches."""

    def take(self, row: Row | BadRow, columns: Columns, labels: frozenset[str]) -> None:
        self.first_line = self.first_line or row.line
        self.last_line = row.line
        if isinstance(row, BadRow):
            self.rejected.append(Reject(row.line, row.reason))
            return
        try:
            arrival = read_row(row.cells, columns, labels)
        except RowRefusedError as bad:
            self.rejected.append(Reject(row.line, str(bad)))
            return
        earlier = self.batch.get(arrival.chat_id)
        if earlier is not None:
            arrival = merged(earlier, arrival)
            self.repeats_new += arrival != earlier
            self.repeats_same += arrival == earlier
        self.batch[arrival.chat_id] = arrival
        if len(self.batch) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Take the batch in and put it on record, in one transaction."""
        rejected = len(self.rejected) - self.rejected_before
        # A file of which nothing was taken leaves no trace.
        if not self.batch and not (rejected and self.imported + self.updated + self.unchanged):
            return
        with self.context.database.write() as session:
            taken = take_in(session, tuple(self.batch.values()), now=self.context.clock.now())
            imported = taken.added
            updated = taken.changed + self.repeats_new
            unchanged = taken.same + self.repeats_same
            self.context.record(
                session,
                "recipients.imported",
                file=self.file_name,
                first_line=self.first_line,
                last_line=self.last_line,
                imported=imported,
                updated=updated,
                unchanged=unchanged,
                rejected=rejected,
            )
        self.imported += imported
        self.updated += updated
        self.unchanged += unchanged
        self.batch.clear()
        self.first_line = self.repeats_new = self.repeats_same = 0
        self.rejected_before = len(self.rejected)
        self.flushed_line = self.last_line

    def progress(self, rows: int, position: int, size: int) -> Progress:
        taken = self.imported + self.updated + self.unchanged
        return Progress(rows, taken, len(self.rejected), position, size)

    def report_until_here(self) -> ImportReport:
        """What was taken in, without the batch that was being gathered."""
        done = self.rejected[: self.rejected_before]
        return ImportReport(
            self.imported, self.updated, self.unchanged, tuple(done), self.flushed_line
        )

    def report(self) -> ImportReport:
        return ImportReport(self.imported, self.updated, self.unchanged, tuple(self.rejected))


def _presentable(file_name: str) -> str:
    """A file's name as text; bytes of it that are none come as question marks."""
    return file_name.encode(errors="replace").decode()
