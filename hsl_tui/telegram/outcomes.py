"""What a call to Telegram turned out to mean: one table of its errors, and what reads by it.

The answer is judged as it came over HTTP, not by the exceptions of a client library, which drop
the status, rewrite the description and give one name to what was never sent and what may have been.
"""

from __future__ import annotations

import json
import re
from collections.abc import Container
from dataclasses import dataclass, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from hsl_tui.models.enums import ErrorKind, MediaKind, RecipientState

DEFAULT_RETRY_AFTER = 5.0
"""Seconds to wait after a 429 that does not say how long."""
DESCRIPTION_LIMIT = 500
"""Most characters kept of a description."""
_LONGEST_RETRY_AFTER = 10**9


class Verdict(StrEnum):
    """What a call means for its delivery and for what comes after it."""

    SENT = "sent"
    """Done: sent, or edited or deleted as was asked."""
    RECIPIENT_GONE = "recipient_gone"
    """Permanent: the recipient's state changes."""
    REFUSED = "refused"
    """This delivery failed; the recipient stays."""
    CONTENT_REFUSED = "content_refused"
    """The message itself is refused: the broadcast pauses."""
    MIGRATED = "migrated"
    """The group has a new chat id; send it there."""
    RATE_LIMITED = "rate_limited"
    """Refused for now: the whole bot waits."""
    BOT_REFUSED = "bot_refused"
    """The token or the server's address is wrong: the bot stops."""
    NOT_SENT = "not_sent"
    """Never delivered for certain; trying again may help."""
    UNCERTAIN = "uncertain"
    """It may have been delivered."""


