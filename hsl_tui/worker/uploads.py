"""Files go to Telegram once for each bot: one worker uploads, the others wait for the id."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from hsl_tui.models.enums import MediaKind
from hsl_tui.store import media
from hsl_tui.store.database import Database
from hsl_tui.store.media import FileKey
from hsl_tui.telegram.uploads import Upload
from hsl_tui.worker.letters import Letter


class _Taken(NamedTuple):
    """What there is of the files of a message, by position."""

    known: dict[int, str]
    uploads: dict[int, Upload]


class Uploads:
    """What this process uploads, and the ids that it was told."""

    def __init__(self, database: Database, bot_id: int) -> None:
        self._database = database
        self._bot_id = bot_id
        self._under_way: set[FileKey] = set()
        self._waiting: list[Letter] = []
        """Left alone until what this process uploads has arrived."""
        self._told: dict[FileKey, str] = {}
        """Ids that are on record, or about to be."""

    async def take(self, letter: Letter, worker_id: int) -> dict[int, Upload] | None:
        """Take the files that a letter's next message needs, by position, to upload them here.

        A call that gives any must be followed by :meth:`end`.

        Returns:
            None where someone else uploads one of them: the broadcast is left alone for a while.

        Raises:
            DatabaseError: they cannot be read.
        """
        files = letter.files()
        letter.learn({at: self._told[file] for at, file in files.items() if file in self._told})
        files = letter.files()
        wanted = set(files.values())
        taken = None if wanted & self._under_way else _Taken({}, {})
        if taken is None:
            self._waiting.append(letter)
        if taken is not None and wanted:
            taken = await self._take(files, worker_id)
        if taken is None:
            letter.leave_alone()
            return None
        letter.learn(taken.known)
        return taken.uploads

    def end(
        self, letter: Letter, uploads: Collection[int], file_ids: Sequence[str | None]
    ) -> dict[FileKey, str | None]:
        """Learn from the answer to a message whose files :meth:`take` gave.

        Args:
            uploads: their positions.
            file_ids: of all media of the message, in order; empty where it was not sent.

        Returns:
            What is to be recorded of the files.
        """
        told = {at: file_id for at, file_id in enumerate(file_ids) if file_id is not None}
        files = {file: told.get(at) for at, file in letter.files().items() if at in uploads}
        self._under_way -= files.keys()
        self._told |= {file: file_id for file, file_id in files.items() if file_id is not None}
        letter.learn(told)
        for waiting in self._waiting:
            waiting.left_alone_until = 0.0
        self._waiting.clear()
        if file_ids:
            # Where Telegram made something else of what lies at an address, there is no id to wait
            # for. Of a file from disk, the broadcast pauses.
            letter.untold &= letter.files().keys()
        return files

    async def _take(self, files: Mapping[int, FileKey], worker_id: int) -> _Taken | None:
        self._under_way |= set(files.values())
        kept: Collection[int] = ()
        try:
            taken = await asyncio.to_thread(self._claim_and_read, files, worker_id)
            kept = () if taken is None else taken.uploads
            return taken
        finally:
            self._under_way -= {file for at, file in files.items() if at not in kept}

    def _claim_and_read(self, files: Mapping[int, FileKey], worker_id: int) -> _Taken | None:
        known: dict[int, str] = {}
        with self._database.write() as session:
            for at, file in files.items():
                kind = MediaKind(file.kind)
                file_id = media.uploaded(session, file.media_file_id, self._bot_id, kind)
                if file_id is not None:
                    known[at] = file_id
            missing = {at: file for at, file in files.items() if at not in known}
            wanted = set(missing.values())
            if not media.take_uploads(session, wanted, self._bot_id, worker_id):
                return None
        # Not in the transaction that writes: they may be large.
        with self._database.read() as session:
            uploads = {
                at: Upload(*media.read(session, file.media_file_id)) for at, file in missing.items()
            }
        return _Taken(known, uploads)


def why_in_vain(uploaded: Mapping[FileKey, str | None]) -> str | None:
    """Why a broadcast should pause whose message was sent with these files; None where it need not.

    Args:
        uploaded: the id of each, as what it was sent as.
    """
    kinds = [file.kind for file, file_id in uploaded.items() if file_id is None]
    if not kinds:
        return None
    # Without an id the next recipient would have it uploaded again, and so would all others.
    return (
        f"Telegram made another kind of file of its {kinds[0]}, which cannot be sent on by its id:"
        " send it as what it became, with --animation or --document. Those who were sent it have"
        " it."
    )
