"""The background worker: sweeps due broadcasts once a minute, and sends."""

from hsl_tui.worker.worker import Progress, Worker, WorkerStatus, why_off

__all__ = ["Progress", "Worker", "WorkerStatus", "why_off"]
