"""Keys as the settings bind them: listed, and what is wrong with them told in time."""

from __future__ import annotations

from pathlib import Path

import pytest

from hsl_tui import paths
from tests.cli.conftest import Run


@pytest.fixture
def config() -> Path:
    file = paths.config_file()
    file.parent.mkdir(parents=True)
    file.touch(mode=0o600)
    return file


def test_every_key_is_listed_with_its_id(bare_cli: Run) -> None:
    listed = {one["id"]: one for one in bare_cli("keys", "--json").json["keys"]}
    assert listed["app.help"] == {"id": "app.help", "keys": ["question_mark"], "does": "Help"}
    lines = bare_cli("keys").stdout.splitlines()
    assert len(lines) == len(listed)
    assert any(line.split() == ["app.help", "?", "Help"] for line in lines)


def test_keys_are_listed_as_they_are_bound_anew(bare_cli: Run, config: Path) -> None:
    config.write_text('[keys]\n"app.help" = "h, ctrl+Y"\n"screen.copy" = "h"\n')
    told = bare_cli("keys", "--json").json
    listed = {one["id"]: one["keys"] for one in told["keys"]}
    assert listed["app.help"] == ["h", "ctrl+y"]
    assert "h is both app.help and screen.copy" in told["conflicts"]
    assert "In conflict: h is both app.help and screen.copy." in bare_cli("keys").stdout


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("app.hlep", "h", "no such id"),
        ("app.help", "hello", "'hello' is no key"),
        ("app.help", "h,,x", "'' is no key"),
        ("app.help", "ctrl+f13x", "'ctrl+f13x' is no key"),
        ("app.help", "crtl+h", "'crtl+h' is no key"),
        ("screen.copy", "f1", "screen.copy cannot be on F1"),
        ("screen.copy", "ctrl+q", "screen.copy cannot be on ctrl+q"),
        ("app.quit", "x", "app.quit stays on ctrl+q"),
        ("app.f3", "x", "app.f3 stays on F3"),
    ],
)
def test_what_cannot_be_bound_is_one_line(
    bare_cli: Run, config: Path, key: str, value: str, said: str
) -> None:
    config.write_text(f'[keys]\n"{key}" = "{value}"\n')
    result = bare_cli("keys")
    assert result.status == 2
    assert result.stderr.count("\n") == 1
    if said == "no such id":
        said = "nothing in the console has the id 'app.hlep'; did you mean app.help"
    assert said in result.stderr


@pytest.mark.usefixtures("telegram")
def test_doctor_tells_of_keys(cli: Run, config: Path) -> None:
    config.write_text('[keys]\n"app.help" = "f11"\n')
    assert cli("doctor", "--json").json["checks"][-1] == {
        "name": "keys",
        "ok": True,
        "detail": "1 bound anew",
        "advice": None,
    }
    config.write_text('[keys]\n"app.help" = "y"\n')
    conflict = cli("doctor", "--json").json["checks"][-1]
    assert not conflict["ok"]
    assert "y is both app.help and screen.copy" in conflict["detail"]
    config.write_text('[keys]\n"app.hepl" = "y"\n')
    unknown = cli("doctor")
    assert unknown.status == 1
    assert "did you mean app.help" in unknown.stdout
