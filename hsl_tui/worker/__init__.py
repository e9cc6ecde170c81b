"""The background worker: sweeps due broadcasts once a minute, and sends."""

from hsl_tui.worker.reports import Progress, WorkerStatus
from hsl_tui.worker.worker import Worker, why_off

__all__ = ["Progress", "Worker", "WorkerStatus", "why_off"]
