"""`hsl-tui audit`: who did what, and that nobody changed the record of it."""

from __future__ import annotations

import json
from itertools import islice
from typing import Annotated

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.documents import audit_document
from hsl_tui.cli.output import (
    SHOWN,
    JsonOption,
    LimitOption,
    cut_off,
    example,
    in_zone,
    print_json_list,
    print_table,
    say,
    whole_number,
    working,
)
from hsl_tui.cli.streams import note

app = typer.Typer(help="See who did what, and verify it.", rich_markup_mode="rich")


@app.command("list", epilog=example("hsl-tui audit list --action 'broadcast.*' --since 2030-12-01"))
def list_entries(
    *,
    action: Annotated[
        str | None,
        typer.Option("--action", metavar="A", help="Only this action; broadcast.* for all alike."),
    ] = None,
    actor: Annotated[
        str | None,
        typer.Option("--actor", metavar="A", help="Only this operator; ann* for all who begin so."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="TIME", help="Only from this time on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="TIME", help="Only before this time.")
    ] = None,
    broadcast: Annotated[
        int | None,
        typer.Option(
            "--broadcast", metavar="ID", parser=whole_number, help="Only about this broadcast."
        ),
    ] = None,
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the audit log, newest first."""
    from hsl_tui.services import audit
    from hsl_tui.services.times import parse_time

    with open_context() as context:
        zone = context.settings.zone
        found = audit.every(
            context,
            action=action,
            actor=actor,
            since=None if since is None else parse_time(since, zone),
            until=None if until is None else parse_time(until, zone),
            broadcast_id=broadcast,
        )
        if as_json:
            print_json_list(audit_document(entry) for entry in islice(found, limit))
            return
        entries, more = cut_off(found, limit)
    print_table(
        ("ID", "TIME", "ACTOR", "ACTION", "BROADCAST", "DETAILS"),
        (
            (
                entry.id,
                in_zone(entry.at, zone),
                entry.actor,
                entry.action,
                entry.broadcast_id,
                json.dumps(entry.details, ensure_ascii=False) if entry.details else None,
            )
            for entry in entries
        ),
    )
    if more:
        note(f"These are the newest {SHOWN}; --limit N shows more.")


@app.command(epilog=example("hsl-tui audit verify"))
def verify() -> None:
    """Check that no entry of the audit log was changed or removed."""
    from hsl_tui.services import audit

    with open_context() as context, working("Verifying the audit log"):
        count = audit.verify(context)
        redacted = audit.count_redacted(context)
    people = f", {redacted} of them without people who were forgotten" if redacted else ""
    say(f"The audit log is whole: {count} entries{people}.")
