"""What the program writes is closed to other users, whatever was there before."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hsl_tui import paths
from hsl_tui.errors import HslTuiError


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture
def open_umask() -> Iterator[None]:
    former = os.umask(0)
    yield
    os.umask(former)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DATA", "CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    return tmp_path


@pytest.mark.usefixtures("open_umask")
def test_folders_are_made_for_their_owner_alone(home: Path) -> None:
    data, log = paths.data_dir(), paths.log_dir()
    assert data == home / "data" / "hsl-tui"
    assert log.is_relative_to(home / "state" / "hsl-tui")
    assert (mode(data), mode(log)) == (0o700, 0o700)


def test_a_folder_that_stood_open_is_closed(home: Path) -> None:
    folder = home / "data" / "hsl-tui"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    assert mode(paths.data_dir()) == 0o700


def test_naming_the_config_file_makes_nothing(home: Path) -> None:
    assert paths.config_file() == home / "config" / "hsl-tui" / "config.toml"
    assert list(home.iterdir()) == []


@pytest.mark.usefixtures("open_umask")
def test_a_private_file_is_closed_from_the_start(tmp_path: Path) -> None:
    path = paths.make_private(tmp_path / "db.sqlite3")
    assert path.read_bytes() == b""
    assert mode(path) == 0o600


def test_a_file_that_is_there_keeps_its_content_and_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    path.write_bytes(b"rows")
    path.chmod(0o664)
    paths.make_private(path)
    assert path.read_bytes() == b"rows"
    assert mode(path) == 0o600


def test_a_read_only_file_stays_read_only(tmp_path: Path) -> None:
    path = tmp_path / "db.sqlite3"
    path.touch()
    path.chmod(0o444)
    paths.make_private(path)
    assert mode(path) == 0o400


def test_a_place_that_cannot_be_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = tmp_path / "file"
    taken.touch()
    monkeypatch.setenv("XDG_DATA_HOME", str(taken))
    with pytest.raises(HslTuiError, match=r"^The folder .*file/hsl-tui cannot be used: not a dir"):
        paths.data_dir()
    with pytest.raises(HslTuiError, match=r"^The file .*file/db cannot be made: not a directory"):
        paths.make_private(taken / "db")
