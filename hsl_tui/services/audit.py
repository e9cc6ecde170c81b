"""The audit log, read back and verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from hsl_tui.errors import HslTuiError
from hsl_tui.models.views import AuditView
from hsl_tui.services.context import Context
from hsl_tui.store import audit

_BATCH: Final = 500
_AT_ONCE: Final = 10_000
"""Entries that are verified before the next look at the database."""


class AuditBrokenError(HslTuiError):
    """The audit log was changed by something other than this program."""


@dataclass(frozen=True, slots=True)
class ChainState:
    """How far the chain of hashes was recomputed.

    Attributes:
        link: the last entry that fits, to go on from.
        broken: what is wrong with the first that does not, in a sentence.
        broken_at: its number.
        whole: all fit, and the log ends there.
    """

    link: audit.Link = audit.START
    broken: str | None = None
    broken_at: int | None = None
    whole: bool = False


def latest(
    context: Context,
    *,
    limit: int,
    before: int | None = None,
    after: int | None = None,
    action: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    broadcast_id: int | None = None,
) -> Sequence[AuditView]:
    """Entries that match all that is given, newest first.

    Args:
        before: only entries with a smaller number, to go on from an earlier window.
        after: the oldest ones with a greater number instead: those before an earlier window.
        action: the whole word, or its beginning followed by ``*``; so ``actor``.
        until: not at this moment any more.
    """
    with context.database.read() as session:
        return audit.latest(
            session,
            limit=limit,
            before=before,
            after=after,
            action=action,
            actor=actor,
            since=since,
            until=until,
            broadcast_id=broadcast_id,
        )


def every(
    context: Context,
    *,
    action: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    broadcast_id: int | None = None,
) -> Iterator[AuditView]:
    """All entries that match, newest first, a batch in memory at a time."""
    before = None
    while batch := latest(
        context,
        limit=_BATCH,
        before=before,
        action=action,
        actor=actor,
        since=since,
        until=until,
        broadcast_id=broadcast_id,
    ):
        yield from batch
        before = batch[-1].id


def verify(context: Context) -> int:
    """Recompute the chain of hashes, and return how many entries there are.

    Raises:
        AuditBrokenError: an entry was changed, moved or removed; it names the first.
    """
    with context.database.read() as session:
        fitting, broken = audit.verify(session)
        if broken is not None:
            raise AuditBrokenError(_explain(broken))
        return fitting


def count_redacted(context: Context) -> int:
    """How many entries a person was taken out of: what they said before cannot be verified."""
    with context.database.read() as session:
        return audit.redacted(session)


def verify_further(context: Context, known: ChainState) -> ChainState:
    """Recompute some more of the chain, so that a long one can be gone through bit by bit.

    Only a start from ``ChainState()`` finds what was changed before the entry that is known to fit.
    """
    with context.database.read() as session:
        found = audit.verify_further(session, known.link, limit=_AT_ONCE)
    if found.broken is None:
        return ChainState(found.link, whole=found.whole)
    return ChainState(found.link, _explain(found.broken), found.broken.id)


def _explain(broken: audit.BrokenEntry) -> str:
    return (
        f"The audit log is broken at entry {broken.id}: {broken.reason}."
        " Compare it with a backup to see what was changed."
    )
