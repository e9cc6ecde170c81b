"""A database of its own for a trial: what it would come to, without a trace elsewhere."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hsl_tui.models.metadata import metadata, table
from hsl_tui.models.tables import AttributeName, Recipient, RecipientTag, Tag
from hsl_tui.store.database import Database


@contextmanager
def scratch() -> Iterator[Database]:
    """An empty database that recipients can be taken into, removed at the end."""
    with tempfile.TemporaryDirectory(prefix="hsl-tui-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'trial.sqlite3'}")
        try:
            tables = [table(one) for one in (Recipient, Tag, RecipientTag, AttributeName)]
            with database.write() as session:
                metadata.create_all(session.connection(), tables)
            yield database
        finally:
            database.dispose()
