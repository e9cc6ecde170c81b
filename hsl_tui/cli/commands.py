"""`hsl-tui`: the options of the program itself, and the commands below it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from hsl_tui import __version__
from hsl_tui.cli import audit, broadcasts, db, failures, recipients, segments, templates
from hsl_tui.cli.demo import demo
from hsl_tui.cli.doctor import doctor
from hsl_tui.cli.help import HELP_OPTIONS, drop_types_of_flags
from hsl_tui.cli.keys import keys
from hsl_tui.cli.output import example, say, write_out
from hsl_tui.cli.simulator import simulator

app = typer.Typer(
    name="hsl-tui",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": HELP_OPTIONS},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        say(f"hsl-tui {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True, epilog=example("hsl-tui", "hsl-tui demo"))
def _hsl_tui(
    context: typer.Context,
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_tell_version, is_eager=True, help="Print the version and exit."
        ),
    ] = False,
    scheduler_only: Annotated[
        bool,
        typer.Option("--scheduler-only", help="Send without a console, until SIGTERM or SIGINT."),
    ] = False,
    once: Annotated[
        bool,
        typer.Option("--once", help="With --scheduler-only: end when nothing due is left."),
    ] = False,
) -> None:
    """Broadcast messages through a Telegram bot, and know what became of each.

    Without a command it opens the console.
    """
    if context.invoked_subcommand is not None:
        if scheduler_only or once:
            msg = "--scheduler-only and --once stand alone, without a command."
            raise typer.BadParameter(msg)
        return
    if once and not scheduler_only:
        msg = "--once goes with --scheduler-only."
        raise typer.BadParameter(msg)
    # Only what is written otherwise than plainly, such as with a `--`, comes here: see entry.
    from hsl_tui.cli import running

    running.run(scheduler_only=scheduler_only, once=once)


_SERVE, _TRY = "Set up", "Try out"
app.add_typer(broadcasts.app, name="broadcasts")
app.add_typer(templates.app, name="templates")
app.add_typer(recipients.app, name="recipients")
app.add_typer(segments.app, name="segments")
app.add_typer(audit.app, name="audit")
app.add_typer(db.app, name="db", rich_help_panel=_SERVE)
app.command(rich_help_panel=_SERVE, epilog=example("hsl-tui doctor --json"))(doctor)
app.command(rich_help_panel=_SERVE, epilog=example("hsl-tui keys"))(keys)
app.command(rich_help_panel=_TRY, epilog=example("hsl-tui demo", "hsl-tui demo --headless"))(demo)
app.command(rich_help_panel=_TRY, epilog=example("hsl-tui simulator --port 8081"))(simulator)


def run(given: Sequence[str]) -> int:
    """Run one command and return its exit status.

    Raises:
        HslTuiError: it cannot be done.
    """
    command = typer.main.get_command(app)
    drop_types_of_flags(command)
    try:
        try:
            status = command.main(given, prog_name="hsl-tui", standalone_mode=False)
        except OSError:
            # Typer prints help itself: where that is what failed, it fails again.
            write_out("")
            raise
    except typer.TyperException as error:
        return failures.explain_usage(error)
    except typer.Exit as ended:
        return ended.exit_code
    except typer.Abort:
        return 1
    return status or 0
