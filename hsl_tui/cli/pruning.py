"""`broadcasts prune`: the deliveries of old broadcasts are removed, their totals stay."""

from __future__ import annotations

from typing import Annotated

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.forgetting import YesOption, agree
from hsl_tui.cli.output import JsonOption, print_json, say
from hsl_tui.cli.progress import progress_bar
from hsl_tui.cli.streams import note


def prune(
    *,
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="AGE", help="Ended longer ago: 180d, 12w, 1y.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would go, and change nothing.")
    ] = False,
    yes: YesOption = False,
    as_json: JsonOption = False,
) -> None:
    """Remove the deliveries of broadcasts that ended long ago.

    What became of how many stays with each broadcast. What became of
    whom is gone: it cannot be listed, exported, retried, edited or
    recalled any more.
    """
    from hsl_tui.services import pruning

    age = pruning.read_age(older_than)
    with open_context() as context:
        planned = pruning.plan(context, age)
        what = f"{planned.deliveries} deliveries of {planned.broadcasts} broadcasts"
        if dry_run:
            done = planned
        else:
            if planned.broadcasts:
                agree(f"Remove {what} for good?", yes=yes)
            with progress_bar("Removing") as draw:
                done = pruning.prune(context, age, on_progress=draw)
        is_sqlite = context.database.is_sqlite
    if as_json:
        counted = {"broadcasts": done.broadcasts, "deliveries": done.deliveries}
        print_json({**counted, "reasons": done.reasons, "dry_run": dry_run})
        return
    if dry_run:
        say(f"It would remove {what}.")
        return
    say(f"{done.deliveries} deliveries of {done.broadcasts} broadcasts are removed.")
    if done.deliveries and is_sqlite:
        note("the file keeps the room for what comes next; SQLite's VACUUM would make it smaller.")
