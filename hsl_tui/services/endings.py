"""The end of a broadcast, as the audit log has it, whoever brings it about."""

from __future__ import annotations

from datetime import datetime

from hsl_tui.models.views import BroadcastView
from hsl_tui.store import audit
from hsl_tui.store.database import Session


def note_finish(session: Session, broadcast: BroadcastView, *, actor: str, now: datetime) -> None:
    """Enter a broadcast's end into the audit log, with what became of its recipients."""
    shown = {status.value: count for status, count in broadcast.counts.items() if count}
    audit.append(
        session,
        at=now,
        actor=actor,
        action="broadcast.finished",
        broadcast_id=broadcast.id,
        details={"recipients": broadcast.total_recipients, **shown},
    )
