"""The one thing that the rest of the program talks to when it means Telegram's Bot API."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic import SecretStr

from hsl_tui.errors import BotApiError, TelegramUnreachableError, TokenRefusedError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.intake import Profile
from hsl_tui.telegram.bot_api import BotApi
from hsl_tui.telegram.intake import (
    WANTED,
    BotIdentity,
    IntakeRefusedError,
    RateLimitedError,
    Update,
    read_chat,
    read_identity,
    read_updates,
    read_webhook,
)
from hsl_tui.telegram.outcomes import Outcome, Verdict, classify, result_of
from hsl_tui.telegram.uploads import Upload

if TYPE_CHECKING:
    from hsl_tui.telegram.sender import Sender

_NO_UPLOADS: Final[Mapping[int, Upload]] = MappingProxyType({})


class Gateway:
    """Sends messages through the Bot API and says what became of each.

    Open it with ``async with`` in the event loop that uses it.

    Args:
        token: the bot token.
        api_url: root of the Bot API server.
        request_timeout: seconds before a call is given up.
        connections: most calls on the way at the same time.
        paid_broadcast: send everything with ``allow_paid_broadcast``.

    Raises:
        SettingsError: The token does not have the form of one.
    """

    def __init__(
        self,
        token: SecretStr,
        api_url: str,
        *,
        request_timeout: float,
        connections: int,
        paid_broadcast: bool = False,
    ) -> None:
        self._api = BotApi(token, api_url, timeout=request_timeout, connections=connections)
        self._paid_broadcast = paid_broadcast

    def __repr__(self) -> str:
        return f"<Gateway of bot {self.bot_id} at {self._api.server}>"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._api.close()

    @property
    def bot_id(self) -> int:
        """The bot's user id."""
        return self._api.bot_id

    async def prepare(self) -> None:
        """Load what sending needs, in a thread: the first message would leave late."""
        if "_sender" not in self.__dict__:
            await asyncio.to_thread(lambda: self._sender)

    @cached_property
    def _sender(self) -> Sender:
        from hsl_tui.telegram.sender import Sender  # noqa: PLC0415 - slow, and large: see there

        return Sender(self._api, paid=self._paid_broadcast)

    async def get_me(self) -> BotIdentity:
        """Ask the Bot API who the bot is.

        Raises:
            TokenRefusedError: The Bot API does not know the token.
            TelegramUnreachableError: It gave no usable answer.
        """
        exchange = await self._api.read("getMe", {})
        identity = read_identity(result_of(exchange))
        if identity is None:
            raise self._refusal(classify(exchange))
        return identity

    async def get_updates(self, after: int | None, username: str, *, wait: float) -> list[Update]:
        """Wait for updates to the bot, and give up to 100 of them.

        Args:
            after: the last one that was taken in, which tells Telegram to forget it and those
                before; None asks for all that Telegram has.
            username: the bot's, without the @.
            wait: seconds until an answer without any.

        Raises:
            TokenRefusedError: The Bot API does not know the token.
            IntakeRefusedError: Another program has the updates.
            RateLimitedError: Telegram asks to wait.
            TelegramUnreachableError: It gave no usable answer.
        """
        parameters: dict[str, Any] = {"timeout": round(wait), "allowed_updates": WANTED}
        if after is not None:
            parameters["offset"] = after + 1
        return read_updates(await self._read("getUpdates", parameters, wait=wait), username)

    async def has_webhook(self) -> bool:
        """Whether another program has Telegram send it the bot's updates.

        Raises:
            BotApiError: As :meth:`get_updates`.
        """
        return read_webhook(await self._read("getWebhookInfo", {}))

    async def get_chat(self, chat_id: int) -> Profile | None:
        """What Telegram says of a chat; None where the bot does not know it.

        Raises:
            BotApiError: As :meth:`get_updates`.
        """
        return read_chat(await self._read("getChat", {"chat_id": chat_id}, refused=None))

    async def _read(
        self, endpoint: str, parameters: Mapping[str, Any], *, wait: float = 0.0, refused: Any = ...
    ) -> object:
        """The result of a call; ``refused`` where Telegram will not do it for these parameters."""
        exchange = await self._api.read(endpoint, parameters, wait=wait)
        result = result_of(exchange)
        if result is not None:
            return result
        outcome = classify(exchange)
        if refused is not ... and outcome.verdict in {Verdict.REFUSED, Verdict.RECIPIENT_GONE}:
            return refused
        raise self._refusal(outcome)

    def _refusal(self, outcome: Outcome) -> BotApiError:
        """What to raise of a call that is no message's."""
        # An answer that would do for a message is none to a question.
        reason = outcome.description or "the answer could not be read"
        if outcome.verdict is Verdict.BOT_REFUSED:
            return TokenRefusedError(
                f"The Bot API at {self._api.server} refused the bot token ({reason}): check "
                "BOT_TOKEN and HSL_TUI_API_URL"
            )
        if outcome.verdict is Verdict.RATE_LIMITED:
            wait = outcome.retry_after or 0.0
            return RateLimitedError(f"Telegram asks to wait {wait:.0f} s ({reason})", wait)
        if outcome.code == HTTPStatus.CONFLICT:
            return IntakeRefusedError(f"Telegram gives the updates to another program ({reason})")
        return TelegramUnreachableError(
            f"The Bot API at {self._api.server} gave no usable answer ({reason}): check the "
            "network and HSL_TUI_API_URL, then try again"
        )

    async def send(
        self,
        chat_id: int,
        text: str,
        message: MessageContent,
        *,
        uploads: Mapping[int, Upload] = _NO_UPLOADS,
    ) -> Outcome:
        """Send a message to a chat, once.

        Args:
            chat_id: the chat.
            text: the message's text, rendered for this recipient.
            message: all else of it.
            uploads: the files of media that comes from disk, by its position in the message.

        Returns:
            What became of it. Nothing that happens to the call is raised.

        Raises:
            ValueError: Media comes from disk, and neither its upload nor its file_id is given.
        """
        return await self._sender.send(chat_id, text, message, uploads=uploads)

    async def edit(
        self, chat_id: int, text: str, message: MessageContent, *, message_id: int
    ) -> Outcome:
        """Change the text of a message, or its caption where it has media; its media stays.

        Args:
            text: the new text, rendered for this recipient.
            message: all else of it; buttons that are not in it vanish.
            message_id: the message, or the first of an album.

        Returns:
            As :meth:`send`; SENT also where it said so already.
        """
        return await self._sender.edit(chat_id, text, message, message_id=message_id)

    async def delete(self, chat_id: int, message_ids: Sequence[int]) -> Outcome:
        """Delete messages from a chat: 1 to 100 at once, one by one where that is refused.

        Returns:
            As :meth:`send`; SENT also where they were gone already. Where some cannot be deleted,
            the others are, and the outcome is that of the first that cannot. What concerns the chat
            or the bot ends it at once: all of it is to be tried again.
        """
        return await self._sender.delete(chat_id, message_ids)
