"""What the console remembers from one run to the next: so far, its theme."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from hsl_tui import paths
from hsl_tui.console.themes import THEMES
from hsl_tui.errors import HslTuiError
from hsl_tui.paths import make_private, make_private_dir

_NAME: Final = "console.json"
_MOST: Final = 10_000
"""Bytes; a file of ours is never longer."""


def default_file() -> Path:
    """Where an operator's preferences are kept.

    Raises:
        HslTuiError: the folder cannot be made.
    """
    return paths.data_dir() / _NAME


class Preferences:
    """A private file of preferences.

    Args:
        file: need not be there; None remembers nothing.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self.theme: str | None = None
        """The theme that was chosen last; None where none was."""
        self.trouble: str | None = None
        """Why the file was left aside, in a sentence."""
        if file is not None:
            self._read(file)

    def _read(self, file: Path) -> None:
        try:
            with file.open("rb") as opened:
                kept = json.loads(opened.read(_MOST))
        except FileNotFoundError:
            return
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            self.trouble = f"What {file} remembers cannot be read ({reason}); it is left aside."
            return
        except ValueError:
            kept = None
        theme = kept.get("theme") if isinstance(kept, dict) else None
        if isinstance(theme, str) and theme in THEMES:
            self.theme = theme
        else:
            self.trouble = f"{file} is damaged and left aside; the next choice of a theme mends it."

    def remember_theme(self, theme: str) -> None:
        """Keep a theme for the next run. The file is whole at every instant.

        Raises:
            HslTuiError: it cannot be written.
        """
        self.theme = theme
        if self._file is None:
            return
        make_private_dir(self._file.parent)
        new = make_private(self._file.with_name(f"{self._file.name}.{os.getpid()}"))
        try:
            new.write_text(json.dumps({"theme": theme}) + "\n", encoding="utf-8")
            new.replace(self._file)
        except OSError as error:
            with suppress(OSError):
                new.unlink()
            reason = (error.strerror or type(error).__name__).lower()
            raise HslTuiError(
                f"The theme cannot be remembered in {self._file}: {reason}; see to its folder."
            ) from error
