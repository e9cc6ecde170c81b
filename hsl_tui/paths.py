"""Where the program keeps what it writes, closed to everybody but its user."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from platformdirs import PlatformDirs

from hsl_tui.errors import HslTuiError

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600


def data_dir() -> Path:
    """The folder of the database, made with mode 0700 where it is not there yet.

    Raises:
        HslTuiError: The folder cannot be made.
    """
    return make_private_dir(_platform().user_data_path)


def log_dir() -> Path:
    """The folder of the console's log files, made with mode 0700 where it is not there yet.

    Raises:
        HslTuiError: The folder cannot be made.
    """
    return make_private_dir(_platform().user_log_path)


def config_file() -> Path:
    """Where ``config.toml`` belongs. Nothing is made: the file is the operator's to write."""
    return _platform().user_config_path / "config.toml"


def make_private_dir(path: Path) -> Path:
    """Make a folder, with those above it, that only its owner may enter (0700); return it.

    A folder of ours that is there already and open to others is closed.

    Raises:
        HslTuiError: The folder cannot be made, or something else has its name.
    """
    try:
        path.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        _close_to_others(path)
    except OSError as error:
        raise HslTuiError(
            f"The folder {path} cannot be used: {_reason(error)}. "
            "Make it writable for this user, or choose another place."
        ) from error
    return path


def make_private(path: Path) -> Path:
    """Make an empty file that only its owner may read and write (0600); return its path.

    The mode holds from the first instant, whatever the umask. A file that is there already keeps
    its content and is closed to others.

    It is never opened: closing it again would take away every lock that this process has on it,
    and another process, seeing none, would delete an SQLite database's log under our hands (see
    "How To Corrupt An SQLite Database File", 2.2).

    Raises:
        HslTuiError: The file cannot be made.
    """
    try:
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE))
        _close_to_others(path)
    except OSError as error:
        raise HslTuiError(
            f"The file {path} cannot be made: {_reason(error)}. "
            "Make its folder writable for this user, or choose another place."
        ) from error
    return path


def _close_to_others(path: Path) -> None:
    """Take every right of group and others away, where the path is ours to change."""
    status = path.stat()
    if status.st_mode & 0o077 and status.st_uid == os.geteuid():
        path.chmod(status.st_mode & 0o700)


def _platform() -> PlatformDirs:
    """Asked anew each time: the environment names the folders (XDG_DATA_HOME and its like)."""
    return PlatformDirs("hsl-tui", appauthor=False)


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
