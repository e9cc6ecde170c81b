"""The one thing that the rest of the program talks to when it means Telegram's Bot API."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pydantic import SecretStr
from telegram import Bot, User
from telegram.constants import ParseMode
from telegram.error import TelegramError

from hsl_tui.bot_token import bot_id_of
from hsl_tui.errors import BotApiError, TelegramUnreachableError, TokenRefusedError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import MediaKind
from hsl_tui.models.intake import Profile
from hsl_tui.telegram import parameters
from hsl_tui.telegram.intake import (
    WANTED,
    IntakeRefusedError,
    RateLimitedError,
    Update,
    read_chat,
    read_updates,
    read_webhook,
)
from hsl_tui.telegram.outcomes import Exchange, Outcome, Verdict, classify, result_of
from hsl_tui.telegram.parameters import Upload
from hsl_tui.telegram.transport import RecordedRequest, exchange_var

_BotMethod = Callable[..., Awaitable[object]]

_NO_UPLOADS: Final[Mapping[int, Upload]] = MappingProxyType({})

# What a call may raise. Beside its own errors python-telegram-bot lets through whatever reading an
# unexpected answer to a delivered message trips over; the exchange says what it was.
_CALL_ERRORS: Final = (TelegramError, KeyError, TypeError, ValueError, AttributeError)


@dataclass(frozen=True, slots=True)
class BotIdentity:
    """Who the bot is, by its own account."""

    id: int
    username: str
    """Without the @."""
    first_name: str


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
        self._bot_id = bot_id_of(token)
        spelled = token.get_secret_value()
        self._spellings = (spelled.encode(), spelled.replace(":", "%3A").encode())
        self._server = urlsplit(api_url).hostname or api_url
        api_url = api_url.rstrip("/")
        self._request = RecordedRequest(
            token, api_url, timeout=request_timeout, connections=connections
        )
        # A Bot that is never initialised: that would call getMe, and sending does not need it.
        # It gets a stand-in for the token, which the transport replaces.
        self._bot = Bot(
            f"{self._bot_id}:withheld",
            base_url=f"{api_url}/bot",
            request=self._request,
            get_updates_request=self._request,
        )
        self._paid = paid_broadcast or None
        self._sends: dict[MediaKind, _BotMethod] = {
            MediaKind.PHOTO: self._bot.send_photo,
            MediaKind.VIDEO: self._bot.send_video,
            MediaKind.ANIMATION: self._bot.send_animation,
            MediaKind.AUDIO: self._bot.send_audio,
            MediaKind.DOCUMENT: self._bot.send_document,
        }

    def __repr__(self) -> str:
        return f"<Gateway of bot {self._bot_id} at {self._server}>"

    async def __aenter__(self) -> Self:
        await self._request.initialize()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._request.shutdown()

    @property
    def bot_id(self) -> int:
        """The bot's user id."""
        return self._bot_id

    async def get_me(self) -> BotIdentity:
        """Ask the Bot API who the bot is.

        Raises:
            TokenRefusedError: The Bot API does not know the token.
            TelegramUnreachableError: It gave no usable answer.
        """
        exchange = Exchange(result_wanted=True)
        user = await self._call(exchange, self._bot.get_me)
        if isinstance(user, User):
            return BotIdentity(user.id, user.username or "", user.first_name)
        raise self._refusal(classify(exchange))

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
        exchange = await self._request.read(endpoint, parameters, wait=wait)
        self._withhold_token(exchange)
        result = result_of(exchange)
        if result is not None:
            return result
        outcome = classify(exchange)
        if refused is not ... and outcome.verdict in {Verdict.REFUSED, Verdict.RECIPIENT_GONE}:
            return refused
        raise self._refusal(outcome)

    def _refusal(self, outcome: Outcome) -> BotApiError:
        """What to raise of a call that is no message's."""
        reason = outcome.description
        if outcome.verdict is Verdict.BOT_REFUSED:
            return TokenRefusedError(
                f"The Bot API at {self._server} refused the bot token ({reason}): check "
                "BOT_TOKEN and HSL_TUI_API_URL"
            )
        if outcome.verdict is Verdict.RATE_LIMITED:
            wait = outcome.retry_after or 0.0
            return RateLimitedError(f"Telegram asks to wait {wait:.0f} s ({reason})", wait)
        if outcome.code == HTTPStatus.CONFLICT:
            return IntakeRefusedError(f"Telegram gives the updates to another program ({reason})")
        return TelegramUnreachableError(
            f"The Bot API at {self._server} gave no usable answer ({reason}): check the network "
            "and HSL_TUI_API_URL, then try again"
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
        options: dict[str, Any] = {
            "disable_notification": message.silent or None,
            "protect_content": message.protect or None,
            "allow_paid_broadcast": self._paid,
            "message_thread_id": message.message_thread_id,
            "message_effect_id": message.message_effect_id,
        }
        exchange = Exchange(kinds=tuple(media.kind for media in message.media))
        if len(message.media) > 1:
            items = parameters.album(message, text, uploads)
            await self._call(exchange, self._bot.send_media_group, chat_id, items, **options)
            return classify(exchange)
        options["parse_mode"] = ParseMode.HTML
        options["reply_markup"] = parameters.keyboard(message.buttons)
        if not message.media:
            preview = parameters.link_preview(message)
            send = self._bot.send_message
            await self._call(exchange, send, chat_id, text, link_preview_options=preview, **options)
            return classify(exchange)
        (media,) = message.media
        options |= parameters.shown(message, media)
        source = parameters.single(media, uploads.get(0))
        method = self._sends[media.kind]
        await self._call(exchange, method, chat_id, source, caption=text or None, **options)
        return classify(exchange)

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
        exchange = Exchange()
        options: dict[str, Any] = {
            "chat_id": chat_id,
            "message_id": message_id,
            "parse_mode": ParseMode.HTML,
            "reply_markup": parameters.keyboard(message.buttons),
        }
        if message.media:
            call = self._bot.edit_message_caption
            options["show_caption_above_media"] = message.caption_above or None
            await self._call(exchange, call, caption=text or None, **options)
        else:
            preview = parameters.link_preview(message)
            call_text = self._bot.edit_message_text
            await self._call(exchange, call_text, text, link_preview_options=preview, **options)
        return classify(exchange)

    async def delete(self, chat_id: int, message_ids: Sequence[int]) -> Outcome:
        """Delete messages from a chat: 1 to 100 at once, one by one where that is refused.

        Returns:
            As :meth:`send`; SENT also where they were gone already. Where some cannot be deleted,
            the others are, and the outcome is that of the first that cannot. What concerns the chat
            or the bot ends it at once: all of it is to be tried again.
        """
        if len(message_ids) > 1:
            exchange = Exchange()
            await self._call(exchange, self._bot.delete_messages, chat_id, list(message_ids))
            outcome = classify(exchange, deletes=True)
            if outcome.verdict is not Verdict.REFUSED:
                return outcome
        # One that cannot be deleted has kept all the others.
        refused: Outcome | None = None
        for message_id in message_ids:
            outcome = await self._delete(chat_id, message_id)
            if outcome.verdict is Verdict.REFUSED:
                refused = refused or outcome
            elif outcome.verdict is not Verdict.SENT:
                return outcome
        return refused or Outcome(Verdict.SENT)

    async def _delete(self, chat_id: int, message_id: int) -> Outcome:
        exchange = Exchange()
        await self._call(exchange, self._bot.delete_message, chat_id, message_id)
        return classify(exchange, deletes=True)

    async def _call(
        self, exchange: Exchange, method: _BotMethod, *args: object, **options: Any
    ) -> object:
        """Make one call, recorded in the exchange; give its result if that is wanted."""
        result: object = None
        reset = exchange_var.set(exchange)
        try:
            result = await method(*args, **options)
        except _CALL_ERRORS:
            pass
        finally:
            exchange_var.reset(reset)
        self._withhold_token(exchange)
        return result

    def _withhold_token(self, exchange: Exchange) -> None:
        for token in self._spellings:
            # An error page may repeat the address that was asked for.
            if exchange.body is not None and token in exchange.body:
                exchange.body = exchange.body.replace(token, b"(token)")
