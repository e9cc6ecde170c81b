"""What each broadcast says, ready to be made up for one recipient after the other."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from hsl_tui.errors import NotFoundError, TextRefusedError
from hsl_tui.models.content import MessageContent
from hsl_tui.models.enums import Act
from hsl_tui.models.views import Claim
from hsl_tui.store import broadcasts
from hsl_tui.store.database import Database
from hsl_tui.store.media import FileKey
from hsl_tui.telegram.acceptance import Acceptance
from hsl_tui.telegram.markup import load_parser
from hsl_tui.telegram.rendering import Template, compile_template
from hsl_tui.worker.verdicts import Policy

_LEFT_ALONE: Final = 1.0
"""Seconds before another look at whether someone else's upload has ended."""
_KEPT: Final = 50
"""Broadcasts whose texts stay compiled."""


@dataclass(slots=True)
class Letter:
    """A broadcast's content with its template compiled."""

    content: MessageContent
    acceptance: Acceptance
    policy: Policy
    act: Act
    untold: set[int]
    """Positions of the media that Telegram has given no id for: files to be uploaded, and
    addresses, where something else may lie by the time of the next message."""
    first: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by the call whose answer is to tell those ids: the other deliveries wait for it."""
    left_alone_until: float = 0.0
    """Monotonic seconds: another worker uploads one of the files, or it is to pause."""

    @property
    def is_left_alone(self) -> bool:
        """Whether its other deliveries wait, for now."""
        return self.first.locked() or self.left_alone_until > time.monotonic()

    def leave_alone(self) -> None:
        """Let its other deliveries wait for a moment."""
        self.left_alone_until = time.monotonic() + _LEFT_ALONE

    def made_up_for(self, claim: Claim) -> str:
        """The text for one recipient, checked as Telegram would.

        Raises:
            RenderingError: it cannot be made up for them.
            TextRefusedError: made up for them, it is what Telegram would refuse.
        """
        if self.act is Act.RECALL:
            return ""
        return self.acceptance.make_up(claim.person)

    @property
    def messages(self) -> int:
        """How many messages each recipient gets: an album is one for each of its items."""
        return max(1, len(self.content.media)) if self.act is Act.SEND else 1

    def files(self) -> dict[int, FileKey]:
        """The files to be uploaded, by position."""
        items = {position: self.content.media[position] for position in self.untold}
        return {
            position: FileKey(item.media_file_id, item.kind)
            for position, item in items.items()
            if item.media_file_id is not None
        }

    def learn(self, file_ids: Mapping[int, str]) -> None:
        """Send the rest by the ids that Telegram gave, by position."""
        media = list(self.content.media)
        for position in self.untold & file_ids.keys():
            known = {"media_file_id": None, "url": None, "file_id": file_ids[position]}
            media[position] = media[position].model_copy(update=known)
        self.content = self.content.model_copy(update={"media": tuple(media)})
        self.untold -= file_ids.keys()


class Letters:
    """The letters of the broadcasts in flight, read once each: what was queued never changes."""

    def __init__(self, database: Database, max_attempts: int) -> None:
        self._database = database
        self._max_attempts = max_attempts
        self._kept: OrderedDict[int, Letter] = OrderedDict()

    def kept(self, broadcast_id: int) -> Letter | None:
        """A letter that has been read before."""
        return self._kept.get(broadcast_id)

    @property
    def uploading(self) -> frozenset[int]:
        """Broadcasts whose files are on their way, from here or from another worker."""
        return frozenset(of for of, letter in self._kept.items() if letter.is_left_alone)

    def read(self, broadcast_id: int) -> Letter:
        """Read a letter from the database, and keep it."""
        with self._database.read() as session:
            broadcast = broadcasts.get(session, broadcast_id)
            if broadcast is None:
                msg = f"Broadcast {broadcast_id} is gone."
                raise NotFoundError(msg)
        # Here, in a thread: the event loop would stand still for it, and miss its slots.
        load_parser()
        content = broadcast.content
        sends = broadcast.act is Act.SEND
        letter = Letter(
            content=content,
            acceptance=Acceptance(_template(content.text), caption=bool(content.media)),
            policy=Policy(
                broadcast.on_uncertain,
                self._max_attempts,
                recalls=broadcast.target_id if broadcast.act is Act.RECALL else None,
            ),
            act=broadcast.act,
            untold={at for at, item in enumerate(content.media) if sends and item.file_id is None},
        )
        self._kept[broadcast_id] = letter
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return letter


def _template(text: str) -> Template:
    try:
        return compile_template(text, known=None)
    except TextRefusedError:
        # It was checked when it was queued, by an older version perhaps; sent as it is, it is
        # judged by Telegram.
        return Template(text)
