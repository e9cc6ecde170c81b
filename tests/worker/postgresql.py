"""PostgreSQL servers of a test's own: stopped, started, copied and promoted while workers send."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
NAME: Final = "postgres"
USER: Final = "postgres"


def free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        port: int = free.getsockname()[1]
        return port


@dataclass(frozen=True)
class Server:
    """A server on a loopback port.

    Attributes:
        data: the folder of its data.
        settings: as ``name=value``, beyond those of its data folder.
    """

    binaries: Path
    data: Path
    settings: tuple[str, ...] = ()
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@{HOST}:{self.port}/{NAME}"

    def make(self) -> None:
        """Lay out its data."""
        self._run("initdb", "--auth=trust", "--no-sync", "--encoding=utf8", "-U", USER, *self._here)

    def copy(self, of: Server) -> None:
        """Become a standby of a running server."""
        origin = f"host={HOST} port={of.port} user={USER}"
        self._run("pg_basebackup", "-d", origin, "-R", "-c", "fast", "--no-sync", *self._here)

    def start(self) -> None:
        # A crash of the machine is not what is tried here, and a flush takes its time.
        given = (*self.settings, "fsync=off", f"port={self.port}", f"listen_addresses={HOST}")
        options = " ".join(f"-c {one}" for one in (*given, "unix_socket_directories="))
        log = self.data / "log"
        self._run("pg_ctl", "start", "-w", *self._here, "-l", str(log), "-o", options)

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; by default as a crash would, without a word to anybody."""
        self._run("pg_ctl", "stop", "-w", *self._here, "-m", mode)

    def promote(self) -> None:
        """Make a standby the primary."""
        self._run("pg_ctl", "promote", "-w", *self._here)

    @property
    def is_running(self) -> bool:
        return (self.data / "postmaster.pid").exists()

    @property
    def _here(self) -> tuple[str, str]:
        return "-D", str(self.data)

    def _run(self, program: str, *arguments: str) -> None:
        # A server that it starts keeps what it inherits open, so nothing may be a pipe.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                (self.binaries / program, *arguments),
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=_system_user(),
                cwd=self.data.parent,
            )
            output.seek(0)
            assert done.returncode == 0, output.read().decode()


def _system_user() -> str | None:
    """Whom servers run as: PostgreSQL refuses to run as root."""
    # Made, with its access to the binaries, by the server that all tests share.
    return "pgserver" if os.geteuid() == 0 else None


@contextmanager
def folder_of_servers() -> Iterator[Path]:
    """A folder that servers may use, gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="hsl-tui-servers-"))
    try:
        user = _system_user()
        if user is not None:
            os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def stopped_at_the_end(*servers: Server) -> Iterator[None]:
    try:
        yield
    finally:
        for server in servers:
            if server.is_running:
                server.stop()
