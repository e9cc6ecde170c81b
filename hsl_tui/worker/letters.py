"""What each broadcast says, ready to be made up for one recipient after the other."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from hsl_tui.errors import NotFoundError, TextRefusedError
from hsl_tui.models.content import Media, MessageContent
from hsl_tui.models.enums import Act
from hsl_tui.models.views import Claim
from hsl_tui.store import broadcasts, media
from hsl_tui.store.database import Database
from hsl_tui.telegram.gateway import Upload
from hsl_tui.telegram.markup import check_text, load_parser
from hsl_tui.telegram.rendering import Template, compile_template
from hsl_tui.worker.verdicts import Policy

_KEPT: Final = 50
"""Broadcasts whose texts stay compiled."""


@dataclass(slots=True)
class Letter:
    """A broadcast's content with its template compiled."""

    content: MessageContent
    template: Template
    policy: Policy
    act: Act
    upload: Upload | None
    """The file to send along, until Telegram has given an id for it."""
    uploading: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while the file is on its way: it is uploaded once."""

    def made_up_for(self, claim: Claim) -> str:
        """The text for one recipient, checked as Telegram would.

        Raises:
            RenderingError: it cannot be made up for them.
            TextRefusedError: made up for them, it is what Telegram would refuse.
        """
        if self.act is Act.RECALL:
            return ""
        text = self.template.render(claim.person)
        check_text(text, caption=bool(self.content.media))
        return text

    def note_upload(self, file_id: str) -> None:
        """Send the rest by the id that Telegram gave."""
        if self.content.media:
            known = Media(kind=self.content.media[0].kind, file_id=file_id)
            self.content = self.content.model_copy(update={"media": (known,)})
            self.upload = None


class Letters:
    """The letters of the broadcasts in flight, read once each: what was queued never changes."""

    def __init__(self, database: Database, bot_id: int, max_attempts: int) -> None:
        self._database = database
        self._bot_id = bot_id
        self._max_attempts = max_attempts
        self._kept: OrderedDict[int, Letter] = OrderedDict()

    def kept(self, broadcast_id: int) -> Letter | None:
        """A letter that has been read before."""
        return self._kept.get(broadcast_id)

    @property
    def uploading(self) -> frozenset[int]:
        """Broadcasts whose file is on its way."""
        return frozenset(of for of, letter in self._kept.items() if letter.uploading.locked())

    def read(self, broadcast_id: int) -> Letter:
        """Read a letter from the database, and keep it."""
        with self._database.read() as session:
            broadcast = broadcasts.get(session, broadcast_id)
            if broadcast is None:
                msg = f"Broadcast {broadcast_id} is gone."
                raise NotFoundError(msg)
            content, upload = broadcast.content, None
            item = content.media[0] if content.media else None
            sends = broadcast.act is Act.SEND
            if sends and item is not None and item.media_file_id is not None:
                known = media.uploaded(session, item.media_file_id, self._bot_id, item.kind)
                if known is None:
                    upload = Upload(*media.read(session, item.media_file_id))
                else:
                    item = Media(kind=item.kind, file_id=known)
                    content = content.model_copy(update={"media": (item,)})
        # Here, in a thread: the event loop would stand still for it, and miss its slots.
        load_parser()
        letter = Letter(
            content=content,
            template=_template(content.text),
            policy=Policy(
                broadcast.on_uncertain,
                self._max_attempts,
                recalls=broadcast.target_id if broadcast.act is Act.RECALL else None,
            ),
            act=broadcast.act,
            upload=upload,
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
        return Template(text, None, frozenset())