@dataclass(slots=True)
class Exchange:
    """One HTTP exchange, filled in by the transport as far as it got.

    Attributes:
        written: the request may have begun to leave; in doubt it counts as written.
        status: the HTTP status, once its line had come.
        body: the whole body of the answer; None when it did not come or was cut short.
        error: what went wrong on the way, in words without the address.
        kinds: of the media that the call sends, in order.
    """

    written: bool = False
    status: int | None = None
    body: bytes | None = None
    error: str | None = None
    kinds: tuple[MediaKind, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call.

    Attributes:
        kind: why it was not sent; None when it was.
        code: the Bot API's error_code, or the HTTP status of an answer that was no success;
            None without an answer and for a plain success.
        description: Telegram's own words as they came, or what went wrong on the way; at most
            ``DESCRIPTION_LIMIT`` characters.
        message_id: None too where Telegram accepted the message but it has no usable id.
        further_message_ids: of the messages of an album after its first.
        file_ids: of each item of media that was sent, for sending it again without an upload; None
            where Telegram made something else of it, or does not say. Empty when it was not sent.
        retry_after: seconds, with RATE_LIMITED.
        migrate_to_chat_id: the new chat id, with MIGRATED.
        recipient_state: what the recipient becomes, with RECIPIENT_GONE.
    """

    verdict: Verdict
    kind: ErrorKind | None = None
    code: int | None = None
    description: str | None = None
    message_id: int | None = None
    further_message_ids: tuple[int, ...] = ()
    file_ids: tuple[str | None, ...] = ()
    retry_after: float | None = None
    migrate_to_chat_id: int | None = None
    recipient_state: RecipientState | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: which answers it is for, and what they mean.

    ``patterns`` are parts of the description, without regard to case; a row without any is for
    every answer with one of its codes.
    """

    codes: Container[int]
    patterns: tuple[str, ...]
    verdict: Verdict
    kind: ErrorKind | None
    recipient_state: RecipientState | None = None


# fmt: off
RULES: tuple[Rule, ...] = (
    Rule((403,), ("bot was blocked by the user",),
         Verdict.RECIPIENT_GONE, ErrorKind.BLOCKED, RecipientState.BLOCKED),
    Rule((403,), ("user is deactivated",),
         Verdict.RECIPIENT_GONE, ErrorKind.DEACTIVATED, RecipientState.DEACTIVATED),
    Rule((403,), ("bot can't initiate conversation with a user",),
         Verdict.RECIPIENT_GONE, ErrorKind.NEVER_STARTED, RecipientState.INVALID),
    Rule((403,), ("can't send messages to the bot", "can't send messages to bots"),
         Verdict.RECIPIENT_GONE, ErrorKind.IS_A_BOT, RecipientState.INVALID),
    Rule((403,), ("bot was kicked from the", "bot is not a member of", "group chat was deleted"),
         Verdict.RECIPIENT_GONE, ErrorKind.CHAT_LOST, RecipientState.BLOCKED),
    Rule((400,), ("chat not found", "PEER_ID_INVALID"),
         Verdict.RECIPIENT_GONE, ErrorKind.CHAT_NOT_FOUND, RecipientState.INVALID),
    Rule((400,), ("group chat was upgraded to a supergroup chat",),
         Verdict.MIGRATED, ErrorKind.MIGRATED),
    # The Bot API server gives some of these with either code.
    Rule((400, 403), ("not enough rights", "have no rights", "have no write access to the chat",
                      "need administrator rights", "CHAT_WRITE_FORBIDDEN"),
         Verdict.REFUSED, ErrorKind.NO_RIGHTS),
    Rule((400,), ("message thread not found",),
         Verdict.REFUSED, ErrorKind.TOPIC_GONE),
    # It is already what an edit or a recall would make it.
    Rule((400,), ("message is not modified", "message to delete not found"), Verdict.SENT, None),
    Rule((400,), ("message to edit not found", "message can't be edited", "MESSAGE_ID_INVALID",
                  "there is no text in the message to edit",
                  "there is no caption in the message to edit"),
         Verdict.REFUSED, ErrorKind.MESSAGE_GONE),
    Rule((400,), ("message can't be deleted", "message identifier is not specified"),
         Verdict.REFUSED, ErrorKind.NOT_DELETABLE),
    Rule((400,), ("can't parse entities", "message text is empty", "text must be non-empty",
                  "message is too long", "caption is too long", "BUTTON_URL_INVALID",
                  "inline keyboard button URL", "reply markup is too long", "EFFECT_ID_INVALID",
                  "messages to send as an album", "can't be mixed with other media types"),
         Verdict.CONTENT_REFUSED, ErrorKind.CONTENT),
    Rule((400,), ("wrong file identifier", "HTTP URL specified", "failed to get HTTP URL content",
                  "wrong type of the web page content", "wrong remote file identifier",
                  "file is too big", "file must be non-empty", "can't use file of type",
                  "PHOTO_INVALID_DIMENSIONS", "IMAGE_PROCESS_FAILED"),
         Verdict.CONTENT_REFUSED, ErrorKind.MEDIA),
    Rule((413,), (), Verdict.CONTENT_REFUSED, ErrorKind.MEDIA),
    Rule((401, 404, 421), (), Verdict.BOT_REFUSED, ErrorKind.TOKEN),
    Rule((429,), (), Verdict.RATE_LIMITED, ErrorKind.RATE_LIMITED),
    Rule((500,), ("sent message was immediately deleted",), Verdict.SENT, None),
    Rule(range(500, 600), (), Verdict.UNCERTAIN, ErrorKind.SERVER_ERROR),
)
# fmt: on
"""The errors of the methods that send, edit and delete; the first row that fits decides."""

_MATCHERS = tuple(
    (rule, re.compile("|".join(map(re.escape, rule.patterns)), re.IGNORECASE)) for rule in RULES
)


def classify(exchange: Exchange, *, deletes: bool = False) -> Outcome:
    """Say what an exchange means.

    Args:
        exchange: what the transport recorded of one call to a method that sends, edits or deletes.
        deletes: the method deletes: it answers with True rather than with a message.

    Returns:
        The outcome. It is UNCERTAIN whenever the message may have been delivered.
    """
    if exchange.status is None:
        return _without_answer(exchange)
    answer = _read_object(exchange.body)
    if HTTPStatus.OK <= exchange.status < HTTPStatus.MULTIPLE_CHOICES:
        if answer is not None and answer.get("ok") is True:
            if deletes and answer.get("result") is True:
                return Outcome(Verdict.SENT)
            return _accepted(exchange, answer.get("result"))
        if answer is None or _whole_number(answer.get("error_code")) is None:
            return _unreadable(exchange)
    if answer is None:
        return _no_bot_api(exchange.status)
    return _refused(exchange.status, answer)


def result_of(exchange: Exchange) -> object:
    """What a call gave; None where it failed, or its answer is not the Bot API's."""
    if exchange.status is None or exchange.status >= HTTPStatus.MULTIPLE_CHOICES:
        return None
    answer = _read_object(exchange.body) or {}
    return answer.get("result") if answer.get("ok") is True else None


def _without_answer(exchange: Exchange) -> Outcome:
    error = exchange.error or "unknown error"
    if exchange.written:
        return Outcome(
            Verdict.UNCERTAIN, ErrorKind.NO_ANSWER, description=_shorten(f"No answer: {error}")
        )
    return Outcome(
        Verdict.NOT_SENT, ErrorKind.NOT_CONNECTED, description=_shorten(f"Not connected: {error}")
    )


def _accepted(exchange: Exchange, result: object) -> Outcome:
    messages = result if isinstance(result, list) else [result]
    ids = [_whole_number(one.get("message_id")) for one in messages if isinstance(one, dict)]
    if not ids or len(ids) < len(messages) or None in ids:
        return _unreadable(exchange)
    files = tuple(map(_file_id, messages, exchange.kinds))
    # 0 stands for a message that Telegram accepted and will send once it has processed its video.
    numbers = tuple(each for each in ids if each)
    if len(numbers) < len(ids):
        return Outcome(Verdict.SENT, file_ids=files)
    return Outcome(
        Verdict.SENT, message_id=numbers[0], further_message_ids=numbers[1:], file_ids=files
    )


def _unreadable(exchange: Exchange) -> Outcome:
    detail = f": {exchange.error}" if exchange.error else ""
    return Outcome(
        Verdict.UNCERTAIN,
        ErrorKind.UNREADABLE,
        code=exchange.status,
        description=_shorten(f"The answer could not be read{detail}"),
    )


def _no_bot_api(status: int) -> Outcome:
    """Judge an error whose body is not the Bot API's: by the status line alone."""
    outcome = _refused(status, {"description": f"HTTP {_status_words(status)}"})
    if status < HTTPStatus.BAD_REQUEST:
        # A redirect (none is followed: the path holds the token) says that the address is wrong.
        return replace(outcome, verdict=Verdict.BOT_REFUSED, kind=ErrorKind.TOKEN)
    if outcome.verdict is Verdict.REFUSED:
        # Something between here and Telegram may have refused the request, and the recipient has
        # no part in that.
        return replace(outcome, verdict=Verdict.NOT_SENT)
    return outcome


def _refused(status: int, answer: dict[str, Any]) -> Outcome:
    code = _whole_number(answer.get("error_code")) or status
    description = str(answer.get("description") or f"HTTP {_status_words(code)}")
    parameters = answer.get("parameters")
    if not isinstance(parameters, dict):
        parameters = {}
    outcome = Outcome(
        Verdict.REFUSED, ErrorKind.OTHER, code=code, description=_shorten(description)
    )
    for rule, pattern in _MATCHERS:
        if code in rule.codes and pattern.search(description):
            outcome = replace(
                outcome,
                verdict=rule.verdict,
                kind=rule.kind,
                recipient_state=rule.recipient_state,
            )
            break
    if outcome.verdict is Verdict.RATE_LIMITED:
        return replace(outcome, retry_after=_seconds(parameters.get("retry_after")))
    new_chat_id = _whole_number(parameters.get("migrate_to_chat_id"))
    if new_chat_id is not None and code == HTTPStatus.BAD_REQUEST:
        return replace(
            outcome,
            verdict=Verdict.MIGRATED,
            kind=ErrorKind.MIGRATED,
            recipient_state=None,
            migrate_to_chat_id=new_chat_id,
        )
    if outcome.verdict is Verdict.MIGRATED:
        # Without the new id there is nowhere to send it.
        return replace(outcome, verdict=Verdict.REFUSED)
    return outcome


def _file_id(message: dict[str, Any], kind: MediaKind) -> str | None:
    media = message.get(kind.value)
    if isinstance(media, list):
        sizes = [size for size in media if isinstance(size, dict)]
        media = max(sizes, key=_area, default=None)
    file_id = media.get("file_id") if isinstance(media, dict) else None
    return file_id if isinstance(file_id, str) else None


def _area(size: dict[str, Any]) -> int:
    return (_whole_number(size.get("width")) or 0) * (_whole_number(size.get("height")) or 0)


def _read_object(body: bytes | None) -> dict[str, Any] | None:
    if body is None:
        return None
    try:
        answer = json.loads(body.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _seconds(value: object) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return DEFAULT_RETRY_AFTER
    return float(value) if 0 <= value <= _LONGEST_RETRY_AFTER else DEFAULT_RETRY_AFTER


def _status_words(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _shorten(text: str) -> str:
    return text if len(text) <= DESCRIPTION_LIMIT else text[: DESCRIPTION_LIMIT - 1] + "…"
