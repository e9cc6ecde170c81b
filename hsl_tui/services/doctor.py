"""What stands in the way of sending, looked for from end to end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from hsl_tui import paths
from hsl_tui.bot_token import bot_id_of
from hsl_tui.clock import Clock
from hsl_tui.errors import DatabaseError, HslTuiError, TelegramUnreachableError
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store import bot_intake, broadcasts, pace, schema, server_clock, workers
from hsl_tui.store.database import Database, Session
from hsl_tui.store.schema import SchemaState
from hsl_tui.telegram.gateway import Gateway
from hsl_tui.telegram.intake import BotIdentity
from hsl_tui.telegram.reach import ask_time

TOLERANCE: Final = timedelta(seconds=5)
"""By how much clocks may differ: the way of an answer, and the second that it is rounded to."""

_OTHERS: Final = 0o077
_SEE_DATABASE: Final = "See to the database first."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: a word for it, always the same.
        detail: what was found.
        advice: what to do; None where all is well.
    """

    name: str
    detail: str
    advice: str | None = None

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return self.advice is None


def examine(settings: Settings, database: Database, clock: Clock) -> Iterator[Finding]:
    """Look at everything that sending needs, one finding after the other.

    Args:
        database: whatever its schema; it need not be there.
    """
    yield _token(settings)
    reached, ahead = _bot_api(settings, clock)
    yield reached
    usable = True
    for finding in _database(database):
        usable = usable and finding.ok
        yield finding
    if not usable:
        yield _clock({"the Bot API": ahead})
        yield Finding("workers", "not looked for", _SEE_DATABASE)
        yield Finding("intake", "not looked at", _SEE_DATABASE)
    else:
        with database.read() as session:
            of_database = clock.now() - server_clock.moment(session)
            yield _clock({"the Bot API": ahead, "the database": of_database})
            yield _workers(session, settings)
            yield _intake(session, settings)
    yield _files(settings, database)


def why_stopped(context: Context) -> str | None:
    """Why no worker sends anything until the token is mended; None when they may.

    Raises:
        TokenMissingError: no bot token is set.
    """
    with context.database.read() as session:
        return pace.standing(session, bot_id_of(context.token)).stopped_reason


def _token(settings: Settings) -> Finding:
    if settings.bot_token is None:
        advice = "Put the token that @BotFather gave you into BOT_TOKEN: nothing is sent without."
        return Finding("token", "none is set", advice)
    try:
        bot = asyncio.run(_identity(settings.bot_token, settings))
    except TelegramUnreachableError as error:
        return Finding("token", f"of bot {bot_id_of(settings.bot_token)}, not tried", str(error))
    except HslTuiError as error:
        return Finding("token", "cannot be used", str(error))
    return Finding("token", f"of @{bot.username} ({bot.id})")


async def _identity(token: SecretStr, settings: Settings) -> BotIdentity:
    timeout = settings.request_timeout
    async with Gateway(token, settings.api_url, request_timeout=timeout, connections=1) as gateway:
        return await gateway.get_me()


def _bot_api(settings: Settings, clock: Clock) -> tuple[Finding, timedelta | None]:
    """Whether the server answers, and by how much our clock is ahead of its."""
    try:
        told = asyncio.run(ask_time(settings.api_url, within=settings.request_timeout))
    except TelegramUnreachableError as error:
        advice = "Check the network, its proxy and HSL_TUI_API_URL."
        return Finding("bot_api", str(error), advice), None
    ahead = None if told is None else clock.now() - told
    return Finding("bot_api", f"{settings.api_url} answers"), ahead


