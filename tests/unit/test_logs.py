"""A log shows no secret and nobody's text can forge a line in it."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from hsl_tui.logs import configure_logging, redact

TOKEN = "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [A-Z]+ +[\w.]+: .*")


@pytest.fixture(autouse=True)
def _former_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    for handler in root.handlers[:]:
        root.removeHandler(handler)
        if handler not in handlers:
            handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)


def log_everywhere(secret: str) -> None:
    """Put a secret into each part of a record."""
    log = logging.getLogger("hsl_tui.telegram.gateway")
    log.info(f"in the message: {secret}")  # noqa: G004 - that is the slip to be caught
    log.warning("in an argument: %s, %r", secret, {"token": secret})
    log.error("%d", secret)
    try:
        try:
            raise ValueError(secret)
        except ValueError as error:
            raise RuntimeError(f"POST https://api.telegram.org/bot{secret}/sendMessage") from error
    except RuntimeError:
        log.exception("in the traceback", stack_info=True)


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("known", [True, False])
def test_a_token_is_in_no_part_of_a_record(log_format: str, *, known: bool) -> None:
    stream = io.StringIO()
    secrets = [SecretStr(TOKEN)] if known else []
    configure_logging(
        log_format="json" if log_format == "json" else "text", destination=stream, secrets=secrets
    )
    log_everywhere(TOKEN)
    written = stream.getvalue()
    assert TOKEN.partition(":")[2] not in written
    assert written.count("[secret]") >= 6
    assert "in the traceback" in written


def test_a_known_password_is_masked_in_each_of_its_shapes() -> None:
    password = "p/w'\\ü ter"
    stream = io.StringIO()
    configure_logging(
        log_format="text",
        destination=stream,
        secrets=[SecretStr(password), SecretStr("p/w'"), SecretStr("")],
    )
    log = logging.getLogger("elsewhere")
    log.warning("%s %r %s", password, [password], "p%2Fw%27%5C%C3%BC%20ter")
    assert "ter" not in stream.getvalue()
    assert stream.getvalue().count("[secret]") == 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"https://h/bot{TOKEN}/getMe", "https://h/bot[secret]/getMe"),
        ("GET /bot1:x/getMe", "GET /bot[secret]/getMe"),
        (f"token {TOKEN}.", "token [secret]."),
        (TOKEN.replace(":", "%3A"), "[secret]"),
        ("postgresql://u:p@ss@h/n and u@h", "postgresql://u:[secret]@h/n and u@h"),
        ("host=h password='a b\\' c' user=u", "host=h password=[secret] user=u"),
        ("postgresql:///n?password=abc&user=u", "postgresql:///n?password=[secret]&user=u"),
        ("at 12:30 chat 123456789: hello", "at 12:30 chat 123456789: hello"),
        ("http://127.0.0.1:8081/robots", "http://127.0.0.1:8081/robots"),
    ],
)
def test_what_looks_like_a_secret_is_masked(text: str, shown: str) -> None:
    assert redact(text) == shown


def test_a_record_is_a_line_and_no_text_can_forge_another() -> None:
    stream = io.StringIO()
    configure_logging(log_format="text", destination=stream)
    log = logging.getLogger("hsl_tui.worker")
    forged = "2026-01-01T00:00:00.000Z ERROR   root: forged"
    log.info("\x1b[2J\r\nname: %s", f"a\n{forged}\x9b\u202e\u2028")
    try:
        raise ValueError(f"b\n{forged}\r{forged}")
    except ValueError:
        log.exception("failed")
    lines = stream.getvalue().splitlines()
    assert [line for line in lines if LINE.fullmatch(line)] == [lines[0], lines[1]]
    assert lines[0].endswith(
        rf"INFO    hsl_tui.worker: \x1b[2J\r\nname: a\n{forged}\x9b\u202e\u2028"
    )
    assert all(line.startswith("    ") for line in lines[2:])


@given(st.text())
def test_whatever_the_text_it_stays_on_its_line(text: str) -> None:
    stream = io.StringIO()
    configure_logging(log_format="text", destination=stream)
    logging.getLogger("x").warning("%s", text)
    assert len(stream.getvalue().splitlines()) == 1
    stream = io.StringIO()
    configure_logging(log_format="json", destination=stream)
    logging.getLogger("x").warning("%s", text)
    assert stream.getvalue().strip().isprintable()
    assert json.loads(stream.getvalue())["message"] == redact(text)


def test_json_has_the_parts_apart() -> None:
    stream = io.StringIO()
    configure_logging(log_format="json", destination=stream)
    log_everywhere("x")
    first, *_, last = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert set(first) == {"at", "level", "logger", "message"}
    assert set(last) == {"at", "level", "logger", "message", "exception", "stack"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["at"])
    assert (last["level"], last["logger"]) == ("ERROR", "hsl_tui.telegram.gateway")


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "aiohttp.client", "telegram.Bot"])
def test_libraries_speak_up_only_to_warn(name: str) -> None:
    stream = io.StringIO()
    configure_logging(log_format="text", destination=stream, level=logging.DEBUG)
    logging.getLogger(name).info("chatter")
    logging.getLogger(name).warning("matter")
    logging.getLogger("hsl_tui.telegram").debug("ours")
    assert "chatter" not in stream.getvalue()
    assert stream.getvalue().count("\n") == 2


def test_a_file_is_private_and_rotates(tmp_path: Path) -> None:
    path = tmp_path / "hsl-tui.log"
    handler = configure_logging(log_format="text", destination=path)
    log = logging.getLogger("hsl_tui")
    for _ in range(6):
        log.info("%s", "é" * 1_000_000)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == ["hsl-tui.log"] + [
        f"hsl-tui.log.{n}" for n in range(1, len(files))
    ]
    assert len(files) > 1
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert handler in logging.getLogger().handlers


def test_a_stream_that_is_gone_costs_neither_the_program_nor_a_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    configure_logging(log_format="text", destination=stream)
    stream.close()
    logging.getLogger("x").error("%s", TOKEN)
    assert capsys.readouterr() == ("", "")


def test_the_second_configuration_replaces_the_first(tmp_path: Path) -> None:
    stream = io.StringIO()
    configure_logging(log_format="text", destination=tmp_path / "log")
    configure_logging(log_format="text", destination=stream)
    logging.getLogger("x").error("once")
    assert (tmp_path / "log").read_text() == ""
    assert stream.getvalue().count("once") == 1
