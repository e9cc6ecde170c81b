"""`hsl-tui segments`: audiences that have a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.output import (
    JsonOption,
    brief,
    example,
    in_utc,
    in_zone,
    print_json,
    print_json_list,
    print_table,
    say,
)
from hsl_tui.cli.sending import ToOption

if TYPE_CHECKING:
    from hsl_tui.models.segments import SegmentView
    from hsl_tui.services.context import Context

app = typer.Typer(
    help="Keep selectors under names, to be meant by saved:NAME.", rich_markup_mode="rich"
)

SegmentName = Annotated[str, typer.Argument(metavar="NAME", help="The segment.")]


@app.command(
    epilog=example(
        "hsl-tui segments save readers --to tag:news+lang:de --to '!tag:staff'",
        "hsl-tui broadcasts send --text Hello --to saved:readers",
    )
)
def save(
    name: SegmentName,
    *,
    to: ToOption,
    replace: Annotated[
        bool, typer.Option("--replace", help="Have a name that is taken stand for these.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Keep selectors under a name.

    Whom they pick is decided whenever saved:NAME is used. They may refer
    to other segments, but not in a circle.
    """
    from hsl_tui.services import segments

    with open_context() as context:
        segment = segments.save(context, name, to, replace=replace)
        if as_json:
            print_json(_document(context, segment))
        else:
            count = segments.count(context, segment.name)
            say(f"The segment {segment.name!r} is saved; it picks {_people(count)} now.")


@app.command("list", epilog=example("hsl-tui segments list"))
def list_segments(*, as_json: JsonOption = False) -> None:
    """List all segments, by name, with how many each picks now."""
    from hsl_tui.services import segments

    with open_context() as context:
        found = segments.every(context)
        if as_json:
            print_json_list(_document(context, one) for one in found)
            return
        rows = [
            (
                one.name,
                segments.count(context, one.name),
                brief(" ".join(one.selectors)),
                in_zone(one.changed_at, context.settings.zone),
                one.changed_by,
            )
            for one in found
        ]
    print_table(("NAME", "RECIPIENTS", "SELECTORS", "CHANGED", "BY"), rows)


@app.command(epilog=example("hsl-tui segments show readers"))
def show(name: SegmentName, *, as_json: JsonOption = False) -> None:
    """Show what a segment stands for, and how many it picks now."""
    from hsl_tui.services import segments

    with open_context() as context:
        segment = segments.show(context, name)
        document = _document(context, segment)
        zone = context.settings.zone
    if as_json:
        print_json(document)
        return
    lines = (
        ("segment", segment.name),
        ("picks", _people(document["recipients"])),
        ("changed", f"{in_zone(segment.changed_at, zone)} by {segment.changed_by}"),
        ("created", f"{in_zone(segment.created_at, zone)} by {segment.created_by}"),
    )
    for what, value in lines:
        say(f"{what:<16}{value}")
    say("")
    for selector in segment.selectors:
        say(selector)


@app.command(epilog=example("hsl-tui segments rename readers subscribers"))
def rename(
    name: SegmentName,
    new: Annotated[str, typer.Argument(metavar="NEW", help="What it is called from then on.")],
    *,
    as_json: JsonOption = False,
) -> None:
    """Give a segment another name, also where segments and drafts refer to it.

    Broadcasts that were queued to it say what they said then.
    """
    from hsl_tui.services import segments

    with open_context() as context:
        segment = segments.rename(context, name, new)
    if as_json:
        print_json(_described(segment))
    else:
        say(f"The segment is called {segment.name!r} now.")


@app.command(epilog=example("hsl-tui segments remove readers"))
def remove(name: SegmentName, *, as_json: JsonOption = False) -> None:
    """Remove a segment that no other one and no draft refers to.

    Broadcasts that were queued to it keep their recipients.
    """
    from hsl_tui.services import segments

    with open_context() as context:
        segment = segments.remove(context, name)
    if as_json:
        print_json(_described(segment))
    else:
        say(f"The segment {segment.name!r} is removed.")


def _people(count: int) -> str:
    return "1 recipient" if count == 1 else f"{count} recipients"


def _document(context: Context, segment: SegmentView) -> dict[str, Any]:
    from hsl_tui.services import segments

    return _described(segment) | {"recipients": segments.count(context, segment.name)}


def _described(segment: SegmentView) -> dict[str, Any]:
    return {
        "name": segment.name,
        "selectors": list(segment.selectors),
        "created_by": segment.created_by,
        "created_at": in_utc(segment.created_at),
        "changed_by": segment.changed_by,
        "changed_at": in_utc(segment.changed_at),
    }