def _database(database: Database) -> Iterator[Finding]:
    try:
        found = schema.status(database)
    except DatabaseError as error:
        yield Finding("database", "cannot be used", str(error))
        yield Finding("schema", "not looked at", _SEE_DATABASE)
        return
    yield Finding("database", f"{database.label} answers")
    if found.state is SchemaState.CURRENT:
        yield Finding("schema", f"at revision {found.revision}")
    elif found.state is SchemaState.TOO_NEW:
        detail = f"at revision {found.revision}, newer than this program's {found.head}"
        yield Finding("schema", detail, "Install a newer hsl-tui.")
    else:
        detail = "no tables yet" if found.state is SchemaState.EMPTY else f"at {found.revision}"
        yield Finding("schema", f"{detail}, {found.head} is due", "Run `hsl-tui db upgrade`.")


def _clock(ahead_of: dict[str, timedelta | None]) -> Finding:
    known = {whose: ahead for whose, ahead in ahead_of.items() if ahead is not None}
    for whose, ahead in known.items():
        if abs(ahead) > TOLERANCE:
            detail = f"{abs(ahead).total_seconds():.0f} s {_ahead_or_behind(ahead)} {whose}'s"
            return Finding("clock", detail, "Set this machine's clock, and keep it set (NTP).")
    return Finding("clock", f"as {' and '.join(known)}" if known else "nothing to compare with")


def _ahead_or_behind(ahead: timedelta) -> str:
    return "ahead of" if ahead > timedelta(0) else "behind"


def _workers(session: Session, settings: Settings) -> Finding:
    """Whether someone sends, and may."""
    standing = None
    if settings.bot_token is not None:
        standing = pace.standing(session, bot_id_of(settings.bot_token))
        if standing.stopped_reason is not None:
            advice = "Mend BOT_TOKEN or HSL_TUI_API_URL, and start the worker again."
            return Finding("workers", f"stopped: {standing.stopped_reason}", advice)
    now = server_clock.moment(session)
    found = workers.standing(session, now=now, timeout=settings.worker_timeout)
    alive = [f"{one.host}:{one.pid}" for one in found if one.alive]
    if alive:
        waits = ""
        if standing is not None and standing.halted_for:
            waits = f"; Telegram has asked for a pause of another {standing.halted_for:.0f} s"
        return Finding("workers", f"{len(alive)} alive ({', '.join(alive)}){waits}")
    if broadcasts.in_flight(session, now=now, limit=1) or broadcasts.due(session, now=now):
        advice = "Start `hsl-tui --scheduler-only`, or open the console."
        return Finding("workers", "none is alive, and something is due", advice)
    return Finding("workers", "none is alive, and nothing is due")


def _intake(session: Session, settings: Settings) -> Finding:
    """Whether somebody takes in what people tell the bot, where that is wanted."""
    holding = None
    if settings.bot_token is not None:
        holding = bot_intake.holding(session, bot_id_of(settings.bot_token))
    if holding is not None and holding.host is not None:
        by = f"{holding.host}:{holding.pid}"
        if holding.trouble is None:
            return Finding("intake", f"updates are taken in by {by}")
        advice = "Stop the other program, or HSL_TUI_INTAKE; sending goes on meanwhile."
        return Finding("intake", f"{by} gets no updates: {holding.trouble}", advice)
    if settings.intake:
        advice = "Start `hsl-tui --scheduler-only` with HSL_TUI_INTAKE set."
        return Finding("intake", "no worker takes updates in", advice)
    return Finding("intake", "off; HSL_TUI_INTAKE turns it on")


def _files(settings: Settings, database: Database) -> Finding:
    """Whether others on this machine can read the token, the database or the logs."""
    kept: list[Path | None] = [paths.config_file(), settings.bot_token_file]
    if (file := database.file) is not None:
        kept += [file, *(file.with_name(file.name + end) for end in ("-wal", "-shm"))]
    open_to_others = [path for path in kept if path is not None and _is_open(path)]
    if open_to_others:
        names = " ".join(str(path) for path in open_to_others)
        return Finding("files", f"others can use {names}", f"Run `chmod 600 {names}`.")
    return Finding("files", "closed to others")


def _is_open(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & _OTHERS)
    except OSError:
        return False
