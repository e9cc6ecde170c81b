"""How a command ends when it fails: one line that says why and what to do, never a traceback."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from hsl_tui.cli.streams import note, write_error
from hsl_tui.errors import HslTuiError, InvalidInputError, SelectorError, TextRefusedError
from hsl_tui.safety import safe_text

if TYPE_CHECKING:
    import typer

LOG_FILE: Final = "hsl-tui.log"

_AROUND: Final = 40
"""So many characters are shown on either side of a fault, and of it."""


def explain(error: HslTuiError) -> int:
    """Tell what went wrong and return the exit status."""
    place = ""
    if isinstance(error, TextRefusedError) and error.column is not None:
        place = f" (line {error.line}, column {error.column})"
    note(f"{error}{place}")
    if isinstance(error, SelectorError) and error.length < len(error.text.strip()):
        write_error("".join(f"  {line}\n" for line in _pointed_at(error)))
    return error.exit_status


def _pointed_at(error: SelectorError) -> tuple[str, str]:
    """What was written around the fault, and a line of carets below it."""
    from rich.cells import cell_len

    end = error.offset + error.length
    before = error.text[max(0, error.offset - _AROUND) : error.offset]
    fault = safe_text(error.text[error.offset : min(end, error.offset + _AROUND)])
    after = error.text[end : end + _AROUND]
    begin = safe_text(f"…{before}" if error.offset > _AROUND else before)
    rest = safe_text(f"{after}…" if end + _AROUND < len(error.text) else after)
    return begin + fault + rest, " " * cell_len(begin) + "^" * max(cell_len(fault), 1)


def explain_usage(error: typer.TyperException) -> int:
    """Tell how a command was misused, in two lines at most, and return the exit status."""
    # The reading of values below Typer writes its own words before what is wrong.
    note(" ".join(error.format_message().replace("Value error, ", "").split()))
    context: Any = getattr(error, "ctx", None)
    if context is not None:
        write_error(f"Try `{context.command_path} --help`.\n")
    return error.exit_code


def find_foreign(arguments: Sequence[str]) -> InvalidInputError | None:
    """What is wrong with an argument that came in another encoding, which nothing could keep."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            return InvalidInputError(f"The argument {argument!r} is not UTF-8; write it so.")
    return None


def catch_bugs() -> None:
    """From here on, what nobody expected goes to the log file, and one line says so."""
    sys.excepthook = _on_bug
    threading.excepthook = lambda bug: _log_bug(bug.exc_type, bug.exc_value, bug.exc_traceback)


def _on_bug(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log_bug(kind, error, traceback)


def _log_bug(
    kind: type[BaseException], error: BaseException | None, traceback: TracebackType | None
) -> None:
    from hsl_tui import paths
    from hsl_tui.logs import configure_logging
    from hsl_tui.settings import load_settings

    root = logging.getLogger()
    before = root.handlers[:]
    secrets: tuple[Any, ...] = ()
    with suppress(HslTuiError):
        secrets = load_settings().secrets
    try:
        path = paths.log_dir() / LOG_FILE
        handler = configure_logging(log_format="text", destination=path, secrets=secrets)
    except HslTuiError as unwritable:
        note(f"Something unexpected went wrong ({kind.__name__}), and no log: {unwritable}")
        return
    logging.getLogger("hsl_tui").critical(
        "unexpected error", exc_info=(kind, error or kind(), traceback)
    )
    handler.close()
    root.handlers[:] = before
    note(f"Something unexpected went wrong ({kind.__name__}); the details are in {path}.")
