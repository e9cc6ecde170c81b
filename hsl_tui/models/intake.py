"""The words of intake: who a chat is by Telegram's account, and what people are answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AnswerKind(StrEnum):
    """The commands that the bot answers; a saved template of this name is the answer."""

    START = "start"
    STOP = "stop"
    HELP = "help"


class AnswerStatus(StrEnum):
    """What became of an answer."""

    PENDING = "pending"
    SENDING = "sending"
    """A worker has claimed it; its call may be on the way."""
    SENT = "sent"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    """It may have been sent, and is not sent again."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A chat as Telegram describes it, in full: what is None, it has not.

    Attributes:
        first_name: the title, of a group or a channel.
        language_code: the exception: where it is None, Telegram says nothing of it.
    """

    chat_id: int
    username: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    language_code: str | None = None

    @property
    def is_private(self) -> bool:
        """Whether it is a person's chat with the bot."""
        return self.chat_id > 0
