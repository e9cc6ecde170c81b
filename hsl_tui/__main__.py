"""``python -m hsl_tui`` is ``hsl-tui``."""

from __future__ import annotations

import sys

from hsl_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
