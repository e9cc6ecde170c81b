"""Alembic's entry: runs migrations on the connection that ``hsl_tui.store.schema`` hands over."""

from __future__ import annotations

from alembic import context

from hsl_tui.models.metadata import metadata


def run() -> None:
    """Migrate within the caller's transaction."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()


run()
