"""Updates that wait for the bot to fetch them by long polling."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from hsl_tui.telegram.simulator.calls import Call, Refusal
from hsl_tui.telegram.simulator.messages import chat

_LIMIT = 100
_LONGEST_POLL = 50
_NEAR = 10
"""How far beyond the next update an offset may lie and still mean something: Telegram's own server
gives all that it has where it lies further."""
_NAMES = ("first_name", "last_name", "username")
TAKEN = (
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running"
)


class UpdateQueue:
    """Updates in the order in which they were queued, kept until an offset confirms them."""

    def __init__(self) -> None:
        self._updates: list[dict[str, Any]] = []
        self._next_id = 1
        self._poller: asyncio.Future[bool] | None = None
        """The poll that waits: True wakes it up, False ends it for another one."""

    def add(self, update: dict[str, Any]) -> int:
        """Queue an update, such as ``{"message": {…}}``; returns its ``update_id``.

        With an ``update_id`` of its own, those after it are numbered on from there, also where that
        is lower: after a week without updates Telegram begins anywhere.
        """
        update_id = int(update.get("update_id", self._next_id))
        self._updates.append({**update, "update_id": update_id})
        self._next_id = update_id + 1
        self._wake(more=True)
        return update_id

    def clear(self) -> None:
        self._updates.clear()
        self._next_id = 1

    def close(self) -> None:
        """End the poll that waits, with what there is."""
        self._wake(more=True)

    async def fetch(self, call: Call) -> list[dict[str, Any]]:
        """What ``getUpdates`` returns; waits up to its ``timeout`` seconds for a first update.

        Raises:
            Refusal: Another poll took this one's place.
        """
        self._confirm(call.integer("offset"))
        self._wake(more=False)
        timeout = min(call.integer("timeout"), _LONGEST_POLL)
        if not self._updates and timeout > 0:
            poller = self._poller = asyncio.get_running_loop().create_future()
            await asyncio.wait([poller], timeout=timeout)
            if poller.done() and not poller.result():
                raise Refusal(TAKEN, 409)
            if self._poller is poller:
                self._poller = None
        limit = call.integer("limit", _LIMIT)
        return self._updates[: limit if 1 <= limit <= _LIMIT else _LIMIT]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self._updates = self._updates[offset:]
        elif 0 < offset <= self._next_id + _NEAR:
            self._updates = [each for each in self._updates if each["update_id"] >= offset]

    def _wake(self, *, more: bool) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(more)
        self._poller = None


def command_update(chat_id: int, text: str = "/start", **user: Any) -> dict[str, Any]:
    """The update of a person who writes, as a rule a command, to the bot in their private chat."""
    person = {"id": chat_id, "is_bot": False, "first_name": f"Recipient {chat_id}", **user}
    where: dict[str, Any] = {"id": chat_id, "type": "private"}
    where |= {key: person[key] for key in _NAMES if key in person}
    return {"message": _message(where, text, person)}


def group_message_update(
    chat_id: int, user_id: int, text: str, *, title: str = "", **user: Any
) -> dict[str, Any]:
    """The update of a person who writes in a group."""
    person = {"id": user_id, "is_bot": False, "first_name": f"Recipient {user_id}", **user}
    return {"message": _message(group(chat_id, title), text, person)}


def migration_update(chat_id: int, to: int) -> dict[str, Any]:
    """The update of a group that became a supergroup."""
    return {
        "message": {
            "message_id": 1,
            "chat": group(chat_id),
            "date": int(time.time()),
            "migrate_to_chat_id": to,
        }
    }


def group(chat_id: int, title: str = "", kind: str = "") -> dict[str, Any]:
    """A group, a supergroup or a channel as the Bot API shows it."""
    shape = chat(chat_id)
    return {**shape, "title": title or shape["title"], "type": kind or shape["type"]}


def _message(where: dict[str, Any], text: str, person: dict[str, Any]) -> dict[str, Any]:
    message: dict[str, Any] = {
        "message_id": 1,
        "from": person,
        "chat": where,
        "date": int(time.time()),
        "text": text,
    }
    if text.startswith("/"):
        command = text.split(maxsplit=1)[0]
        message["entities"] = [{"type": "bot_command", "offset": 0, "length": len(command)}]
    return message


def membership_update(chat_id: int, bot: dict[str, Any], *, blocked: bool) -> dict[str, Any]:
    """The update of a person who blocks the bot, or unblocks it."""
    person = {"id": chat_id, "is_bot": False, "first_name": f"Recipient {chat_id}"}
    gone = {"user": bot, "status": "kicked", "until_date": 0}
    there = {"user": bot, "status": "member"}
    return {
        "my_chat_member": {
            "chat": {"id": chat_id, "type": "private", "first_name": person["first_name"]},
            "from": person,
            "date": int(time.time()),
            "old_chat_member": there if blocked else gone,
            "new_chat_member": gone if blocked else there,
        }
    }


def group_membership_update(
    where: dict[str, Any], bot: dict[str, Any], status: str, *, by: int = 1, **rights: Any
) -> dict[str, Any]:
    """The update of a group or channel in which the bot's part changes, by one of its people."""
    return {
        "my_chat_member": {
            "chat": where,
            "from": {"id": by, "is_bot": False, "first_name": f"Recipient {by}"},
            "date": int(time.time()),
            "old_chat_member": {"user": bot, "status": "left"},
            "new_chat_member": {"user": bot, "status": status, **rights},
        }
    }
