"""Runs a worker in a process of its own: ``python -m tests.worker.holding_process URL API_URL``."""

from __future__ import annotations

import sys

from pydantic import SecretStr

from hsl_tui.clock import SystemClock
from hsl_tui.services.context import Context
from hsl_tui.settings import Settings
from hsl_tui.store.database import Database
from hsl_tui.worker import Worker
from tests.conftest import TOKEN


def main() -> None:
    url, api_url, rate = sys.argv[1:]
    settings = Settings(
        bot_token=SecretStr(TOKEN), api_url=api_url, messages_per_second=float(rate)
    )
    database = Database(url)
    Worker(Context(database, SystemClock(), "another process", settings)).run()
    database.dispose()


if __name__ == "__main__":
    main()
