"""How far imports came: written with each batch, read by one that is begun again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from hsl_tui.models.import_tables import ImportRun
from hsl_tui.store import rows


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the rows of a file that were not skipped.

    Attributes:
        imported: rows that added a recipient.
        updated: rows that changed one.
        unchanged: rows that said what was on record already.
        duplicates: of these all, rows about a chat that an earlier row was about.
    """

    imported: int = 0
    updated: int = 0
    unchanged: int = 0
    duplicates: int = 0

    @property
    def accepted(self) -> int:
        """All of these rows."""
        return self.imported + self.updated + self.unchanged

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.imported + other.imported,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.duplicates + other.duplicates,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """An import, and how far it came."""

    id: int
    last_line: int
    counts: Counts


def unfinished(session: Session, digest: str) -> Standing | None:
    """The last import, if it is one of the same and did not come to its end.

    After any other, what stands in the file may have been changed by that since.
    """
    query = select(ImportRun).order_by(col(ImportRun.id).desc()).limit(1)
    found = session.exec(query).first()
    if found is None or found.id is None or found.digest != digest or found.finished_at is not None:
        return None
    counts = Counts(found.imported, found.updated, found.unchanged, found.duplicates)
    return Standing(found.id, found.last_line, counts)


def begin(session: Session, digest: str, *, now: datetime) -> Standing | None:
    """Enter an import that has taken nothing in yet; None where the same is under way already."""
    # On PostgreSQL, two that begin at once would not see each other.
    rows.hold_intake(session)
    if unfinished(session, digest) is not None:
        return None
    run = ImportRun(
        digest=digest, last_line=0, imported=0, updated=0, unchanged=0, duplicates=0, began_at=now
    )
    return Standing(rows.add(session, run), 0, Counts())


def move(
    session: Session, before: Standing, after: Standing, *, finished_at: datetime | None
) -> bool:
    """Move an import on; False where somebody else has done so since."""
    counts = after.counts
    statement = (
        update(ImportRun)
        .where(
            col(ImportRun.id) == before.id,
            col(ImportRun.last_line) == before.last_line,
            col(ImportRun.finished_at).is_(None),
        )
        .values(
            last_line=after.last_line,
            imported=counts.imported,
            updated=counts.updated,
            unchanged=counts.unchanged,
            duplicates=counts.duplicates,
            finished_at=finished_at,
        )
    )
    return rows.affected(session, statement) == 1
