"""How help looks."""

from __future__ import annotations

from typing import Any, Final

import typer

HELP_OPTIONS: Final = ["-h", "--help"]


def drop_types_of_flags(command: Any) -> None:
    """Let the help of a command, and of those below it, say nothing of what takes no value.

    Typer writes ``<bool>`` behind every ``--json``.
    """
    context = typer.Context(command, help_option_names=HELP_OPTIONS)
    for option in (*command.params, command.get_help_option(context)):
        if getattr(option, "is_bool_flag", False):
            option.metavar = ""
    for each in getattr(command, "commands", {}).values():
        drop_types_of_flags(each)
