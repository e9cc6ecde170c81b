"""`hsl-tui db`: the schema of the database."""

from __future__ import annotations

import typer

from hsl_tui.cli.adopting import adopt
from hsl_tui.cli.composition import open_database, open_settings
from hsl_tui.cli.output import JsonOption, example, print_json, say, working

app = typer.Typer(
    help="Look after the database's schema, and take over an older one.", rich_markup_mode="rich"
)
app.command(
    epilog=example(
        "hsl-tui db adopt postgresql://reader@db.example/dashboard --dry-run",
        "PGPASSWORD=… hsl-tui db adopt postgresql://reader@db.example/dashboard",
    )
)(adopt)


@app.command(epilog=example("hsl-tui db upgrade"))
def upgrade() -> None:
    """Bring the schema of the database to the newest version."""
    from hsl_tui.services.context import current_actor
    from hsl_tui.store import schema

    with open_database(open_settings()) as database, working("Upgrading the database"):
        reached = schema.upgrade(database, current_actor())
        say(f"The database {database.label} is at revision {reached.revision}.")


@app.command(epilog=example("hsl-tui db status --json"))
def status(*, as_json: JsonOption = False) -> None:
    """Tell where the schema of the database stands."""
    from hsl_tui.store import schema
    from hsl_tui.store.schema import SchemaState

    with open_database(open_settings()) as database:
        found = schema.status(database)
        if as_json:
            print_json(
                {
                    "database": database.label,
                    "state": found.state.value,
                    "revision": found.revision,
                    "head": found.head,
                }
            )
            return
        at = f", at revision {found.revision}" if found.revision else ""
        what_next = {
            SchemaState.EMPTY: f"; `hsl-tui db upgrade` brings it to {found.head}",
            SchemaState.OUTDATED: f"; `hsl-tui db upgrade` brings it to {found.head}",
            SchemaState.TOO_NEW: f"; this program knows {found.head}, install a newer one",
            SchemaState.CURRENT: "",
        }
        say(f"The schema of {database.label} is {found.state}{at}{what_next[found.state]}.")
