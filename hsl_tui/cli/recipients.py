"""`hsl-tui recipients`: import, list, export and label those whom broadcasts reach."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hsl_tui.cli import importing, recipient_states
from hsl_tui.cli.adding import add
from hsl_tui.cli.audiences import audience
from hsl_tui.cli.composition import open_context
from hsl_tui.cli.output import (
    SHOWN,
    JsonOption,
    LimitOption,
    brief,
    cut_off,
    example,
    print_json_list,
    print_table,
    say,
    unwritten,
    working,
)
from hsl_tui.cli.recipient_states import read_state
from hsl_tui.cli.streams import note
from hsl_tui.models.selector import SELECTORS

if TYPE_CHECKING:
    from hsl_tui.models.views import RecipientView
    from hsl_tui.services.context import Context

app = typer.Typer(
    help="Import, list, export and label those whom broadcasts reach.", rich_markup_mode="rich"
)

SearchOption = Annotated[
    str,
    typer.Option(
        "--search",
        metavar="TEXT",
        help="Only those whose name, @username or chat id begins so.",
    ),
]
StateOption = Annotated[
    str | None, typer.Option("--state", metavar="STATE", help="Only those in this state.")
]
SomeOption = Annotated[
    list[str] | None,
    typer.Option("--to", metavar="SELECTOR", help=f"{SELECTORS}; ! takes away. Repeatable."),
]
TagName = Annotated[str, typer.Argument(metavar="NAME", help="The tag.")]


app.command("import", epilog=example(*importing.EXAMPLES))(importing.import_recipients)


@app.command("list", epilog=example("hsl-tui recipients list --to tag:june --to '!tag:staff'"))
def list_recipients(
    *,
    to: Annotated[
        list[str] | None,
        typer.Option("--to", metavar="SELECTOR", help="Only those it picks. Repeatable."),
    ] = None,
    search: SearchOption = "",
    state: StateOption = None,
    limit: LimitOption = None,
    as_json: JsonOption = False,
) -> None:
    """List recipients, whatever their state unless one is given."""
    from hsl_tui.services import recipients

    wanted = read_state(state)
    with open_context() as context:
        found = recipients.every(context, to or (), search=search, state=wanted)
        if as_json:
            print_json_list(_recipient_document(one) for one in islice(found, limit))
            return
        rows, more = cut_off(found, limit)
    print_table(
        ("CHAT", "USERNAME", "NAME", "LANGUAGE", "STATE", "TAGS"),
        (
            (
                one.chat_id,
                one.username,
                brief(" ".join(name for name in (one.first_name, one.last_name) if name)),
                one.language_code,
                one.state,
                brief(", ".join(one.tags)),
            )
            for one in rows
        ),
    )
    if more:
        note(
            f"These are the first {SHOWN}; --limit N shows more,"
            " `hsl-tui recipients export FILE.csv` writes them all."
        )


@app.command("export", epilog=example("hsl-tui recipients export people.csv"))
def export_recipients(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="The file to write: CSV, or what .tsv or .jsonl says, in gzip with .gz behind;"
            " - prints CSV.",
        ),
    ],
    *,
    to: SomeOption = None,
) -> None:
    """Write recipients to a file, whatever their state.

    Values that a spreadsheet would run as formulas get an apostrophe in
    front, which an import takes off again; in JSON lines they stay as
    they are.
    """
    from hsl_tui.services import exports

    with open_context() as context:
        if str(file) == "-":
            _export_here(context, to or ())
            return
        with working("Writing the recipients"):
            count = exports.export_recipients(context, file, to or ())
    say(f"{_people(count)} written to {file}.")


@app.command(epilog=example("hsl-tui recipients tag june --to all --to '!tag:staff'"))
def tag(
    name: TagName,
    *,
    to: SomeOption = None,
    search: SearchOption = "",
    state: StateOption = None,
) -> None:
    """Label recipients: active ones, unless another state is given."""
    from hsl_tui.services import recipients

    meant = recipients.picked(to or (), search=search, state=read_state(state))
    with open_context() as context:
        count = recipients.tag(context, name, meant)
    say(f"{_people(count)} got the tag {name!r}.")


@app.command(epilog=example("hsl-tui recipients untag june --to chat:123456789"))
def untag(
    name: TagName,
    *,
    to: SomeOption = None,
    search: SearchOption = "",
    state: StateOption = None,
) -> None:
    """Take a label off recipients: active ones, unless another state is given."""
    from hsl_tui.services import recipients

    meant = recipients.picked(to or (), search=search, state=read_state(state))
    with open_context() as context:
        count = recipients.untag(context, name, meant)
    say(f"{_people(count)} lost the tag {name!r}.")


app.command(
    epilog=example("hsl-tui recipients add 123456789 -1001234567890 --tag june"),
    # A minus in front of a number is no option.
    context_settings={"ignore_unknown_options": True},
)(add)
app.command(epilog=example("hsl-tui recipients audience --to all --to '!tag:staff'"))(audience)


recipient_states.register(app)


def _export_here(context: Context, to: Sequence[str]) -> None:
    """Write the file to standard output, in its own encoding, wherever that leads."""
    from hsl_tui.services import exports

    sys.stdout.flush()
    stream = io.TextIOWrapper(sys.stdout.buffer, "utf-8", errors="replace", newline="")
    try:
        exports.export_recipients(context, stream, to)
        stream.flush()
    except OSError as error:
        raise unwritten(error) from None
    finally:
        stream.detach()


def _people(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count} recipients"


def _recipient_document(one: RecipientView) -> dict[str, Any]:
    return {
        "chat_id": one.chat_id,
        "username": one.username,
        "first_name": one.first_name,
        "last_name": one.last_name,
        "language_code": one.language_code,
        "state": one.state.value,
        "tags": list(one.tags),
        "attributes": one.attributes,
    }
