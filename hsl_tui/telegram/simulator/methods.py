"""The methods of the Bot API that the simulated Telegram has, on the state of its chats."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from hsl_tui.telegram.markup import ParsedText
from hsl_tui.telegram.simulator.albums import read_items
from hsl_tui.telegram.simulator.calls import Call, Refusal
from hsl_tui.telegram.simulator.config import SimulatorConfig
from hsl_tui.telegram.simulator.files import Files
from hsl_tui.telegram.simulator.messages import (
    SentMessage,
    bot_user,
    chat,
    message_json,
    read_look,
    read_reply_markup,
    read_text,
)
from hsl_tui.telegram.simulator.record import AcceptedMessage, Record
from hsl_tui.telegram.simulator.updates import TAKEN, UpdateQueue

SENDS = frozenset(
    {
        "sendmessage",
        "sendphoto",
        "sendvideo",
        "sendanimation",
        "sendaudio",
        "senddocument",
        "sendmediagroup",
    }
)
"""Methods that put a message into a chat, and so count for the rate limit."""

_LARGEST_USER_ID = 2**52
_MOST_DELETED_AT_ONCE = 100
_EDITED = {"link_preview_options", "show_caption_above_media"}
"""What else an edit changes: it is as the edit says, and as usual where it says nothing."""
_NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)

Method = Callable[[Call], Awaitable[Any]]


class BotApi:
    """Carries out calls; one for all bots of a simulator, with message ids that only grow."""

    def __init__(self, record: Record, updates: UpdateQueue) -> None:
        self.config = SimulatorConfig()
        self._record = record
        self._updates = updates
        self._messages: list[SentMessage] = []
        """Message ``n`` at index ``n - 1``."""
        self._files = Files()
        self._moved_chats: set[int] = set()
        self._profiles: dict[int, dict[str, Any]] = {}
        """Chats as updates showed them last."""
        self.methods: dict[str, Method] = {
            "getme": self._get_me,
            "sendmessage": self._send_message,
            **{
                f"send{kind}": partial(self._send_media, kind)
                for kind in ("photo", "video", "animation", "audio", "document")
            },
            "sendmediagroup": self._send_media_group,
            "editmessagetext": self._edit_message_text,
            "editmessagecaption": self._edit_message_caption,
            "deletemessage": self._delete_message,
            "deletemessages": self._delete_messages,
            "getupdates": self._get_updates,
            "getwebhookinfo": self._get_webhook_info,
            "getchat": self._get_chat,
        }

    def learn_chat(self, chat_id: int) -> None:
        """Let the bot write to a chat from now on, such as one that another moved to."""
        self._moved_chats.add(chat_id)

    def learn_update(self, update: dict[str, Any]) -> None:
        """Know a chat as an update shows it, and write to a group that lets the bot in."""
        change = update.get("my_chat_member")
        about = change or update.get("message") or update.get("channel_post") or {}
        where = about.get("chat")
        if not isinstance(where, dict) or not isinstance(where.get("id"), int):
            return
        self._profiles[where["id"]] = where
        if change and change.get("new_chat_member", {}).get("status") not in {"left", "kicked"}:
            self.learn_chat(where["id"])
        if "migrate_to_chat_id" in about:
            self.learn_chat(about["migrate_to_chat_id"])

    def remember(self, bot_id: int, chat_ids: Iterable[int]) -> list[int]:
        """Let a message be in each of these chats that was sent before all this; their ids."""
        numbers = []
        for chat_id in chat_ids:
            numbers.append(len(self._messages) + 1)
            text = ParsedText("", (), 0)
            self._messages.append(
                SentMessage(bot_id, chat_id, numbers[-1], text, 0, None, "", protected=False)
            )
        return numbers

    def chat_messages(self, chat_id: int) -> list[dict[str, Any]]:
        """What is to be seen in a chat now: edited as edited, without what was deleted."""
        return [
            message_json(each)
            for each in self._messages
            if each.chat_id == chat_id and not each.deleted
        ]

    def clear(self) -> None:
        """Empty the chats; message ids start over."""
        self._messages.clear()
        self._files.clear()
        self._moved_chats.clear()
        self._profiles.clear()

    async def _get_me(self, call: Call) -> Any:
        return {
            **bot_user(call.bot_id),
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }

    async def _send_message(self, call: Call) -> Any:
        message = self._compose(call, None, "text")
        return (await self._send(call, [(message, call.text("text"))]))[0]

    async def _send_media(self, kind: str, call: Call) -> Any:
        message = self._compose(call, kind, kind)
        return (await self._send(call, [(message, call.text("caption"))]))[0]

    async def _send_media_group(self, call: Call) -> Any:
        items = read_items(call)
        messages = [self._compose(item, kind, "media") for kind, item in items]
        if len(messages) > 1:
            group = str(len(self._messages) + 1)
            for message in messages:
                message.look["media_group_id"] = group
        captions = [item.text("caption") for _, item in items]
        return await self._send(call, list(zip(messages, captions, strict=True)))

    def _compose(self, call: Call, kind: str | None, source: str) -> SentMessage:
        """A message that is not in its chat yet: whatever is wrong with it is refused here."""
        return SentMessage(
            bot_id=call.bot_id,
            message_id=0,
            text=read_text(call, "text" if kind is None else "caption", caption=kind is not None),
            date=int(time.time()),
            reply_markup=read_reply_markup(call),
            chat_id=self._chat(call),
            protected=call.flag("protect_content"),
            look=read_look(call, kind),
            media=None
            if kind is None
            else self._files.read(call, kind, source, becomes=self.config.uploads_become),
        )

    async def _send(self, call: Call, messages: list[tuple[SentMessage, str]]) -> list[Any]:
        """Put messages into their chat, with texts as they came; their ids are consecutive."""
        accepted = []
        for message, text in messages:
            message.message_id = len(self._messages) + 1
            self._messages.append(message)
            accepted.append(
                AcceptedMessage(
                    call.bot_id, message.chat_id, message.message_id, call.method, text, time.time()
                )
            )
        for one in accepted:
            await self._record.accept(one)
        return [message_json(message) for message, _ in messages]

    async def _edit_message_text(self, call: Call) -> Any:
        text = read_text(call, "text")
        message = self._message(call, "message to edit not found")
        if message.media is not None:
            raise Refusal("Bad Request: there is no text in the message to edit")
        return self._edit(call, message, text)

    async def _edit_message_caption(self, call: Call) -> Any:
        text = read_text(call, "caption", caption=True)
        message = self._message(call, "message to edit not found")
        if message.media is None:
            raise Refusal("Bad Request: there is no caption in the message to edit")
        return self._edit(call, message, text)

    def _edit(self, call: Call, message: SentMessage, text: ParsedText) -> Any:
        reply_markup = read_reply_markup(call)
        look = {name: shown for name, shown in message.look.items() if name not in _EDITED}
        asked = read_look(call, None if message.media is None else message.media.kind)
        look |= {name: shown for name, shown in asked.items() if name in _EDITED}
        if (message.text, message.reply_markup, message.look) == (text, reply_markup, look):
            raise Refusal(_NOT_MODIFIED)
        message.text, message.reply_markup, message.look = text, reply_markup, look
        message.edit_date = int(time.time())
        return message_json(message)

    async def _delete_message(self, call: Call) -> Any:
        message = self._message(call, "message to delete not found")
        self._refuse_to_delete(message.message_id)
        message.deleted = True
        return True

    async def _delete_messages(self, call: Call) -> Any:
        try:
            ids = call.json("message_ids")
        except ValueError:
            raise Refusal("Bad Request: can't parse message_ids JSON object") from None
        if not ids:
            raise Refusal("Bad Request: message identifiers are not specified")
        if not isinstance(ids, list):
            raise Refusal("Bad Request: expected an Array of message identifiers")
        if len(ids) > _MOST_DELETED_AT_ONCE:
            raise Refusal("Bad Request: too many message identifiers specified")
        if not all(isinstance(each, int) and each > 0 for each in ids):
            raise Refusal("Bad Request: invalid message identifier specified")
        chat_id = self._chat(call)
        self._refuse_to_delete(*ids)
        for message_id in ids:
            message = self._find(call.bot_id, chat_id, message_id)
            # Those that are not there are passed over, as the Bot API promises.
            if message is not None:
                message.deleted = True
        return True

    def _refuse_to_delete(self, *message_ids: int) -> None:
        if self.config.undeletable.intersection(message_ids):
            raise Refusal("Bad Request: message can't be deleted for everyone")

    async def _get_updates(self, call: Call) -> Any:
        if self.config.webhook_url:
            raise Refusal(
                "Conflict: can't use getUpdates method while webhook is active; "
                "use deleteWebhook to delete the webhook first",
                409,
            )
        if self.config.other_poller:
            raise Refusal(TAKEN, 409)
        return await self._updates.fetch(call)

    async def _get_webhook_info(self, call: Call) -> Any:
        return {
            "url": self.config.webhook_url,
            "has_custom_certificate": False,
            "pending_update_count": 0,
        }

    async def _get_chat(self, call: Call) -> Any:
        chat_id = self._chat(call)
        return self._profiles.get(chat_id) or chat(chat_id)

    def _chat(self, call: Call) -> int:
        if not call.text("chat_id"):
            raise Refusal("Bad Request: chat_id is empty")
        chat_id = call.integer("chat_id")
        known = self.config.known_chats
        if chat_id in self._moved_chats:
            return chat_id
        if chat_id in known if known is not None else 0 < chat_id < _LARGEST_USER_ID:
            return chat_id
        raise Refusal("Bad Request: chat not found")

    def _message(self, call: Call, missing: str) -> SentMessage:
        chat_id = self._chat(call)
        if not call.text("message_id"):
            raise Refusal("Bad Request: message identifier is not specified")
        message = self._find(call.bot_id, chat_id, call.integer("message_id"))
        if message is None:
            raise Refusal(f"Bad Request: {missing}")
        return message

    def _find(self, bot_id: int, chat_id: int, message_id: int) -> SentMessage | None:
        if not 1 <= message_id <= len(self._messages):
            return None
        message = self._messages[message_id - 1]
        is_it = (message.bot_id, message.chat_id) == (bot_id, chat_id) and not message.deleted
        return message if is_it else None
