"""The audit log, read back and verified."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from hsl_tui.errors import HslTuiError
from hsl_tui.models.views import AuditView
from hsl_tui.services.context import Context
from hsl_tui.store import audit

_BATCH: Final = 500


class AuditBrokenError(HslTuiError):
    """The audit log was changed by something other than this program."""


def latest(
    context: Context,
    *,
    limit: int,
    before: int | None = None,
    action: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    broadcast_id: int | None = None,
) -> Sequence[AuditView]:
    """Entries that match all that is given, newest first.

    Args:
        before: only entries with a smaller number, to go on from an earlier window.
        action: the whole word, or its beginning followed by ``*``.
    """
    with context.database.read() as session:
        return audit.latest(
            session,
            limit=limit,
            before=before,
            action=action,
            actor=actor,
            since=since,
            broadcast_id=broadcast_id,
        )


def every(
    context: Context,
    *,
    action: str | None = None,
    actor: str | None = None,
    since: datetime | None = None,
) -> Iterator[AuditView]:
    """All entries that match, newest first, a batch in memory at a time."""
    before = None
    while batch := latest(
        context, limit=_BATCH, before=before, action=action, actor=actor, since=since
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
            msg = (
                f"The audit log is broken at entry {broken.id}: {broken.reason}."
                " Compare it with a backup to see what was changed."
            )
            raise AuditBrokenError(msg)
        return fitting
