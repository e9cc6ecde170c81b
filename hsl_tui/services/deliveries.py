"""The deliveries of one broadcast, read back one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from hsl_tui.errors import NotFoundError
from hsl_tui.models.delivery_criteria import EVERY, DeliveryCriteria, DeliveryPlace, place_of
from hsl_tui.models.enums import RecipientState
from hsl_tui.models.forgotten import WHY
from hsl_tui.models.selector import Selector, SelectorKind
from hsl_tui.models.views import DeliveryView, RecipientView
from hsl_tui.services.broadcasts import found, require_deliveries
from hsl_tui.services.context import Context
from hsl_tui.store import deliveries, recipients

_BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class DeliveryCard:
    """All that is on record of a delivery, and of whom it is to."""

    delivery: DeliveryView
    recipient: RecipientView
    claims: int
    """How often a worker has taken it, also for calls that do not count as attempts."""
    worker: str | None
    """The one that had it last, as host and process."""
    album: Sequence[int]
    """Numbers of the messages of an album beyond its first."""


def window(
    context: Context,
    broadcast_id: int,
    criteria: DeliveryCriteria = EVERY,
    *,
    limit: int = 100,
    after: DeliveryPlace | None = None,
) -> Sequence[DeliveryView]:
    """Deliveries of one broadcast in their order, behind a place or the first ones.

    Raises:
        NotFoundError: there is no such broadcast.
    """
    with context.database.read() as session:
        found(session, broadcast_id)
        return deliveries.window(session, broadcast_id, criteria, limit=limit, beyond=after)


def window_before(
    context: Context,
    broadcast_id: int,
    criteria: DeliveryCriteria = EVERY,
    *,
    limit: int = 100,
    before: DeliveryPlace | None = None,
) -> Sequence[DeliveryView]:
    """Like :func:`window`, but those before a place, or the last ones; in the same order."""
    with context.database.read() as session:
        found(session, broadcast_id)
        return deliveries.window(
            session, broadcast_id, criteria, limit=limit, beyond=before, backwards=True
        )


def every(
    context: Context, broadcast_id: int, criteria: DeliveryCriteria = EVERY
) -> Iterator[DeliveryView]:
    """All deliveries of one broadcast that are meant, in their order, a batch in memory at a time.

    Raises:
        NotFoundError: there is no such broadcast.
        RefusedError: its deliveries were removed.
    """
    with context.database.read() as session:
        require_deliveries(found(session, broadcast_id))
    after = None
    while batch := window(context, broadcast_id, criteria, after=after, limit=_BATCH):
        yield from batch
        after = place_of(batch[-1])


def card(context: Context, broadcast_id: int, seq: int) -> DeliveryCard:
    """All that is known of one delivery.

    Raises:
        NotFoundError: there is no such delivery.
    """
    with context.database.read() as session:
        delivery = deliveries.get(session, broadcast_id, seq)
        if delivery is None:
            raise NotFoundError(f"Broadcast {broadcast_id} has no delivery {seq}.")
        to = Selector.of(SelectorKind.CHAT, delivery.chat_id)
        there = recipients.window(session, limit=1, selectors=[to])
        recipient = there[0] if there else _nobody(delivery)
        claims, worker = deliveries.claims(session, broadcast_id, seq)
        album = deliveries.album(session, broadcast_id, seq)
        return DeliveryCard(delivery, recipient, claims, worker, album)


def _nobody(delivery: DeliveryView) -> RecipientView:
    """What is left of who was forgotten."""
    return RecipientView(
        id=0,
        chat_id=delivery.chat_id,
        username=None,
        first_name=None,
        last_name=None,
        language_code=None,
        state=RecipientState.INVALID,
        state_reason=WHY,
        state_changed_at=None,
        tags=(),
        attributes={},
    )
