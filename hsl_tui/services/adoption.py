"""One run over another program's database: what it works with, and what it came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final, TypeVar

from hsl_tui.services.context import Context
from hsl_tui.store.dashboard import Snapshot
from hsl_tui.store.database import Session

OnProgress = Callable[[int, int], None]
"""Told how many rows are done, and how many there are."""

MOST_TOLD: Final = 100
_ItemT = TypeVar("_ItemT")


@dataclass(slots=True)
class Tally:
    """How many are new here, changed, or were here already."""

    imported: int = 0
    updated: int = 0
    unchanged: int = 0

    def add(self, imported: int, updated: int, unchanged: int) -> None:
        """Count some more."""
        self.imported += imported
        self.updated += updated
        self.unchanged += unchanged

    def as_dict(self) -> dict[str, int]:
        """The three numbers by their names."""
        return {
            "imported": self.imported,
            "updated": self.updated,
            "unchanged": self.unchanged,
        }


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left out, and why."""

    what: str
    reason: str


@dataclass(slots=True)
class Adoption:
    """What a run came to.

    Attributes:
        source: the other database, as it may be shown.
        drafts: how many of the new broadcasts are drafts, since they are still to come there.
        forgotten: how many people were left out because they were forgotten here.
        skipped: the first hundred of what was left out.
        left_out: how many were left out in all.
        notes: what else there is to know, in sentences.
    """

    source: str
    dry_run: bool
    recipients: Tally = field(default_factory=Tally)
    broadcasts: Tally = field(default_factory=Tally)
    deliveries: Tally = field(default_factory=Tally)
    drafts: int = 0
    forgotten: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    left_out: int = 0
    notes: list[str] = field(default_factory=list)

    def skip(self, what: str, reason: str) -> None:
        """Leave something out."""
        self.left_out += 1
        if len(self.skipped) < MOST_TOLD:
            self.skipped.append(Skipped(what, reason))

    def note(self, sentence: str, *, when: object = True) -> None:
        """Tell something, unless there is nothing of the kind."""
        if when:
            self.notes.append(sentence)

    def counts(self) -> dict[str, Any]:
        """All numbers."""
        return {
            "recipients": self.recipients.as_dict(),
            "broadcasts": self.broadcasts.as_dict() | {"drafts": self.drafts},
            "deliveries": self.deliveries.as_dict(),
            "forgotten": self.forgotten,
            "left_out": self.left_out,
        }


class Run:
    """A run on its way.

    Args:
        total: how many rows there are to read.
    """

    def __init__(
        self,
        context: Context,
        snapshot: Snapshot,
        report: Adoption,
        *,
        total: int,
        on_progress: OnProgress,
    ) -> None:
        self.context = context
        self.snapshot = snapshot
        self.report = report
        self._total = total
        self._done = 0
        self._on_progress = on_progress

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction on our own database, which a dry run takes back."""
        with self.context.database.write() as session:
            yield session
            if self.report.dry_run:
                session.rollback()

    def batches(self, rows: Iterable[_ItemT], size: int) -> Iterator[list[_ItemT]]:
        """The rows, so many at a time; each batch counts as done when the next is asked for."""
        remaining = iter(rows)
        while batch := list(islice(remaining, size)):
            yield batch
            self._done = min(self._done + len(batch), self._total)
            self._on_progress(self._done, self._total)
