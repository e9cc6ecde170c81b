"""An installed copy, outside any checkout, is a whole program."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh venv with nothing of ours but the wheel; its ``bin`` folder."""
    folder = tmp_path_factory.mktemp("installed")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    subprocess.run([*build, str(CHECKOUT)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    binaries = folder / "venv" / "bin"
    python = binaries / "python"
    # The dependencies are those under test; our own package comes from the wheel, which is first.
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    pip = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return binaries


def test_an_installed_copy_upgrades_a_database(
    installed: Path, empty_postgresql: str, tmp_path: Path
) -> None:
    for url in (f"sqlite:///{tmp_path / 'new.sqlite3'}", empty_postgresql):
        environment = os.environ | {"DATABASE_URL": url}
        for arguments in (["db", "upgrade"], ["recipients", "list"]):
            done = subprocess.run(
                [installed / "hsl-tui", *arguments],
                env=environment,
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr


def test_the_installed_copy_is_the_one_that_ran(installed: Path, tmp_path: Path) -> None:
    code = "import hsl_tui.store.schema as s; print(s.migrations_folder())"
    found = subprocess.run(
        [installed / "python", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert Path(found).is_relative_to(installed.parent)
    assert (Path(found) / "env.py").exists()
