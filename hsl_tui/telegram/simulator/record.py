"""What the simulated Telegram accepted: the oracle that a client's own books are held against."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_WINDOW = 1.0


@dataclass(frozen=True, slots=True)
class AcceptedMessage:
    """One message that was accepted, as it was asked for."""

    bot_id: int
    chat_id: int
    message_id: int
    method: str
    text: str
    """Text or caption as sent, before its markup is parsed."""
    time: float
    """Seconds since the epoch."""


@dataclass(slots=True)
class Stats:
    """Counts since the start or the last reset; times in seconds since the epoch."""

    requests: int = 0
    accepted: int = 0
    refused_429: int = 0
    max_per_second: int = 0
    """Most messages accepted in any sliding second."""
    first_accepted_at: float | None = None
    last_accepted_at: float | None = None


class Record:
    """Accepted messages in memory, and on disk when there is a path.

    Must be opened, used and closed in one event loop.
    """

    def __init__(self, path: Path | None) -> None:
        self.messages: list[AcceptedMessage] = []
        self.stats = Stats()
        self._window: deque[float] = deque()
        self._path = path
        self._file: IO[bytes] | None = None
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    def open(self) -> None:
        """Open the file for appending.

        Raises:
            OSError: The file cannot be written.
        """
        if self._path is not None:
            self._file = self._path.open("ab")

    async def close(self) -> None:
        """Write what still waits and close the file."""
        if self._writer is not None:
            await self._writer
        if self._file is not None:
            self._file.close()
            self._file = None

    async def accept(self, message: AcceptedMessage) -> None:
        """Take the message in; returns once it is on disk where there is a file."""
        self.messages.append(message)
        self._count(message.time)
        if self._file is None:
            return
        line = json.dumps(asdict(message), ensure_ascii=False).encode(errors="replace") + b"\n"
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((line, done))
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_waiting())
        await done

    def clear(self) -> None:
        """Forget what is in memory; a file keeps what it has."""
        self.messages.clear()
        self.stats = Stats()
        self._window.clear()

    def _count(self, at: float) -> None:
        stats = self.stats
        stats.accepted += 1
        if stats.first_accepted_at is None:
            stats.first_accepted_at = at
        stats.last_accepted_at = at
        now = time.monotonic()
        window = self._window
        window.append(now)
        while window[0] <= now - _WINDOW:
            window.popleft()
        stats.max_per_second = max(stats.max_per_second, len(window))

    async def _write_waiting(self) -> None:
        """Sync in groups: one fsync serves all that came in during the one before."""
        while self._waiting:
            group, self._waiting = self._waiting, []
            lines = b"".join(line for line, _ in group)
            try:
                await asyncio.to_thread(self._sync, lines)
            except OSError as error:
                for _, done in group:
                    if not done.done():
                        done.set_exception(error)
            else:
                for _, done in group:
                    if not done.done():
                        done.set_result(None)
        self._writer = None

    def _sync(self, lines: bytes) -> None:
        if self._file is None:
            return
        self._file.write(lines)
        self._file.flush()
        os.fsync(self._file.fileno())
