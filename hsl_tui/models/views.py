"""Frozen snapshots of rows: what the store hands up, and all that screens and commands see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import (
    Act,
    BroadcastState,
    DeliveryStatus,
    ErrorKind,
    Priority,
    RecipientState,
    UncertainPolicy,
)

STANDARD_VARIABLES: Final = ("first_name", "last_name", "username", "language_code")
"""What a text can name of every recipient; empty where Telegram or the import gave none."""

Counts = dict[DeliveryStatus, int]
"""One number for each status, zeros included."""


@dataclass(frozen=True, slots=True)
class Person:
    """What of a recipient a message can be personalised with."""

    chat_id: int
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    language_code: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RecipientView:
    """A recipient with its tags."""

    id: int
    chat_id: int
    username: str | None
    first_name: str | None
    last_name: str | None
    language_code: str | None
    state: RecipientState
    state_reason: str | None
    state_changed_at: datetime | None
    tags: tuple[str, ...]
    attributes: dict[str, str]

    @property
    def person(self) -> Person:
        """What a message to this recipient can be personalised with."""
        return Person(
            chat_id=self.chat_id,
            username=self.username,
            first_name=self.first_name,
            last_name=self.last_name,
            language_code=self.language_code,
            attributes=self.attributes,
        )


@dataclass(frozen=True, slots=True)
class BroadcastView:
    """A broadcast with its counts, all read at one instant."""

    id: int
    content: MessageContent
    """Its ``text`` is the template as it was written."""
    audience: tuple[str, ...]
    state: BroadcastState
    state_reason: str | None
    on_uncertain: UncertainPolicy
    priority: Priority
    act: Act
    target_id: int | None
    """The broadcast whose messages are edited or recalled."""
    created_by: str
    created_at: datetime
    scheduled_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    total_recipients: int
    counts: Counts
    pruned_at: datetime | None = None
    """When its deliveries were removed; the counts stay."""

    @property
    def successful_deliveries(self) -> int:
        """Messages that are in their chats now, or were until they were recalled."""
        return self.counts[DeliveryStatus.SENT] + self.counts[DeliveryStatus.DELETED]

    @property
    def settled(self) -> int:
        """Deliveries that no worker will touch again on its own."""
        return (
            self.total_recipients
            - self.counts[DeliveryStatus.PENDING]
            - self.counts[DeliveryStatus.SENDING]
        )


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A broadcast that edits or recalls the messages of another."""

    id: int
    act: Act
    state: BroadcastState


@dataclass(frozen=True, slots=True)
class Findable:
    """What a broadcast has sent, by whether it can be found again to be edited or recalled.

    Attributes:
        found: messages whose chat and number are known.
        unnumbered: messages whose numbers were never learnt.
        forgotten: messages to people who were forgotten, whose chats are not known any more.
    """

    found: int
    unnumbered: int
    forgotten: int

    @property
    def sent(self) -> int:
        """All of them."""
        return self.found + self.unnumbered + self.forgotten


@dataclass(frozen=True, slots=True)
class Retriable:
    """What a retry would do to failed deliveries.

    Attributes:
        failed: how many are meant.
        can_pass: of these, how many failed for a reason that can pass.
        again: of these, how many would be sent again: those whose recipient is active.
    """

    failed: int
    can_pass: int
    again: int


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """One delivery with whom it is for and what became of it."""

    broadcast_id: int
    seq: int
    chat_id: int
    username: str | None
    first_name: str | None
    last_name: str | None
    status: DeliveryStatus
    attempts: int
    telegram_message_id: int | None
    error_kind: ErrorKind | None
    error_code: int | None
    """The Bot API's error_code; None where no answer was involved."""
    error: str | None
    sent_at: datetime | None
    not_before: datetime | None
    """When a delivery that waits after a failed attempt is tried again."""


@dataclass(frozen=True, slots=True)
class Received:
    """What one broadcast meant for a recipient, and what became of that."""

    delivery: DeliveryView
    act: Act
    target_id: int | None
    """The broadcast whose message is edited or recalled."""
    content: MessageContent
    begun_at: datetime
    """When the broadcast began, or was made where it has not."""


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A message under a name."""

    name: str
    content: MessageContent
    changed_by: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class AuditView:
    """One entry of the audit log."""

    id: int
    at: datetime
    actor: str
    action: str
    broadcast_id: int | None
    details: dict[str, object]
    redacted_by: int | None = None
    """The later entry on whose account a person was taken out of the details."""


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker as its last heartbeat left it."""

    id: int
    host: str
    pid: int
    process_started: str
    bot_id: int
    started_at: datetime
    beat_at: datetime
    alive: bool


@dataclass(frozen=True, slots=True)
class Original:
    """What an earlier broadcast sent to a recipient: what an edit or a recall is about."""

    message_ids: tuple[int, ...]
    """Several of an album; none where Telegram accepted it without a number."""
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this worker has committed as ``sending`` and must now call Telegram for."""

    broadcast_id: int
    seq: int
    token: int
    attempts: int
    """Counted attempts before this one."""
    recipient_id: int
    recipient_state: RecipientState
    person: Person
    original: Original | None = None
    """Set in an edit or a recall."""
