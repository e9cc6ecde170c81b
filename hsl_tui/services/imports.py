"""Taking recipients in from a file, in batches, each on record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hsl_tui import __version__
from hsl_tui.services.context import Context
from hsl_tui.services.import_batches import Batch
from hsl_tui.services.import_sources import STANDARD_INPUT, Source, open_source
from hsl_tui.services.import_ways import (
    AllOrNothing,
    BatchByBatch,
    ForTrial,
    Trial,
    Way,
    for_trial,
)
from hsl_tui.services.recipient_files import FileFormat, Reading, RecipientFile
from hsl_tui.services.recipient_rows import Renaming
from hsl_tui.services.recipients import check_tag
from hsl_tui.services.rejects import Reject, Rejects

__all__ = [
    "BATCH",
    "STANDARD_INPUT",
    "FileFormat",
    "ImportReport",
    "OnProgress",
    "Progress",
    "Reject",
    "check_labels",
    "import_file",
]

BATCH: Final = 30_000
"""Recipients in one transaction: many, so that a page of an index is written for several."""


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
class ImportReport:
    """What became of the rows of a file; each is imported, updated, unchanged or rejected.

    Attributes:
        imported: rows that added a recipient.
        updated: rows that changed one.
        unchanged: rows that said what was on record already.
        rejected: rows that were skipped.
        stopped_after: the last line that counts, where the import was stopped; nothing behind it
            was taken in.
        duplicates: rows about a chat that an earlier row was about; all of them count above, too.
        resumed_after: the line after which an import that had been cut off went on.
        no_usernames: user names that were left out, since Telegram gives none such.
        header: names of the file's columns.
        repaired: of those, the ones that no text could use, and what they are here instead.
        trial: what would be new, where it was a trial only.
        held_back: nothing was taken in, since not all could be.
    """

    imported: int
    updated: int
    unchanged: int
    rejected: Sequence[Reject]
    stopped_after: int | None = None
    duplicates: int = 0
    resumed_after: int | None = None
    no_usernames: int = 0
    header: tuple[str, ...] = ()
    repaired: Mapping[str, str] = field(default_factory=dict)
    trial: Trial | None = None
    held_back: bool = False

    @property
    def accepted(self) -> int:
        """Rows that were not skipped."""
        return self.imported + self.updated + self.unchanged


def import_file(
    context: Context,
    path: Path,
    *,
    tags: Iterable[str] = (),
    renamed: Mapping[str, str] | None = None,
    file_format: FileFormat | None = None,
    atomic: bool = False,
    dry_run: bool = False,
    on_progress: OnProgress | None = None,
    stopped: Callable[[], bool] | None = None,
) -> ImportReport:
    """Add the recipients of a file, or update those that are there; see :class:`ImportReport`.

    Columns: ``chat_id`` (or ``user_id``), ``username``, ``first_name``, ``last_name``,
    ``language_code``, ``tags`` (separated by ``;``); ``state`` is ignored, any other is an
    attribute. An empty cell says nothing. Of rows with the same chat id the last has the last word.
    A recipient's state stays as it is. Bad rows are skipped.

    An import that was cut off has taken in whole batches. When the same is begun again before any
    other, it goes on behind them, and its report counts the whole.

    Args:
        path: ``-`` for standard input.
        tags: labels for every recipient of the file.
        renamed: what columns of the file are here; nothing: they are left out.
        file_format: None: as its contents tell.
        atomic: take all in with one transaction, or nothing where one row is bad. On SQLite other
            writers wait for that transaction.
        dry_run: only tell what would become of the rows; the database is read and not changed.
        on_progress: told now and then, in this thread.
        stopped: asked now and then whether to leave it at what was taken in so far.

    Raises:
        InvalidInputError: the file cannot be read, or is none of recipients; nothing was changed.
        RefusedError: somebody else is taking in the same at this moment.
        HslTuiError: the file was changed or lost while it was read.
    """
    reading = Reading(file_format, Renaming(renamed), check_labels(tags))
    with (
        open_source(path) as source,
        _way(context, source, reading, atomic=atomic, dry_run=dry_run) as way,
    ):
        file = RecipientFile(source, reading)
        course = _Course(way, source, file, atomic=atomic)
        course.run(on_progress or (lambda _: None), stopped or (lambda: False))
        return course.report()


def check_labels(written: Iterable[str]) -> frozenset[str]:
    """Tags for all recipients of a file.

    Raises:
        InvalidInputError: one cannot be a tag.
    """
    return frozenset(check_tag(tag) for tag in written)


@contextmanager
def _way(
    context: Context, source: Source, reading: Reading, *, atomic: bool, dry_run: bool
) -> Iterator[Way]:
    if dry_run:
        with for_trial(context) as trial:
            yield trial
        return
    try:
        yield (
            AllOrNothing(context, source.file_name)
            if atomic
            else BatchByBatch(context, source.file_name, _digest(source, reading))
        )
    finally:
        if context.database.is_sqlite:
            # The connections that were fitted out for large batches.
            context.database.dispose()


def _digest(source: Source, reading: Reading) -> str:
    """What tells an import from all others: its file, how it is read, and how it is cut up."""
    said = [
        __version__,
        BATCH,
        source.proof.digest,
        reading.format,
        reading.renaming.given,
        sorted(reading.labels),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@dataclass(slots=True)
class _Course:
    """A file that is being taken in."""

    way: Way
    source: Source
    file: RecipientFile
    atomic: bool
    rejects: Rejects = field(default_factory=Rejects)
    batch: Batch = field(default_factory=Batch)
    rows: int = 0
    no_usernames: int = 0
    done_line: int = 0
    """The last line of the batches that are done."""
    done_rejects: int = 0
    stopped: bool = False

    def run(self, on_progress: OnProgress, stopped: Callable[[], bool]) -> None:
        for parsed in self.file.stretches():
            for one in parsed.rejects:
                self.rejects.append(one)
            self.rows += parsed.rows
            on_progress(self._progress(self.source.position))
            if stopped():
                self.stopped = True
                return
            self.no_usernames += parsed.no_usernames
            self.batch.add(parsed)
            if len(self.batch.entries) >= BATCH and not self.held_back:
                self.way.put(self.batch)
                self.done_line, self.done_rejects = self.batch.last_line, len(self.rejects)
                self.batch = Batch()
        if not self.held_back:
            self.way.finish(self.batch)
        on_progress(self._progress(self.source.size))

    @property
    def held_back(self) -> bool:
        """Whether nothing is taken in, since not all can be."""
        return self.atomic and len(self.rejects) > 0 and not isinstance(self.way, ForTrial)

    def report(self) -> ImportReport:
        counts = self.way.counts
        if self.stopped and not self.atomic:
            self.rejects.shorten(self.done_rejects)
        return ImportReport(
            counts.imported,
            counts.updated,
            counts.unchanged,
            self.rejects,
            self.done_line if self.stopped else None,
            counts.duplicates,
            self.way.resumed_after if isinstance(self.way, BatchByBatch) else None,
            self.no_usernames,
            self.file.header,
            self.file.repaired,
            self.way.outcome() if isinstance(self.way, ForTrial) else None,
            self.held_back,
        )

    def _progress(self, position: int) -> Progress:
        return Progress(
            self.rows, self.way.counts.accepted, len(self.rejects), position, self.source.size
        )
