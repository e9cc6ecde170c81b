"""New drafts from broadcasts that were sent before."""

from __future__ import annotations

from hsl_tui.errors import RefusedError
from hsl_tui.models.enums import Act, BroadcastState
from hsl_tui.models.views import BroadcastView
from hsl_tui.services.broadcasts import found
from hsl_tui.services.context import Context
from hsl_tui.store import broadcasts, followups


def duplicate(context: Context, broadcast_id: int) -> BroadcastView:
    """Make a draft that says what a broadcast's messages say by now, to the same selectors.

    Who they pick is decided anew when the draft is queued.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: it is the edit or the recall of another.
    """
    with context.database.write() as session:
        original = found(session, broadcast_id)
        if original.act is not Act.SEND:
            msg = (
                f"Broadcast {broadcast_id} sends nothing itself: it is the {original.act} of"
                f" broadcast {original.target_id}, and that is what can be duplicated."
            )
            raise RefusedError(msg)
        text = followups.last_edit(session, broadcast_id) or original.content.text
        number = broadcasts.insert(
            session,
            content=original.content.model_copy(update={"text": text}),
            audience=original.audience,
            state=BroadcastState.DRAFT,
            on_uncertain=original.on_uncertain,
            priority=original.priority,
            scheduled_at=None,
            idempotency_key=None,
            created_by=context.actor,
            created_at=context.clock.now(),
        )
        if number is None:  # pragma: no cover - only a key can be taken, and there is none
            raise LookupError(broadcast_id)
        context.record(session, "broadcast.duplicated", number, **{"from": broadcast_id})
        return found(session, number)
