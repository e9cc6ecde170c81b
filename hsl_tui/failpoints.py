"""Named points at which a test can have this process killed, as a power cut would.

``HSL_TUI_FAILPOINT=before_record:3`` kills the process when it reaches the point the third time.
Nothing else reads the variable, and without it a point costs one comparison.
"""

from __future__ import annotations

import os
import signal
from enum import StrEnum
from itertools import count


class Failpoint(StrEnum):
    """The transitions in the life of a delivery after which nothing may be lost or doubled."""

    CLAIM_COMMITTED = "claim_committed"
    BEFORE_WRITE = "before_write"
    AFTER_WRITE = "after_write"
    BEFORE_RECORD = "before_record"
    AFTER_RECORD = "after_record"


_armed, _, _nth = os.environ.get("HSL_TUI_FAILPOINT", "").partition(":")
_times = count(1)


def is_armed(point: Failpoint) -> bool:
    """Whether a test has asked for a death at this point."""
    return point == _armed


def reach(point: Failpoint) -> None:
    """Die here, if a test has asked for it."""
    if is_armed(point) and next(_times) == int(_nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
