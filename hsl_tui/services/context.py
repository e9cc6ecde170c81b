"""What every act needs: the database, the clock, who acts, and the settings."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import SecretStr

from hsl_tui.clock import Clock
from hsl_tui.errors import TokenMissingError
from hsl_tui.settings import Settings
from hsl_tui.store import audit
from hsl_tui.store.database import Database, Session

_ORIGIN: Final = " from "


@dataclass(frozen=True, slots=True)
class Context:
    """Built once by the composition root and handed down."""

    database: Database
    clock: Clock
    actor: str
    """The operator as the audit log names them."""
    settings: Settings

    @property
    def operator(self) -> str:
        """The operator alone, wherever they came from: the same after the line was lost."""
        return operator_of(self.actor)

    @property
    def token(self) -> SecretStr:
        """The bot token.

        Raises:
            TokenMissingError: none is set.
        """
        if self.settings.bot_token is None:
            msg = "No bot token is set; put the one that @BotFather gave you into BOT_TOKEN."
            raise TokenMissingError(msg)
        return self.settings.bot_token

    def record(
        self,
        session: Session,
        action: str,
        broadcast_id: int | None = None,
        **details: Any,
    ) -> None:
        """Enter an act into the audit log, in the transaction that carries it out."""
        audit.append(
            session,
            at=self.clock.now(),
            actor=self.actor,
            action=action,
            broadcast_id=broadcast_id,
            details=details,
        )


def operator_of(actor: str) -> str:
    """The operator alone, of whom the audit log also says where they came from."""
    return actor.partition(_ORIGIN)[0]


def current_actor(environ: Mapping[str, str] = os.environ) -> str:
    """The operator at this terminal: the OS user, and where they came from over SSH."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user id need not have a name
        user = f"uid {os.getuid()}"
    origin = environ.get("SSH_CONNECTION", "").split(" ")[0]
    return f"{user}{_ORIGIN}{origin}" if origin else user
