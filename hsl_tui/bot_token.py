"""The form of a bot token, and what it tells."""

from __future__ import annotations

import re
from typing import Final

from pydantic import SecretStr

from hsl_tui.errors import SettingsError

FORM: Final = re.compile(r"([1-9][0-9]{0,17}):[A-Za-z0-9_-]+")
"""As @BotFather gives it: the bot's user id, and its secret."""


def bot_id_of(token: SecretStr) -> int:
    """The bot's user id, which its token begins with.

    Raises:
        SettingsError: It does not have the form of a token.
    """
    match = FORM.fullmatch(token.get_secret_value())
    if match is None:
        raise SettingsError(
            "BOT_TOKEN does not have the form of a bot token (digits, a colon, then letters, "
            "digits, - and _): copy it from @BotFather as it is"
        )
    return int(match[1])
