"""Paths as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsl_tui.errors import InvalidInputError
from hsl_tui.services.file_names import Completion, complete, read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("people.csv", "people.old", ".hidden", "päckchen.csv"):
        (tmp_path / name).touch()
    (tmp_path / "letters").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("written", "path", "names"),
    [
        ("peo", "people.", ("people.csv", "people.old")),
        ("people.c", "people.csv", ("people.csv",)),
        ("./people.c", "./people.csv", ("people.csv",)),
        ("~/people.c", "~/people.csv", ("people.csv",)),
        ("l", "letters/", ("letters/",)),
        ("letters/", "letters/", ()),
        (".", ".hidden", (".hidden",)),
        ("", "", ("letters/", "people.csv", "people.old", "päckchen.csv")),
        ("x", "x", ()),
        ("nowhere/x", "nowhere/x", ()),
        ("people.csv/x", "people.csv/x", ()),
        ("~nobody-has-this-name/x", "~nobody-has-this-name/x", ()),
        ("a\0/b", "a\0/b", ()),
    ],
)
def test_completion(folder: Path, written: str, path: str, names: tuple[str, ...]) -> None:
    assert folder.is_dir()
    assert complete(written) == Completion(path, names)


def test_absolute_paths_are_completed(folder: Path) -> None:
    assert complete(f"{folder}/let").path == f"{folder}/letters/"
    assert complete("/").path == "/"


def test_a_home_of_nobody_is_refused() -> None:
    with pytest.raises(InvalidInputError, match="home folder of nobody"):
        read("~nobody-has-this-name/people.csv")
