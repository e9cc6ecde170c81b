"""Pruning: the deliveries of broadcasts that ended long ago go, their totals stay."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hsl_tui.errors import InvalidInputError
from hsl_tui.models.enums import DeliveryStatus
from hsl_tui.services.audience_check import OnProgress, ignore_progress
from hsl_tui.services.context import Context
from hsl_tui.store import broadcasts, pruning

BATCH: Final = 5000
"""Deliveries that one transaction removes: others wait no longer than for that."""

_AGE: Final = re.compile(r"([0-9]{1,6}) ?(d|days?|w|weeks?|y|years?)", re.IGNORECASE)
_DAYS: Final = {"d": 1, "w": 7, "y": 365}
_LONGEST_PAUSE: Final = 0.5
"""Seconds between batches, for others; as long as a batch takes, and no longer than this."""


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was removed, or would be.

    Attributes:
        broadcasts: how many lost their deliveries.
        deliveries: how many those were.
        reasons: how many reasons nobody refers to any more.
    """

    broadcasts: int
    deliveries: int
    reasons: int = 0


def read_age(written: str) -> timedelta:
    """Read how old something is to be: ``180d``, ``12w``, ``1y`` (of 365 days).

    Raises:
        InvalidInputError: it is no such age, or less than a day.
    """
    found = _AGE.fullmatch(written.strip())
    if found is None:
        msg = f"{written!r} is not an age; write it like 180d, 12w or 1y."
        raise InvalidInputError(msg)
    days = int(found[1]) * _DAYS[found[2][0].lower()]
    if not days:
        raise InvalidInputError("Nothing younger than a day is pruned; write an age like 180d.")
    return timedelta(days=days)


def plan(context: Context, older_than: timedelta) -> Pruned:
    """Count what :func:`prune` would remove now.

    Raises:
        InvalidInputError: so long ago there was no calendar.
    """
    before = _moment(context, older_than)
    with context.database.read() as session:
        return Pruned(*pruning.count(session, before=before))


def prune(
    context: Context, older_than: timedelta, *, on_progress: OnProgress = ignore_progress
) -> Pruned:
    """Remove the deliveries of broadcasts that ended longer ago than this.

    Their counts stay, and so does what the audit log says of them; what is asked of their
    deliveries is refused from then on. It goes on in steps that others hardly notice, and what was
    cut off is gone on with by the next call.

    Args:
        on_progress: told how many are removed, of how many.

    Raises:
        InvalidInputError: so long ago there was no calendar.
    """
    before = _moment(context, older_than)
    with context.database.read() as session:
        _, total = pruning.count(session, before=before)
        wanted = pruning.prunable(session, before=before)
        left_over = pruning.begun(session)
    marked = removed = 0
    for broadcast_id in left_over:
        removed += _remove(context, broadcast_id, removed, total, on_progress)
    for broadcast_id in wanted:
        if _mark(context, broadcast_id, before):
            marked += 1
            removed += _remove(context, broadcast_id, removed, total, on_progress)
    return Pruned(marked + len(left_over), removed, _remove_reasons(context))


def _moment(context: Context, older_than: timedelta) -> datetime:
    try:
        return context.clock.now() - older_than
    except OverflowError:
        raise InvalidInputError("So long ago there was no calendar.") from None


def _mark(context: Context, broadcast_id: int, before: datetime) -> bool:
    """Have a broadcast's deliveries count as removed, unless it goes on by now."""
    now = context.clock.now()
    with context.database.write() as session:
        broadcast = broadcasts.lock(session, [broadcast_id])[broadcast_id]
        if not pruning.prunable(session, before=before, of=broadcast_id):
            return False
        pruning.mark(session, broadcast_id, now=now)
        counts = {status.value: number for status, number in broadcast.counts.items() if number}
        context.record(
            session,
            "broadcast.pruned",
            broadcast_id,
            deliveries=broadcast.total_recipients,
            **counts,
        )
        return True


def _remove(
    context: Context, broadcast_id: int, before: int, total: int, on_progress: OnProgress
) -> int:
    removed = 0
    while True:
        began = time.monotonic()
        with context.database.write() as session:
            broadcast = broadcasts.lock(session, [broadcast_id])[broadcast_id]
            if broadcast.counts[DeliveryStatus.PENDING] or broadcast.counts[DeliveryStatus.SENDING]:
                # An answer that came after days put it back: it is sent first.
                return removed
            number = pruning.remove(session, broadcast_id, limit=BATCH)
        if not number:
            return removed
        removed += number
        on_progress(before + removed, max(total, before + removed))
        # SQLite lets the next writer in by chance: whoever comes again at once keeps others out.
        time.sleep(min(time.monotonic() - began, _LONGEST_PAUSE))


def _remove_reasons(context: Context) -> int:
    with context.database.read() as session:
        unused = pruning.unused_reasons(session)
    removed = 0
    for reason_id in unused:
        with context.database.write() as session:
            removed += pruning.remove_reason(session, reason_id)
    return removed
