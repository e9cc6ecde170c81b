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


class IntakePoint(StrEnum):
    """The transitions in the life of an update and of its answer, likewise."""

    UPDATES_RECEIVED = "updates_received"
    UPDATES_APPLIED = "updates_applied"
    ANSWERS_CLAIMED = "answers_claimed"
    ANSWERS_SENT = "answers_sent"
    ANSWERS_RECORDED = "answers_recorded"


class ImportPoint(StrEnum):
    """The transitions of an import after which it must go on where it ended."""

    BATCH_COMMITTED = "import_batch_committed"


_armed, _, _nth = os.environ.get("HSL_TUI_FAILPOINT", "").partition(":")
_times = count(1)


def is_armed(point: Failpoint | IntakePoint | ImportPoint) -> bool:
    """Whether a test has asked for a death at this point."""
    return point == _armed


def reach(point: Failpoint | IntakePoint | ImportPoint) -> None:
    """Die here, if a test has asked for it."""
    if is_armed(point) and next(_times) == int(_nth or 1):
        os.kill(os.getpid(), signal.SIGKILL)
