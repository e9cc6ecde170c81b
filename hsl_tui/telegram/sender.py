"""Sending, editing and deleting, by python-telegram-bot.

Apart from the gateway, since that library is slow to load, and large: who sends nothing does
without.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import TelegramError

from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import MediaKind
from hsl_tui.telegram import parameters
from hsl_tui.telegram.bot_api import BotApi
from hsl_tui.telegram.outcomes import Exchange, Outcome, Verdict, classify
from hsl_tui.telegram.transport import RecordedRequest, exchange_var
from hsl_tui.telegram.uploads import Upload

_BotMethod = Callable[..., Awaitable[object]]

# What a call may raise. Beside its own errors python-telegram-bot lets through whatever reading an
# unexpected answer to a delivered message trips over; the exchange says what it was.
_CALL_ERRORS: Final = (TelegramError, KeyError, TypeError, ValueError, AttributeError)


class Sender:
    """Makes the calls that concern messages; :class:`~hsl_tui.telegram.gateway.Gateway` says how.

    Args:
        paid: send everything with ``allow_paid_broadcast``.
    """

    def __init__(self, api: BotApi, *, paid: bool) -> None:
        request = RecordedRequest(api)
        # A Bot that is never initialised: that would call getMe, and sending does not need it.
        self._bot = Bot(
            f"{api.bot_id}:withheld",
            base_url=f"{api.url}/bot",
            request=request,
            get_updates_request=request,
        )
        self._paid = paid or None
        self._sends: dict[MediaKind, _BotMethod] = {
            MediaKind.PHOTO: self._bot.send_photo,
            MediaKind.VIDEO: self._bot.send_video,
            MediaKind.ANIMATION: self._bot.send_animation,
            MediaKind.AUDIO: self._bot.send_audio,
            MediaKind.DOCUMENT: self._bot.send_document,
        }

    async def send(
        self,
        chat_id: int,
        text: str,
        message: MessageContent,
        *,
        uploads: Mapping[int, Upload],
    ) -> Outcome:
        """As :meth:`Gateway.send`."""
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
        """As :meth:`Gateway.edit`."""
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
        """As :meth:`Gateway.delete`."""
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
    ) -> None:
        """Make one call, recorded in the exchange."""
        reset = exchange_var.set(exchange)
        try:
            await method(*args, **options)
        except _CALL_ERRORS:
            pass
        finally:
            exchange_var.reset(reset)
