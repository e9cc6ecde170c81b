"""Telling this process from every other, and whether another one on this host still lives."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from pathlib import Path

from hsl_tui.models.views import WorkerView
from hsl_tui.store.server_clock import boot_id


@dataclass(frozen=True, slots=True)
class Identity:
    """What a worker's row says of its process.

    Attributes:
        process_started: boot, pid namespace and start of the process: a pid alone is used again,
            and means something else in each container. Empty where the system does not tell.
    """

    host: str
    pid: int
    process_started: str


def own_identity() -> Identity:
    """Who this process is."""
    pid = os.getpid()
    return Identity(socket.gethostname(), pid, _process_started(pid))


def is_of(worker: WorkerView, own: Identity) -> bool:
    """Whether a worker's row is one of this process."""
    return Identity(worker.host, worker.pid, worker.process_started) == own


def is_gone(worker: WorkerView, own: Identity) -> bool:
    """Whether a worker's process is certain to have ended.

    Only said of one that ran under the same boot and in the same pid namespace; of any other one
    knows nothing but its heartbeat.
    """
    if worker.host != own.host or not own.process_started or not worker.process_started:
        return False
    machine = own.process_started.rpartition(":")[0]
    if worker.process_started.rpartition(":")[0] != machine:
        return False
    return _process_started(worker.pid) != worker.process_started


def _process_started(pid: int) -> str:
    boot = boot_id()
    if not boot:
        return ""
    try:
        namespace = Path("/proc/self/ns/pid").readlink()
        # The second field is the program's name in parentheses and may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ""
    return f"{boot}:{namespace}:{fields[19]}"
