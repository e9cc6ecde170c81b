"""Trying a message out: sent at once to a few chats, outside any broadcast, and on record."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from hsl_tui.errors import InvalidInputError, RefusedError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.selector import Selector, SelectorKind
from hsl_tui.models.views import Person
from hsl_tui.services import checking, composing, enclosures
from hsl_tui.services.attachments import read_attachments
from hsl_tui.services.composing import Composition
from hsl_tui.services.context import Context, operator_of
from hsl_tui.store import audit, pace, recipients
from hsl_tui.store.database import Session
from hsl_tui.store.server_clock import SECOND_US
from hsl_tui.telegram.outcomes import Outcome, Verdict
from hsl_tui.telegram.rendering import compile_template

if TYPE_CHECKING:
    from hsl_tui.telegram.gateway import Gateway
    from hsl_tui.telegram.uploads import Upload

LONGEST_WAIT: Final = 30.0
"""Seconds that a test waits for its turn before it gives up."""

_LOOKED_AT: Final = 50
"""Tests of all operators."""

OnResult = Callable[["ChatResult"], None]


@dataclass(frozen=True, slots=True)
class ChatResult:
    """What became of the message in one chat."""

    chat_id: int
    ok: bool
    telegram_message_id: int | None
    error_code: int | None
    error: str | None


def send_test(
    context: Context,
    composition: Composition,
    chat_ids: Sequence[int],
    *,
    on_result: OnResult = lambda _: None,
) -> list[ChatResult]:
    """Send a message to chats at once, one after the other, within the bot's pace.

    It is personalised for those who are recipients; others have no name. The audit log says whom it
    is sent to before the first call, and what became of it after the last.

    Args:
        on_result: told of each chat as its answer comes.

    Raises:
        TokenMissingError: no bot token is set.
        TextRefusedError: Telegram would refuse the text.
        InvalidInputError: no chat is given, or the file cannot be used.
        RefusedError: Telegram has asked the bot to wait for longer than this is worth waiting.
    """
    gateway = _gateway(context)
    chats = list(dict.fromkeys(chat_ids))
    if not chats:
        raise InvalidInputError("No chat to send the test to; give at least one `--chat ID`.")
    files = read_attachments(composition)
    with context.database.write() as session:
        texts = _texts(session, composition, chats)
        content = composing.keep(session, composition, files)
        context.record(session, "broadcast.test", chats=chats, text=composition.text)
    results: list[ChatResult] = []

    def take(result: ChatResult) -> None:
        results.append(result)
        on_result(result)

    try:
        asyncio.run(_send_all(context, gateway, content, texts, take))
    finally:
        with context.database.write() as session:
            context.record(
                session, "broadcast.test_result", results=[_on_record(one) for one in results]
            )
    return results


def last_chats(context: Context) -> tuple[int, ...]:
    """Where this operator sent the last test to, as the audit log has it; nowhere for none."""
    with context.database.read() as session:
        entries = audit.latest(session, action="broadcast.test", limit=_LOOKED_AT)
    for entry in entries:
        chats = entry.details.get("chats")
        if operator_of(entry.actor) == context.operator and isinstance(chats, list):
            return tuple(chat for chat in chats if isinstance(chat, int))
    return ()


async def _send_all(
    context: Context,
    gateway: Gateway,
    content: MessageContent,
    texts: Mapping[int, str],
    take: OnResult,
) -> None:
    bot_id = gateway.bot_id
    async with gateway:
        await gateway.prepare()
        for chat_id, text in texts.items():
            slots = max(1, len(content.media))
            await asyncio.sleep(await asyncio.to_thread(_reserve, context, bot_id, slots))
            message, uploads = await asyncio.to_thread(_enclose, context, bot_id, content)
            outcome = await gateway.send(chat_id, text, message, uploads=uploads)
            await asyncio.to_thread(_heed, context, bot_id, content, outcome)
            take(_result(chat_id, outcome))


def _gateway(context: Context) -> Gateway:
    from hsl_tui.telegram.gateway import Gateway  # noqa: PLC0415 - slow: only for who sends

    settings = context.settings
    return Gateway(
        context.token,
        settings.api_url,
        request_timeout=settings.request_timeout,
        connections=1,
        paid_broadcast=settings.paid_broadcast,
    )


def _texts(session: Session, composition: Composition, chats: Sequence[int]) -> dict[int, str]:
    """The text for each chat, every one of them checked."""
    known = recipients.attribute_names(session)
    template = compile_template(composition.text, known=known)
    blank = dict.fromkeys(known, "")
    texts = {}
    for chat_id in chats:
        person = _person(session, chat_id)
        # A test goes to chats that are on no record, too.
        person = replace(person, attributes={**blank, **person.attributes})
        checking.check(
            composition.text,
            caption=bool(composition.attachments),
            known=known,
            person=person,
        )
        texts[chat_id] = template.render(person)
    return texts


def _person(session: Session, chat_id: int) -> Person:
    selector = Selector.of(SelectorKind.CHAT, chat_id)
    found = recipients.window(session, limit=1, selectors=[selector])
    return found[0].person if found else Person(chat_id)


def _reserve(context: Context, bot_id: int, slots: int) -> float:
    """Take the bot's next slots, one for each message; in how many seconds the first starts.

    Raises:
        RefusedError: too late for a test.
    """
    rate = context.settings.messages_per_second
    interval_us = round(SECOND_US / rate) if rate else 0
    with context.database.write() as session:
        halted_for = pace.standing(session, bot_id).halted_for
        if halted_for > LONGEST_WAIT:
            msg = (
                f"Telegram has asked this bot to wait for another {halted_for:.0f} s;"
                " try again after that."
            )
            raise RefusedError(msg)
        return pace.reserve(session, bot_id, slots=slots, interval_us=interval_us).wait


def _enclose(
    context: Context, bot_id: int, content: MessageContent
) -> tuple[MessageContent, dict[int, Upload]]:
    with context.database.read() as session:
        return enclosures.with_files(session, bot_id, content)


def _heed(context: Context, bot_id: int, content: MessageContent, outcome: Outcome) -> None:
    """Keep what an answer says of more than its own message."""
    with context.database.write() as session:
        if outcome.verdict is Verdict.RATE_LIMITED:
            pace.halt(session, bot_id, seconds=outcome.retry_after or 0.0)
        enclosures.note_files(session, bot_id, content, outcome)


def _result(chat_id: int, outcome: Outcome) -> ChatResult:
    ok = outcome.verdict is Verdict.SENT
    return ChatResult(
        chat_id=chat_id,
        ok=ok,
        telegram_message_id=outcome.message_id,
        error_code=None if ok else outcome.code,
        error=None if ok else outcome.description,
    )


def _on_record(result: ChatResult) -> dict[str, Any]:
    return {
        "chat": result.chat_id,
        "ok": result.ok,
        "message": result.telegram_message_id,
        "error": result.error,
    }
