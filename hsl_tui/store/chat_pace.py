"""How often one chat may be written to, whichever broadcasts and workers write: the ledger tells.

Telegram takes about one message a second to a chat and 20 a minute to a group
(https://core.telegram.org/bots/faq, "My bot is hitting limits"). A broadcast writes to each chat
once, so that only several of them, active at about the same time, can meet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlmodel import Session

from hsl_tui.models.enums import BroadcastState, DeliveryStatus
from hsl_tui.models.metadata import table
from hsl_tui.models.tables import Broadcast, Delivery, Recipient
from hsl_tui.models.types import UtcDateTime
from hsl_tui.models.views import Claim
from hsl_tui.store import recording
from hsl_tui.store.conditions import state_is, status_is

GAP: Final = timedelta(seconds=1)
"""Between two messages to the same chat."""

GROUP_WINDOW: Final = timedelta(minutes=1)
GROUP_MOST: Final = 20
"""Messages to a group within any such time."""

_BROADCASTS: Final = table(Broadcast)
_ROWS: Final = table(Delivery)
_PEOPLE: Final = table(Recipient)
_SINCE: Final = bindparam("since", type_=UtcDateTime)
_UNTIL: Final = bindparam("until", type_=UtcDateTime)
# Each part has an index of its own.
_ACTIVE: Final = sa.union_all(
    *(
        sa.select(_BROADCASTS.c.id).where(condition)
        for condition in (
            state_is(BroadcastState.SENDING),
            state_is(BroadcastState.PAUSED),
            _BROADCASTS.c.finished_at.between(_SINCE, _UNTIL),
        )
    )
)
# From each recipient outward: to find both in lists, SQLite would read the whole of each broadcast.
_WRITTEN: Final = (
    sa.select(_ROWS.c.broadcast_id, _ROWS.c.seq, _PEOPLE.c.id, _ROWS.c.sent_at)
    .outerjoin_from(
        _PEOPLE,
        _ROWS,
        sa.and_(
            _ROWS.c.recipient_id == _PEOPLE.c.id,
            _ROWS.c.broadcast_id.in_(bindparam("broadcasts", expanding=True)),
            sa.or_(status_is(DeliveryStatus.SENDING), _ROWS.c.sent_at.between(_SINCE, _UNTIL)),
        ),
    )
    .where(_PEOPLE.c.id.in_(bindparam("recipients", expanding=True)))
)


def put_off_early(session: Session, claims: Sequence[Claim], *, now: datetime) -> list[Claim]:
    """Put back the claims whose chats were written to a moment ago, until they may be again.

    Call it in the transaction that claimed.

    Returns:
        The claims whose calls may be made now.
    """
    written = _written(session, claims, now)
    kept, early = [], []
    for claim in claims:
        moments = written[claim.recipient_id]
        free_at = _free_at(moments, is_group=claim.person.chat_id < 0)
        if free_at is None or free_at <= now:
            moments.append(now)
            kept.append(claim)
        else:
            early.append(_until(claim, free_at, now))
    if early:
        recording.record(session, early, now=now)
    return kept


def _written(
    session: Session, claims: Sequence[Claim], now: datetime
) -> defaultdict[int, list[datetime]]:
    """By recipient: when other broadcasts wrote to them of late, in ascending order."""
    written: defaultdict[int, list[datetime]] = defaultdict(list)
    # What lies further ahead was noted by a clock that has been set back: nobody waits for that.
    window = {"since": now - GROUP_WINDOW, "until": now + GROUP_WINDOW}
    active = set(session.connection().execute(_ACTIVE, window).scalars())
    if not claims or len(active) <= 1:
        return written
    own = {(claim.broadcast_id, claim.seq) for claim in claims}
    recipients = sorted({claim.recipient_id for claim in claims})
    asked = {"broadcasts": sorted(active), "recipients": recipients, **window}
    for row in session.connection().execute(_WRITTEN, asked):
        if row.seq is not None and (row.broadcast_id, row.seq) not in own:
            # What is on its way may arrive at any moment from now on.
            written[row.id].append(row.sent_at or now)
    for moments in written.values():
        moments.sort()
    return written


def _free_at(moments: Sequence[datetime], *, is_group: bool) -> datetime | None:
    """When a chat with messages at these moments may be written to; None when at any time."""
    if not moments:
        return None
    free_at = moments[-1] + GAP
    if is_group and len(moments) >= GROUP_MOST:
        free_at = max(free_at, moments[-GROUP_MOST] + GROUP_WINDOW)
    return free_at


def _until(claim: Claim, free_at: datetime, now: datetime) -> recording.Result:
    return recording.Result(
        broadcast_id=claim.broadcast_id,
        seq=claim.seq,
        token=claim.token,
        status=DeliveryStatus.PENDING,
        at=now,
        counted=False,
        not_before=free_at,
    )
