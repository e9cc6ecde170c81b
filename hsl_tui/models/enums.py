"""The states of things, by the words of the public interface."""

from __future__ import annotations

from enum import StrEnum


class BroadcastState(StrEnum):
    """Where a broadcast stands."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    """Waits for the first sweep at or after its time."""
    SENDING = "sending"
    PAUSED = "paused"
    FINISHED = "finished"
    """No delivery is pending or sending."""
    CANCELLED = "cancelled"


class DeliveryStatus(StrEnum):
    """What became of one recipient of one broadcast."""

    PENDING = "pending"
    SENDING = "sending"
    """A worker has claimed it; its call may be on the way."""
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """The answer was never learnt: it may have been delivered."""
    CANCELLED = "cancelled"
    DELETED = "deleted"


class RecipientState(StrEnum):
    """Whether the bot may write to a recipient; only ``active`` ones are written to."""

    ACTIVE = "active"
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    UNSUBSCRIBED = "unsubscribed"
    INVALID = "invalid"


class UncertainPolicy(StrEnum):
    """What to do with a delivery whose answer was never learnt."""

    HOLD = "hold"
    """Never send it again on its own: no duplicates."""
    RESEND = "resend"
    """Send it again: no losses."""


class Priority(StrEnum):
    """Which broadcasts the workers send first."""

    NORMAL = "normal"
    URGENT = "urgent"
    """While it has deliveries to send, all send slots are for such ones."""


class Act(StrEnum):
    """What is done for each recipient of a broadcast."""

    SEND = "send"
    EDIT = "edit"
    """The text of a message that another broadcast sent is changed."""
    RECALL = "recall"
    """It is deleted from the chat."""


class MediaKind(StrEnum):
    """The Bot API's kinds of media that a broadcast can carry."""

    PHOTO = "photo"
    VIDEO = "video"
    ANIMATION = "animation"
    AUDIO = "audio"
    DOCUMENT = "document"


class ButtonStyle(StrEnum):
    """The Bot API's colours of a button; without one it looks as buttons always did."""

    DANGER = "danger"
    SUCCESS = "success"
    PRIMARY = "primary"


class PreviewSize(StrEnum):
    """How large the picture of a link preview is; without one Telegram chooses."""

    SMALL = "small"
    LARGE = "large"


class ErrorKind(StrEnum):
    """Why a delivery did not (or may not) arrive, as a word to filter and count by."""

    # the recipient cannot be written to
    BLOCKED = "blocked"
    DEACTIVATED = "deactivated"
    NEVER_STARTED = "never_started"
    IS_A_BOT = "is_a_bot"
    CHAT_LOST = "chat_lost"
    CHAT_NOT_FOUND = "chat_not_found"
    # this chat refuses this message
    NO_RIGHTS = "no_rights"
    TOPIC_GONE = "topic_gone"
    # the message itself is refused: it would be for everyone
    CONTENT = "content"
    MEDIA = "media"
    # what an edit or a recall is about
    MESSAGE_GONE = "message_gone"
    NOT_DELETABLE = "not_deletable"
    # the bot is refused
    TOKEN = "token"  # noqa: S105 - the word for a refused token, not one
    # not delivered for certain, may pass
    RATE_LIMITED = "rate_limited"
    MIGRATED = "migrated"
    NOT_CONNECTED = "not_connected"
    # the answer was never learnt
    NO_ANSWER = "no_answer"
    UNREADABLE = "unreadable"
    SERVER_ERROR = "server_error"
    WORKER_LOST = "worker_lost"
    # before any call
    RENDERING = "rendering"
    RECIPIENT_INACTIVE = "recipient_inactive"
    # what no rule knows
    OTHER = "other"

    @property
    def can_pass(self) -> bool:
        """Whether sending again may succeed without anyone changing the broadcast."""
        return self in _CAN_PASS


_CAN_PASS = frozenset(
    {
        ErrorKind.NO_RIGHTS,
        ErrorKind.MEDIA,
        ErrorKind.RATE_LIMITED,
        ErrorKind.MIGRATED,
        ErrorKind.NOT_CONNECTED,
        ErrorKind.NO_ANSWER,
        ErrorKind.UNREADABLE,
        ErrorKind.SERVER_ERROR,
        ErrorKind.OTHER,
    }
)
