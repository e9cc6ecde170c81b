"""Updates as they come from Telegram, read into frozen events.

Anyone can write to a bot, so that what is in an update is anyone's: what is not as the Bot API
documents it is left out, and never keeps the others from being read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from hsl_tui.errors import BotApiError, TelegramUnreachableError
from hsl_tui.models.intake import AnswerKind, Profile

WANTED: Final = ("message", "channel_post", "my_chat_member")
"""The kinds of updates that are asked for."""

_HIGHEST: Final = 2**63
_COMMAND: Final = re.compile(r"/(start|stop|help)(?:@(\w{1,64}))?(?:\s+(\S.*?))?\s*", re.DOTALL)
_PAYLOAD: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""https://core.telegram.org/bots/features#deep-linking"""
_LONGEST_COMMAND: Final = 200
"""Characters of a message that is looked at for a command: the longest one has fewer."""
_WAYS_OUT: Final = {
    "left": "The bot left the chat.",
    "kicked": "The bot was removed from the chat.",
    "restricted": "The bot may not write in the chat.",
    "member": "The bot may not write in the channel.",
    "administrator": "The bot may not post in the channel.",
}
_BLOCKED: Final = "The recipient blocked the bot."


class IntakeRefusedError(BotApiError):
    """Another program has the updates of this bot: a webhook, or a poll of its own."""


class RateLimitedError(TelegramUnreachableError):
    """Telegram asks to wait.

    Attributes:
        retry_after: seconds.
    """

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """Who the bot is, by its own account."""

    id: int
    username: str
    """Without the @."""
    first_name: str


@dataclass(frozen=True, slots=True)
class Command:
    """Somebody wrote one of the commands that the bot answers, to this bot.

    Attributes:
        payload: what a link added to `/start`, where it is as links may have it.
    """

    chat: Profile
    kind: AnswerKind
    payload: str | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """The bot was let into a chat or unblocked, or the contrary.

    Attributes:
        lost: why it may not write there any more; None where it may.
    """

    chat: Profile
    lost: str | None


@dataclass(frozen=True, slots=True)
class Migration:
    """A group became a supergroup, under another id."""

    chat_id: int
    to: int


Event = Command | Membership | Migration


@dataclass(frozen=True, slots=True)
class Update:
    """One update.

    Attributes:
        seen: the chats and people in it as they are called now; no bots.
        event: what it is about; None where that changes nothing.
    """

    id: int
    seen: tuple[Profile, ...] = ()
    event: Event | None = None


def read_updates(result: object, username: str) -> list[Update]:
    """Read the result of getUpdates.

    Args:
        result: as it came out of JSON.
        username: the bot's, without the @.

    Returns:
        The updates that have a number, in the order of their numbers, each number once.
    """
    found: dict[int, Update] = {}
    for written in result if isinstance(result, list) else ():
        update = _object(written)
        number = update.get("update_id")
        if _is_whole(number) and 0 <= number < _HIGHEST - 1:
            found.setdefault(number, _read(number, update, username))
    return [found[number] for number in sorted(found)]


def read_identity(result: object) -> BotIdentity | None:
    """Read the result of getMe; None where it does not say who the bot is."""
    found = _object(result)
    number, username, name = found.get("id"), found.get("username", ""), found.get("first_name")
    if not (_is_whole(number) and isinstance(username, str) and isinstance(name, str)):
        return None
    return BotIdentity(number, username, name)


def read_chat(result: object) -> Profile | None:
    """Read the result of getChat; None where it is no chat."""
    return _chat(_object(result))


def read_webhook(result: object) -> bool:
    """Read the result of getWebhookInfo: whether there is a webhook."""
    return bool(_object(result).get("url"))


def _read(number: int, update: Mapping[str, Any], username: str) -> Update:
    if "my_chat_member" in update:
        change = _object(update["my_chat_member"])
        chat = _chat(_object(change.get("chat")))
        event = None if chat is None else _membership(chat, change)
        return Update(number, _seen(change, chat), event)
    message = _object(update.get("message", update.get("channel_post")))
    chat = _chat(_object(message.get("chat")))
    if chat is None:
        return Update(number)
    about = _migration(chat, message) or _command(chat, message, username)
    return Update(number, _seen(message, chat), about)


