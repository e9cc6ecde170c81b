"""Which deliveries of a broadcast are meant: what a list is narrowed to, what is marked in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from hsl_tui.models.enums import DeliveryStatus, ErrorKind
from hsl_tui.models.types import EPOCH
from hsl_tui.models.views import DeliveryView


class Cause(NamedTuple):
    """What several deliveries failed for alike."""

    kind: ErrorKind
    description: str | None = None
    """None for whatever is said of it."""

    def __str__(self) -> str:
        return self.kind if self.description is None else f"{self.kind}: {self.description}"


@dataclass(frozen=True, slots=True)
class DeliveryCriteria:
    """What holds of each delivery that is meant; nothing said is all of them.

    Attributes:
        cause: why they failed or are uncertain.
        search: how the recipient's name, user name or chat id begins.
        chat_ids: of those that were marked one by one.
    """

    status: DeliveryStatus | None = None
    cause: Cause | None = None
    search: str = ""
    chat_ids: frozenset[int] | None = None

    def written(self) -> dict[str, object]:
        """What is asked for beside the status, for the audit log."""
        said: dict[str, object] = {}
        if self.cause is not None:
            said["reason"] = str(self.cause)
        if self.search:
            said["search"] = self.search
        if self.chat_ids is not None:
            said["chats"] = sorted(self.chat_ids)
        return said


EVERY: Final = DeliveryCriteria()


def to_chats(chat_ids: Iterable[int]) -> DeliveryCriteria:
    """Those to certain chats."""
    return DeliveryCriteria(chat_ids=frozenset(chat_ids))


class DeliveryPlace(NamedTuple):
    """Where a delivery stands in its list.

    The list of those that wait is in the order in which they will be sent; every other is in the
    order of ``seq`` alone.
    """

    not_before: datetime
    seq: int


def place_of(delivery: DeliveryView) -> DeliveryPlace:
    """Where a delivery stands."""
    return DeliveryPlace(delivery.not_before or EPOCH, delivery.seq)


def place_behind(seq: int) -> DeliveryPlace:
    """The place of the delivery with this number, as long as it has not been put off."""
    return DeliveryPlace(EPOCH, seq)
