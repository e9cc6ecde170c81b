"""The composition root: settings, logs, database and context, built once and closed at the end."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hsl_tui.services.context import Context
    from hsl_tui.settings import Settings
    from hsl_tui.store.database import Database


def open_settings(*, level: int = logging.WARNING, log_file: Path | None = None) -> Settings:
    """Read the settings, and send logs where they belong.

    Args:
        level: the least level that is logged.
        log_file: instead of standard error.

    Raises:
        SettingsError: a setting is wrong.
        HslTuiError: the log file cannot be made.
    """
    from hsl_tui.logs import configure_logging
    from hsl_tui.settings import load_settings

    settings = load_settings()
    configure_logging(
        log_format=settings.log_format,
        destination=sys.stderr if log_file is None else log_file,
        level=level,
        secrets=settings.secrets,
    )
    return settings


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database as it is, whatever its schema; closed at the end.

    Raises:
        SettingsError: its URL cannot be read.
    """
    from hsl_tui.store.database import Database

    database = Database(settings.database_url.get_secret_value())
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def open_context(settings: Settings | None = None) -> Iterator[Context]:
    """Everything that an act of an operator needs; closed at the end.

    Args:
        settings: those that were read already; by default they are read here.

    Raises:
        SettingsError: a setting is wrong.
        DatabaseError: the database cannot be used, or its schema is not this program's.
    """
    from hsl_tui.clock import SystemClock
    from hsl_tui.services.context import Context, current_actor
    from hsl_tui.store import schema

    settings = open_settings() if settings is None else settings
    with open_database(settings) as database:
        actor = current_actor()
        schema.ensure_current(database, actor)
        yield Context(database, SystemClock(), actor, settings)
