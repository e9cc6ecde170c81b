"""Updates that wait for the bot to fetch them by long polling."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from hsl_tui.telegram.simulator.calls import Call, Refusal

_LIMIT = 100
_LONGEST_POLL = 50


class UpdateQueue:
    """Updates in the order in which they were queued, kept until an offset confirms them."""

    def __init__(self) -> None:
        self._updates: list[dict[str, Any]] = []
        self._next_id = 1
        self._poller: asyncio.Future[bool] | None = None
        """The poll that waits: True wakes it up, False ends it for another one."""

    def add(self, update: dict[str, Any]) -> int:
        """Queue an update, such as ``{"message": {…}}``; returns its ``update_id``."""
        update_id = int(update.get("update_id", self._next_id))
        self._updates.append({**update, "update_id": update_id})
        self._next_id = max(self._next_id, update_id) + 1
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
                raise Refusal(
                    "Conflict: terminated by other getUpdates request; "
                    "make sure that only one bot instance is running",
                    409,
                )
            if self._poller is poller:
                self._poller = None
        limit = call.integer("limit", _LIMIT)
        return self._updates[: limit if 1 <= limit <= _LIMIT else _LIMIT]

    def _confirm(self, offset: int) -> None:
        if offset < 0:
            self._updates = self._updates[offset:]
        elif offset > 0:
            self._updates = [each for each in self._updates if each["update_id"] >= offset]

    def _wake(self, *, more: bool) -> None:
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(more)
        self._poller = None


def command_update(chat_id: int, text: str = "/start", **user: Any) -> dict[str, Any]:
    """The update of a person who writes a command to the bot in their private chat."""
    person = {"id": chat_id, "is_bot": False, "first_name": f"Recipient {chat_id}", **user}
    command = text.split(maxsplit=1)[0]
    return {
        "message": {
            "message_id": 1,
            "from": person,
            "chat": {"id": chat_id, "type": "private", "first_name": person["first_name"]},
            "date": int(time.time()),
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": len(command)}],
        }
    }


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