def _seen(shape: Mapping[str, Any], chat: Profile | None) -> tuple[Profile, ...]:
    sender = _object(shape.get("from"))
    person = None if sender.get("is_bot") is True else _profile(sender, "first_name")
    if person is not None and not person.is_private:
        person = None
    if chat is not None and chat.is_private:
        if _is_of_a_bot(shape, chat):
            return ()
        # The sender is the chat, and tells its language too.
        return (person if person is not None and person.chat_id == chat.chat_id else chat,)
    return tuple(one for one in (chat, person) if one is not None)


def _is_of_a_bot(shape: Mapping[str, Any], chat: Profile) -> bool:
    sender = _object(shape.get("from"))
    return chat.is_private and sender.get("is_bot") is True and sender.get("id") == chat.chat_id


def _membership(chat: Profile, change: Mapping[str, Any]) -> Membership | None:
    member = _object(change.get("new_chat_member"))
    status = member.get("status")
    if _is_of_a_bot(change, chat):
        return None
    if chat.is_private:
        return Membership(chat, _BLOCKED if status == "kicked" else None)
    is_channel = _object(change.get("chat")).get("type") == "channel"
    match status:
        case "administrator":
            # In a group an administrator can write like anyone else.
            may_write = not is_channel or member.get("can_post_messages") is True
        case "member":
            may_write = not is_channel
        case "creator":
            may_write = True
        case "restricted":
            may_write = member.get("is_member") is True and member.get("can_send_messages") is True
        case "left" | "kicked":
            may_write = False
        case _:
            return None
    return Membership(chat, None if may_write else _WAYS_OUT[status])


def _migration(chat: Profile, message: Mapping[str, Any]) -> Migration | None:
    to, of = message.get("migrate_to_chat_id"), message.get("migrate_from_chat_id")
    if chat.is_private:
        return None
    if _is_chat_id(to) and to < 0:
        return Migration(chat.chat_id, to)
    if _is_chat_id(of) and of < 0:
        return Migration(of, chat.chat_id)
    return None


def _command(chat: Profile, message: Mapping[str, Any], username: str) -> Command | None:
    text = message.get("text")
    if not isinstance(text, str) or len(text) > _LONGEST_COMMAND or not text.startswith("/"):
        return None
    sender, spoken_for = _object(message.get("from")), _object(message.get("sender_chat"))
    # An administrator who writes in the name of the group appears as a bot.
    is_group_itself = not chat.is_private and spoken_for.get("id") == chat.chat_id
    if sender.get("is_bot") is True and not is_group_itself:
        return None
    read = _COMMAND.fullmatch(text)
    if read is None:
        return None
    word, addressee, payload = read.groups()
    if addressee is None and not chat.is_private:
        # In a group it may be meant for any of the bots there.
        return None
    if addressee is not None and addressee.lower() != username.lower():
        return None
    kind = AnswerKind(word)
    is_tag = kind is AnswerKind.START and payload and _PAYLOAD.fullmatch(payload)
    who = _seen(message, chat)[0]
    return Command(who, kind, payload if is_tag else None)


def _chat(shape: Mapping[str, Any]) -> Profile | None:
    kind = shape.get("type")
    if kind not in ("private", "group", "supergroup", "channel"):
        return None
    profile = _profile(shape, "first_name" if kind == "private" else "title")
    if profile is None or profile.is_private is not (kind == "private"):
        return None
    return profile


def _profile(shape: Mapping[str, Any], name: str) -> Profile | None:
    chat_id = shape.get("id")
    if not _is_chat_id(chat_id):
        return None
    last_name = _text(shape.get("last_name")) if name == "first_name" else None
    return Profile(
        chat_id,
        _text(shape.get("username")),
        _text(shape.get(name)),
        last_name,
        _text(shape.get("language_code")),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_chat_id(value: object) -> TypeGuard[int]:
    return _is_whole(value) and value != 0 and -_HIGHEST <= value < _HIGHEST


def chats_of(updates: Sequence[Update]) -> set[int]:
    """The chats that updates are about."""
    chats = {profile.chat_id for update in updates for profile in update.seen}
    for update in updates:
        match update.event:
            case Migration(chat_id, to):
                chats |= {chat_id, to}
            case Command(chat) | Membership(chat):
                chats.add(chat.chat_id)
    return chats
