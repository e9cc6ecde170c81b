"""Files that the simulated Telegram was given, and the media of messages made of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from hsl_tui.telegram.simulator.calls import Call, Refusal

_PHOTO_LIMIT: Final = 10 * 1024 * 1024
_SIZE: Final = {"width": 1280, "height": 720}


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that Telegram knows."""

    kind: str
    """``photo``, ``video``, ``animation``, ``audio`` or ``document``."""
    file_id: str
    name: str
    size: int

    def to_json(self) -> dict[str, Any]:
        """The fields of a Message that show it."""
        file = {
            "file_id": self.file_id,
            "file_unique_id": f"unique-{self.file_id}",
            "file_size": self.size,
        }
        named = {**file, "file_name": self.name}
        match self.kind:
            case "photo":
                small = {**file, "file_id": f"{self.file_id}-small", "width": 90, "height": 90}
                return {"photo": [small, {**file, "width": 1280, "height": 1280}]}
            case "video":
                return {"video": {**named, **_SIZE, "duration": 1}}
            case "animation":
                # Under both names, as the Bot API promises.
                return {"animation": {**named, **_SIZE, "duration": 1}, "document": named}
            case "audio":
                return {"audio": {**named, "duration": 1}}
            case _:
                return {"document": named}


class Files:
    """All files, each known to the bot that sent it."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, str], MediaFile] = {}

    def clear(self) -> None:
        """Forget all of them."""
        self._known.clear()

    def read(self, call: Call, kind: str, name: str, *, becomes: str = "") -> MediaFile:
        """The file of a parameter: an upload, an address, or an id that was given before.

        Args:
            becomes: the kind that is made of an upload; empty for the one asked for.

        Raises:
            Refusal: As Telegram refuses it.
        """
        source = call.text(name)
        upload = call.uploads.get(source.removeprefix("attach://") if source else name)
        if upload is not None:
            if not upload.size:
                raise Refusal("Bad Request: file must be non-empty")
            if kind == "photo" and upload.size > _PHOTO_LIMIT:
                raise Refusal("Bad Request: file is too big")
            return self.keep(call.bot_id, becomes or kind, upload.name, upload.size)
        if not source:
            raise Refusal(f"Bad Request: there is no {kind} in the request")
        if source.startswith(("http://", "https://")):
            return self.keep(call.bot_id, kind, source.rpartition("/")[2], 1)
        known = self._known.get((call.bot_id, source.removesuffix("-small")))
        if known is None:
            raise Refusal("Bad Request: wrong file identifier/HTTP URL specified")
        if known.kind != kind:
            raise Refusal(
                f"Bad Request: can't use file of type {known.kind.title()} as {kind.title()}"
            )
        return known

    def keep(self, bot_id: int, kind: str, name: str, size: int) -> MediaFile:
        """Take in a file that a bot has sent."""
        file_id = f"simulated-{kind}-{bot_id}-{len(self._known) + 1}"
        media = MediaFile(kind, file_id, name, size)
        self._known[bot_id, file_id] = media
        return media
