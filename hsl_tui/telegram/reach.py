"""Whether a Bot API server is there at all, and what time it is there; no token is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from hsl_tui.errors import TelegramUnreachableError
from hsl_tui.telegram.http import HttpClient, HttpError


async def ask_time(api_url: str, *, within: float) -> datetime | None:
    """Ask the root of a Bot API server for nothing.

    Args:
        api_url: root of the Bot API server.
        within: seconds before it is given up.

    Returns:
        The server's time, to the second; None when it tells none.

    Raises:
        TelegramUnreachableError: it did not answer.
    """
    client = HttpClient(api_url, connections=1)
    try:
        told = (await client.ask("HEAD", "", within=within)).headers.get("date")
    except HttpError as error:
        raise TelegramUnreachableError(
            f"The Bot API at {urlsplit(api_url).hostname} cannot be reached: {error}."
        ) from None
    try:
        return None if told is None else parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return None
