"""The one thing that the rest of the program talks to when it means Telegram's Bot API."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Final, Self

from pydantic import SecretStr
from telegram import (
    Bot,
    Document,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    PhotoSize,
    User,
    Video,
)
from telegram.constants import ParseMode
from telegram.error import TelegramError
from yarl import URL

from hsl_tui.errors import SettingsError, TelegramUnreachableError, TokenRefusedError
from hsl_tui.models.content import Button, Media, MessageContent
from hsl_tui.models.enums import MediaKind
from hsl_tui.telegram.outcomes import Exchange, Outcome, Verdict, classify
from hsl_tui.telegram.transport import AiohttpRequest, exchange_var

_BotMethod = Callable[..., Awaitable[object]]
_TOKEN: Final = re.compile(r"([1-9][0-9]{0,17}):[A-Za-z0-9_-]+")
_NO_PREVIEW: Final = LinkPreviewOptions(is_disabled=True)
_UNSAFE_IN_FILE_NAME: Final = re.compile(r'[\x00-\x1f\x7f"\\/]')

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


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """A file to be sent along with a message."""

    file_name: str
    data: bytes


def bot_id_of(token: SecretStr) -> int:
    """The bot's user id, which its token begins with.

    Raises:
        SettingsError: It does not have the form of a token.
    """
    match = _TOKEN.fullmatch(token.get_secret_value())
    if match is None:
        raise SettingsError(
            "BOT_TOKEN does not have the form of a bot token (digits, a colon, then letters, "
            "digits, - and _): copy it from @BotFather as it is"
        )
    return int(match[1])


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
        self._server = URL(api_url).host or api_url
        api_url = api_url.rstrip("/")
        self._request = AiohttpRequest(
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
        outcome = classify(exchange)
        reason = outcome.description
        if outcome.verdict is Verdict.BOT_REFUSED:
            raise TokenRefusedError(
                f"The Bot API at {self._server} refused the bot token ({reason}): check "
                "BOT_TOKEN and HSL_TUI_API_URL"
            )
        raise TelegramUnreachableError(
            f"The Bot API at {self._server} gave no usable answer ({reason}): check the network "
            "and HSL_TUI_API_URL, then try again"
        )

    async def send(
        self, chat_id: int, text: str, message: MessageContent, *, upload: Upload | None = None
    ) -> Outcome:
        """Send a message to a chat, once.

        Args:
            chat_id: the chat.
            text: the message's text, rendered for this recipient.
            message: all else of it.
            upload: the file of a message whose media comes from a file on disk.

        Returns:
            What became of it. Nothing that happens to the call is raised.

        Raises:
            ValueError: The media comes from disk, and neither its upload nor its file_id is given.
        """
        options: dict[str, Any] = {
            "parse_mode": ParseMode.HTML,
            "reply_markup": _keyboard(message.buttons) if message.buttons else None,
            "disable_notification": message.silent or None,
            "protect_content": message.protect or None,
            "allow_paid_broadcast": self._paid,
        }
        exchange = Exchange()
        if not message.media:
            await self._call(
                exchange,
                self._bot.send_message,
                chat_id,
                text,
                link_preview_options=None if message.link_preview else _NO_PREVIEW,
                **options,
            )
        else:
            sends: dict[MediaKind, _BotMethod] = {
                MediaKind.PHOTO: self._bot.send_photo,
                MediaKind.VIDEO: self._bot.send_video,
                MediaKind.DOCUMENT: self._bot.send_document,
            }
            await self._call(
                exchange,
                sends[message.media[0].kind],
                chat_id,
                _source(message.media[0], upload),
                caption=text or None,
                **options,
            )
        return classify(exchange)

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
        for token in self._spellings:
            # An error page may repeat the address that was asked for.
            if exchange.body is not None and token in exchange.body:
                exchange.body = exchange.body.replace(token, b"(token)")
        return result


@lru_cache(maxsize=64)
def _keyboard(buttons: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.text, url=button.url) for button in row] for row in buttons]
    )


def _source(media: Media, upload: Upload | None) -> InputFile | PhotoSize | Video | Document:
    """Give the media in the form that python-telegram-bot takes.

    A plain string would not do: where it happens to name a file of this machine,
    python-telegram-bot uploads that file.
    """
    if upload is not None:
        return InputFile(upload.data, _UNSAFE_IN_FILE_NAME.sub("_", upload.file_name))
    reference = media.file_id or media.url
    if reference is None:
        raise ValueError("media from disk needs its upload or its file_id")
    if media.kind is MediaKind.PHOTO:
        return PhotoSize(reference, "unknown", 0, 0)
    if media.kind is MediaKind.VIDEO:
        return Video(reference, "unknown", 0, 0, 0)
    return Document(reference, "unknown")
