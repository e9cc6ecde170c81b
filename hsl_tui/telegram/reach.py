"""Whether a Bot API server is there at all, and what time it is there; no token is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from hsl_tui.errors import TelegramUnreachableError
from hsl_tui.telegram.transport import proxy_for, reason_of


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
    url = URL(api_url)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(within)) as session,
            session.head(url, allow_redirects=False, proxy=proxy_for(url)) as answer,
        ):
            told = answer.headers.get("Date")
    except (aiohttp.ClientError, OSError) as error:
        raise TelegramUnreachableError(
            f"The Bot API at {url.host} cannot be reached: {reason_of(error)}."
        ) from None
    try:
        return None if told is None else parsedate_to_datetime(told).astimezone(UTC)
    except ValueError:
        return None
