"""What can be set on the simulated Telegram, at its start or while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from hsl_tui.telegram.simulator.faults import FaultRule

Down = Literal["", "close", "bad_gateway"]


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """Settings of a :class:`Simulator`; frozen, a change replaces the whole."""

    rate: int = 30
    """Sends of one bot that pass in any sliding second; 0 means no limit."""
    paid_rate: int = 1000
    """The same for sends with ``allow_paid_broadcast``."""
    chat_rate: int = 0
    """Sends to one chat that pass in any sliding second; 0 means no limit."""
    retry_after: int = 1
    """Seconds that a 429 tells the bot to wait."""
    halt_after_429: bool = True
    """Refuse everything until ``retry_after`` has passed, as Telegram does."""
    latency: float = 0.0
    """Seconds between taking a call and answering it."""
    known_chats: frozenset[int] | None = None
    """Chats that the bot may write to; None: every positive id."""
    undeletable: frozenset[int] = frozenset()
    """Ids of messages that cannot be deleted any more; one of them keeps a whole batch."""
    uploads_become: str = ""
    """Kind of media that every uploaded file becomes, such as ``animation``, whatever it was sent
    as; empty: what it was sent as."""
    tokens: frozenset[str] | None = None
    """Tokens that are accepted; None: all of the right shape."""
    webhook_url: str = ""
    """Webhook that another program has set; while there is one, getUpdates is refused."""
    other_poller: bool = False
    """Another program asks for updates again and again, and so ends every other poll."""
    down: Down = ""
    """Accept nothing: ``close`` the connections, or answer ``bad_gateway``."""
    record_path: Path | None = None
    """JSON-lines file to which accepted messages are synced before they are answered."""
    faults: tuple[FaultRule, ...] = field(default=())
    """Fault rules in force from the start."""
