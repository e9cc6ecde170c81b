"""Textual programs that the console is measured beside, each in an environment of its own.

They pin versions of Textual that exclude one another, so that no extra can hold them together.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

PINS: Final = {
    # The second because newer ones crash the version of Textual that the first pins.
    "posting": ("posting==2.11.1", "tree-sitter==0.25.2"),
    "harlequin": ("harlequin==2.17.0",),
}
FOLDER: Final = Path(".venv") / "peers"


def program(name: str) -> Path:
    """The command of a peer, installed on first use."""
    folder = FOLDER.resolve() / name
    command = folder / "bin" / name
    if not command.exists():
        print(f"setting up {name}, once", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)  # noqa: S603 - our own
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-input"]
        subprocess.run([*pip, "--disable-pip-version-check", *PINS[name]], check=True)  # noqa: S603 - likewise
    return command
