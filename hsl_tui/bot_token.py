"""The form of a bot token, the file that it comes in, and what it tells."""

from __future__ import annotations

import errno
import re
import stat
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from hsl_tui.errors import SettingsError

FORM: Final = re.compile(r"([1-9][0-9]{0,17}):[A-Za-z0-9_-]+")
"""As @BotFather gives it: the bot's user id, and its secret."""


_LONGEST_FILE: Final = 4096
"""Bytes; a token has about 50, and a file may have blank lines around it."""


def read_from(file: Path) -> str:
    """What stands in a file with a token, or comes through a pipe, without the blanks around it.

    Raises:
        OSError: it cannot be read, or is neither, or is too long for a token.
        UnicodeDecodeError: it is not text.
    """
    mode = file.stat().st_mode
    # A device may never end, and reading from a terminal would wait for somebody to type.
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode) or stat.S_ISDIR(mode)):
        raise OSError(errno.EINVAL, "it is neither a file nor a pipe")
    with file.open("rb") as opened:
        content = opened.read(_LONGEST_FILE + 1)
    if len(content) > _LONGEST_FILE:
        raise OSError(errno.EFBIG, "it is too long for a bot token")
    return content.decode().strip()


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
