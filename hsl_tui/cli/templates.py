"""`hsl-tui templates`: messages under names, to begin broadcasts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hsl_tui.cli.composition import open_context
from hsl_tui.cli.content import ContentCommand, takes_content
from hsl_tui.cli.documents import template_document
from hsl_tui.cli.output import (
    JsonOption,
    brief,
    example,
    in_zone,
    print_json,
    print_json_list,
    print_table,
    say,
)

if TYPE_CHECKING:
    from hsl_tui.models.views import TemplateView
    from hsl_tui.services.composing import Composition
    from hsl_tui.services.context import Context

app = typer.Typer(
    help="Keep messages under names, and begin broadcasts from them.", rich_markup_mode="rich"
)

TemplateName = Annotated[str, typer.Argument(metavar="NAME", help="The template.")]


@app.command("list", epilog=example("hsl-tui templates list"))
def list_templates(*, as_json: JsonOption = False) -> None:
    """List all templates, by name."""
    from hsl_tui.services import templates

    with open_context() as context:
        found = templates.every(context)
        zone = context.settings.zone
    if as_json:
        print_json_list(template_document(one) for one in found)
        return
    print_table(
        ("NAME", "CHANGED", "BY", "TEXT"),
        (
            (
                one.name,
                in_zone(one.changed_at, zone),
                one.changed_by,
                brief(" ".join(one.content.text.split())),
            )
            for one in found
        ),
    )


@app.command(epilog=example("hsl-tui templates show weekly"))
def show(name: TemplateName, *, as_json: JsonOption = False) -> None:
    """Show what a template says."""
    from hsl_tui.services import templates

    with open_context() as context:
        template = templates.show(context, name)
        if as_json:
            print_json(template_document(template))
        else:
            _describe(context, template)


@app.command(
    cls=ContentCommand,
    epilog=example(
        "hsl-tui templates save weekly --text-file weekly.html --photo week.jpg",
        "hsl-tui broadcasts send --template weekly --to tag:news",
    ),
)
@takes_content
def save(name: TemplateName, *, composition: Composition, as_json: JsonOption = False) -> None:
    """Keep a message under a name, in place of what was there.

    Broadcasts that began from it keep what they say.
    """
    from hsl_tui.services import templates

    with open_context() as context:
        template = templates.save(context, name, composition)
    if as_json:
        print_json(template_document(template))
    else:
        say(f"The template {template.name!r} is saved.")


@app.command(epilog=example("hsl-tui templates delete weekly"))
def delete(name: TemplateName, *, as_json: JsonOption = False) -> None:
    """Remove a template; broadcasts that began from it keep what they say."""
    from hsl_tui.services import templates

    with open_context() as context:
        template = templates.delete(context, name)
    if as_json:
        print_json(template_document(template))
    else:
        say(f"The template {template.name!r} is deleted.")


def _describe(context: Context, template: TemplateView) -> None:
    from hsl_tui.services import describing

    zone, content = context.settings.zone, template.content
    lines = (
        ("template", template.name),
        ("media", "; ".join(describing.media_words(context, content))),
        ("buttons", "; ".join(describing.button_words(content))),
        ("options", ", ".join(describing.option_words(content))),
        ("changed", f"{in_zone(template.changed_at, zone)} by {template.changed_by}"),
        ("created", in_zone(template.created_at, zone)),
    )
    for what, value in lines:
        if value:
            say(f"{what:<16}{value}")
    say("")
    say(content.text, newlines=True)
