"""The ways to take a file in: batch by batch, all of it or nothing, or for a trial only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from hsl_tui.errors import RefusedError
from hsl_tui.failpoints import ImportPoint, reach
from hsl_tui.services.context import Context
from hsl_tui.services.import_batches import Batch, Met
from hsl_tui.services.spools import Spool
from hsl_tui.store import import_journal, intake, recipients, tags
from hsl_tui.store.database import Database, Session
from hsl_tui.store.import_journal import Counts, Standing
from hsl_tui.store.scratch import scratch


class Way(Protocol):
    """What is done with the batches of a file, in their order."""

    counts: Counts
    """What became of their rows so far."""

    def put(self, batch: Batch) -> None:
        """Do it with the next one."""

    def finish(self, batch: Batch) -> None:
        """Do it with the last one, which may be empty."""


class BatchByBatch:
    """Takes each in with a transaction of its own, which is what stays of an import cut off.

    The journal moves in the same transactions, so that the same import, begun again, goes on.

    Args:
        digest: tells what is taken in, and how, from anything else.
    """

    def __init__(self, context: Context, file_name: str, digest: str) -> None:
        self._context = context
        self._file_name = file_name
        self._digest = digest
        self._met = Met()
        with context.database.read() as session:
            self._standing = import_journal.unfinished(session, digest)
        self.counts = Counts() if self._standing is None else self._standing.counts
        self.resumed_after = None if self._standing is None else self._standing.last_line

    def put(self, batch: Batch) -> None:
        """Take it in, unless that was done before the import was cut off."""
        if self.resumed_after is not None and batch.last_line <= self.resumed_after:
            with self._context.database.read() as session:
                self._met.add(intake.known_ids(session, batch.entries))
            return
        self._take(batch, last=False)
        reach(ImportPoint.BATCH_COMMITTED)

    def finish(self, batch: Batch) -> None:
        """Take it in, and have the import be at its end."""
        # A file of which nothing was taken leaves no trace.
        if batch.entries or self._standing is not None:
            self._take(batch, last=True)

    def _take(self, batch: Batch, *, last: bool) -> None:
        now = self._context.clock.now()
        with self._context.database.write() as session:
            intake.hasten(session)
            before = self._standing or import_journal.begin(session, self._digest, now=now)
            if before is None:
                raise self._busy()
            counts = _take(session, batch, self._met, self._context)
            after = Standing(
                before.id, max(before.last_line, batch.last_line), before.counts + counts
            )
            finished = now if last else None
            if not import_journal.move(session, before, after, finished_at=finished):
                raise self._busy()
            if batch.entries or batch.rejected:
                _record(session, self._context, self._file_name, batch, counts)
        self._standing, self.counts = after, after.counts

    def _busy(self) -> RefusedError:
        return RefusedError(
            f"{self._file_name} is being taken in by somebody else at this moment; leave it to"
            " them, or begin again when they are done."
        )


class AllOrNothing:
    """Keeps all aside, and takes it in with one transaction."""

    def __init__(self, context: Context, file_name: str) -> None:
        self._context = context
        self._file_name = file_name
        self._aside = Spool()
        self._whole = Batch()
        self.counts = Counts()

    def put(self, batch: Batch) -> None:
        """Keep it aside."""
        self._aside.append(batch)
        self._whole.first_line = self._whole.first_line or batch.first_line
        self._whole.last_line = batch.last_line or self._whole.last_line
        self._whole.rejected += batch.rejected

    def finish(self, batch: Batch) -> None:
        """Take all of them in."""
        self.put(batch)
        met, counts = Met(), Counts()
        with self._context.database.write() as session:
            intake.hasten(session)
            for one in self._aside.read():
                counts += _take(session, one, met, self._context)
            # A file of which nothing was taken leaves no trace.
            if counts.accepted:
                _record(session, self._context, self._file_name, self._whole, counts)
        self.counts = counts


@dataclass(frozen=True, slots=True)
class Trial:
    """What would be there that is not.

    Attributes:
        tags: names of tags, by name.
        attributes: names of attributes, likewise.
    """

    tags: tuple[str, ...]
    attributes: tuple[str, ...]


@dataclass(slots=True)
class ForTrial:
    """Takes each into a database of its own, beside those on record whom it is about."""

    context: Context
    trial: Database
    counts: Counts = Counts()  # noqa: RUF009 - nothing changes it
    _met: Met = field(default_factory=Met)
    _tags: set[str] = field(default_factory=set)
    _attributes: set[str] = field(default_factory=set)

    def put(self, batch: Batch) -> None:
        """Take it in there."""
        with self.context.database.read() as session:
            known = intake.on_record(session, batch.entries)
        with self.trial.write() as session:
            there = intake.on_record(session, known)
            missing = {chat: one for chat, one in known.items() if chat not in there}
            intake.take_entries(session, missing, attributes=set(), now=self.context.clock.now())
            self.counts += _take(session, batch, self._met, self.context)
        self._tags.update(*{one.tags for one in batch.entries.values()})
        self._attributes |= batch.attributes

    def finish(self, batch: Batch) -> None:
        """Take it in there."""
        self.put(batch)

    def outcome(self) -> Trial:
        """What would be there that is not."""
        with self.context.database.read() as session:
            new_tags = self._tags - {name for name, _ in tags.counts(session)}
            new_attributes = self._attributes - recipients.attribute_names(session)
        return Trial(tuple(sorted(new_tags)), tuple(sorted(new_attributes)))


@contextmanager
def for_trial(context: Context) -> Iterator[ForTrial]:
    """A way that leaves no trace."""
    with scratch() as database:
        yield ForTrial(context, database)


def _take(session: Session, batch: Batch, met: Met, context: Context) -> Counts:
    landed = intake.take_entries(
        session, batch.entries, attributes=batch.attributes, now=context.clock.now()
    )
    return batch.counts(landed, met)


def _record(
    session: Session, context: Context, file_name: str, batch: Batch, counts: Counts
) -> None:
    context.record(
        session,
        "recipients.imported",
        file=file_name,
        first_line=batch.first_line,
        last_line=batch.last_line,
        imported=counts.imported,
        updated=counts.updated,
        unchanged=counts.unchanged,
        duplicates=counts.duplicates,
        rejected=batch.rejected,
    )
