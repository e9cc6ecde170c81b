"""The command line, and the composition root of the program.

Modules here import what only some commands need inside those commands: `--version`, `--help` and
completion answer before a database or Telegram library is loaded.
"""

from __future__ import annotations

from hsl_tui.cli.starting import Loading

with Loading():
    from hsl_tui.cli.entry import main

__all__ = ["main"]
