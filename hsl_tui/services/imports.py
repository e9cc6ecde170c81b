"""Taking recipients in from a CSV file, in batches, each on record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

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

OnProgress = Callable[[int, int], None]
"""Told how many bytes of the file are done, and how many there are."""

_ROWS_A_REPORT: Final = 1000


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
    """

    imported: int
    updated: int
    unchanged: int
    rejected: tuple[Reject, ...]

    @property
    def accepted(self) -> int:
        """Rows that were not skipped."""
        return self.imported + self.updated + self.unchanged


def import_file(
    context: Context,
    path: Path,
    *,
    tags: Sequence[str] = (),
    on_progress: OnProgress | None = None,
) -> ImportReport:
    """Add the recipients of a CSV file, or update those that are there; see :class:`ImportReport`.

    Columns: ``chat_id`` (or ``user_id``), ``username``, ``first_name``, ``last_name``,
    ``language_code``, ``tags`` (separated by ``;``); ``state`` is ignored, any other is an
    attribute. An empty cell says nothing. Of rows with the same chat id the last has the last word.
    A recipient's state stays as it is. Bad rows are skipped.

    An import that was interrupted has taken in whole batches and can be run again.

    Args:
        tags: labels for every recipient of the file.

    Raises:
        InvalidInputError: the file cannot be read, or is no CSV of recipients; nothing was changed.
        HslTuiError: the file was changed or lost while it was read.
    """
    labels = frozenset(check_tag(tag) for tag in tags)
    with open_csv(path, keys=KEYS) as file:
        columns = read_header(file.header)
        intake = _Intake(context, _presentable(path.name))
        for number, row in enumerate(file, 1):
            intake.take(row, columns, labels)
            if on_progress is not None and number % _ROWS_A_REPORT == 0:
                on_progress(file.position, file.size)
        intake.flush()
        if on_progress is not None:
            on_progress(file.size, file.size)
    return intake.report()


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

    def report(self) -> ImportReport:
        return ImportReport(self.imported, self.updated, self.unchanged, tuple(self.rejected))


def _presentable(file_name: str) -> str:
    """A file's name as text; bytes of it that are none come as question marks."""
    return file_name.encode(errors="replace").decode()
