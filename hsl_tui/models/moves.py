"""How recipients moved from state to state: what is asked for, and what is handed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from hsl_tui.models.enums import RecipientState


@dataclass(frozen=True, slots=True)
class StateChange:
    """A recipient that is to be in a state from now on.

    Attributes:
        learnt_at: when that became known; nothing that has moved it since is undone. None where it
            is what somebody wants now.
    """

    recipient_id: int
    state: RecipientState
    reason: str
    learnt_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MoveView:
    """One move of one recipient.

    Attributes:
        chat_id: None where the recipient was forgotten since, as are its names.
    """

    id: int
    recipient_id: int
    chat_id: int | None
    username: str | None
    first_name: str | None
    last_name: str | None
    before: RecipientState
    after: RecipientState
    reason: str
    at: datetime


class MovePlace(NamedTuple):
    """Where a move stands among those that are listed, the newest first."""

    at: datetime
    id: int


@dataclass(frozen=True, slots=True)
class MoveTotal:
    """How many moved to one state for one reason."""

    state: RecipientState
    reason: str
    recipients: int
