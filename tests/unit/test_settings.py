"""Settings come from the environment, then the file, then the default; a slip is one clear line."""

from __future__ import annotations

import os
import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from hsl_tui.errors import SettingsError
from hsl_tui.settings import Settings, environment_name, load_settings
from hsl_tui.zones import SystemZone

TOKEN = "123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1"
OTHER_TOKEN = "654321:BBHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw2"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "config.toml"


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_defaults_are_those_of_the_interface(tmp_path: Path) -> None:
    settings = load_settings({})
    database = tmp_path / "data" / "hsl-tui" / "hsl-tui.sqlite3"
    assert settings.database_url.get_secret_value() == f"sqlite:///{database}"
    assert settings.model_dump(exclude={"database_url"}) == {
        "bot_token": None,
        "bot_token_file": None,
        "skip_message_scheduler": False,
        "api_url": "https://api.telegram.org",
        "messages_per_second": 30,
        "paid_broadcast": False,
        "max_attempts": 5,
        "request_timeout": 20,
        "sweep_limit": 10,
        "worker_timeout": 30,
        "timezone": None,
        "confirm_above": 1000,
        "metrics_port": None,
        "log_format": "text",
        "intake": False,
        "theme": "dark",
        "keys": {},
    }


def test_the_environment_outranks_the_file_and_the_file_the_default(config: Path) -> None:
    config.write_text("max_attempts = 7\nsweep_limit = 3\n")
    settings = load_settings({"HSL_TUI_MAX_ATTEMPTS": "9", "HSL_TUI_SWEEP_LIMIT": " "}, config)
    assert (settings.max_attempts, settings.sweep_limit, settings.worker_timeout) == (9, 3, 30)


def test_the_platforms_config_file_and_the_real_environment_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config" / "hsl-tui" / "config.toml"
    file.parent.mkdir(parents=True)
    file.write_text("\ufeffintake = true\n", encoding="utf-8")
    monkeypatch.setenv("HSL_TUI_MESSAGES_PER_SECOND", "0.5")
    settings = load_settings()
    assert settings.intake
    assert settings.messages_per_second == 0.5


def test_every_setting_can_stand_in_both_places(config: Path) -> None:
    given = {
        "bot_token": TOKEN,
        "database_url": "postgres://u:hunter2@h/n",
        "skip_message_scheduler": True,
        "api_url": "http://127.0.0.1:8081/",
        "messages_per_second": 1000.0,
        "paid_broadcast": True,
        "max_attempts": 1,
        "request_timeout": 0.5,
        "sweep_limit": 1,
        "worker_timeout": 2.5,
        "timezone": "Asia/Tokyo",
        "confirm_above": 0,
        "metrics_port": 9100,
        "log_format": "json",
        "intake": True,
        "theme": "contrast",
    }
    config.write_text(
        "\n".join(
            f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}"
            for key, value in given.items()
        )
    )
    from_file = load_settings({}, config)
    from_environment = load_settings(
        {environment_name(key): str(value) for key, value in given.items()}
    )
    assert from_file == from_environment
    assert from_file.api_url == "http://127.0.0.1:8081"
    assert from_file.database_url.get_secret_value() == "postgresql://u:hunter2@h/n"
    assert set(given) | {"bot_token_file", "keys"} == set(Settings.model_fields)


def test_keys_are_a_table_of_the_file_alone(config: Path) -> None:
    config.write_text('[keys]\n"broadcasts.pause" = "ctrl+y,p"\ncompose.bold = "f7"\n')
    settings = load_settings({"HSL_TUI_KEYS": "{}"}, config)
    assert settings.keys == {"broadcasts.pause": "ctrl+y,p", "compose.bold": "f7"}


@pytest.mark.parametrize("keys", ["keys = 5", '[keys]\n"app.help" = 5', '[keys]\na = ["b"]'])
def test_keys_that_are_no_table_of_words_are_refused(config: Path, keys: str) -> None:
    config.write_text(keys)
    with pytest.raises(SettingsError, match="it takes a table of ids with their keys"):
        load_settings({}, config)


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("bot_token", "BOT_TOKEN"),
        ("bot_token_file", "BOT_TOKEN_FILE"),
        ("database_url", "DATABASE_URL"),
        ("skip_message_scheduler", "SKIP_MESSAGE_SCHEDULER"),
        ("api_url", "HSL_TUI_API_URL"),
    ],
)
def test_names_in_the_environment(field: str, name: str) -> None:
    assert environment_name(field) == name


@pytest.mark.parametrize(
    ("value", "skips"),
    [
        *((word, True) for word in ("1", "TRUE", "on", "please")),
        *((word, False) for word in ("0", "False", "no", "off", "")),
    ],
)
def test_skipping_the_scheduler_takes_any_truthy_word(value: str, *, skips: bool) -> None:
    assert load_settings({"SKIP_MESSAGE_SCHEDULER": value}).skip_message_scheduler is skips


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("HSL_TUI_MAX_ATTEMPTS", "0", "is '0'; it takes a whole number of at least 1."),
        ("HSL_TUI_MAX_ATTEMPTS", "many", "is 'many'; it takes a whole number of at least 1."),
        ("HSL_TUI_MESSAGES_PER_SECOND", "1001", "is '1001'; it takes a number from 0 (no limit)"),
        ("HSL_TUI_MESSAGES_PER_SECOND", "nan", "is 'nan'; it takes a number from 0 (no limit)"),
        ("HSL_TUI_REQUEST_TIMEOUT", "inf", "is 'inf'; it takes a number of seconds above 0."),
        ("HSL_TUI_CONFIRM_ABOVE", "-1", "is '-1'; it takes a whole number of recipients"),
        ("HSL_TUI_WORKER_TIMEOUT", "1.9", "is '1.9'; it takes a number of seconds of at least 2"),
        ("HSL_TUI_WORKER_TIMEOUT", "-1", "is '-1'; it takes a number of seconds of at least 2"),
        ("HSL_TUI_WORKER_TIMEOUT", "nan", "is 'nan'; it takes a number of seconds of at least 2"),
        ("HSL_TUI_METRICS_PORT", "70000", "is '70000'; it takes a port from 1 to 65535."),
        ("HSL_TUI_LOG_FORMAT", "xml\n\x1b[2J", r"is 'xml\n\x1b[2J'; it takes text or json."),
        ("HSL_TUI_PAID_BROADCAST", "perhaps", "is 'perhaps'; it takes yes or no."),
        ("HSL_TUI_API_URL", "ftp://x", "is 'ftp://x'; it takes the root of a Bot API server,"),
        ("HSL_TUI_API_URL", "http://[", "is 'http://[': "),
        ("HSL_TUI_API_URL", "http://h?x=1", "is 'http://h?x=1'; it takes the root"),
        ("HSL_TUI_TIMEZONE", "Asia/Tokio", "did you mean 'Asia/Tokyo'?"),
        ("HSL_TUI_TIMEZONE", "qqq", "try one like 'Europe/Berlin'."),
        ("BOT_TOKEN", "hunter2 hunter2", "cannot be used; it takes a bot token as @BotFather"),
        ("BOT_TOKEN", "0:hunter2", "cannot be used; it takes a bot token as @BotFather"),
        ("DATABASE_URL", "mysql://u:hunter2@h/n", "mysql:// is not supported; it takes sqlite:"),
    ],
)
def test_a_wrong_value_in_the_environment_is_one_line(name: str, value: str, line: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({name: value})
    message = str(caught.value)
    assert message.startswith(f"{name} (environment) ")
    assert line in message
    assert message.isprintable()
    assert "?." not in message
    assert "hunter2" not in message


def test_words_are_taken_in_any_case(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('theme = "Light"')
    found = load_settings({"HSL_TUI_LOG_FORMAT": "JSON"}, config)
    assert (found.log_format, found.theme) == ("json", "light")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("max_attempts = 0", "max_attempts ({file}) is 0; it takes a whole number of at least 1."),
        ("sweep_limit = true", "sweep_limit ({file}) is True; it takes a whole number"),
        ("api_url = 5", "api_url ({file}) is 5; it takes the root of a Bot API server"),
        ("bot_token = ''", "bot_token ({file}) has a value that cannot be used; it takes a bot"),
        ("bot_token = ['hunter2']", "bot_token ({file}) has a value that cannot be used; it"),
        ("bot_token_file = 5", "bot_token_file ({file}) is 5; it takes the path of a file"),
        ("log_format = 'x'\nbot_token = 'hunter2'", "bot_token ({file}) has a value"),
        ("bot_tokn = 'hunter2'", "Unknown setting 'bot_tokn' in {file}; did you mean 'bot_token'?"),
        ("HSL_TUI_INTAKE = true", "in {file}; did you mean 'intake'?"),
        (
            "[aliases]\nquit = 'q'",
            "Unknown setting 'aliases' in {file}; known are api_url, bot_token, ",
        ),
        ("intake = true\nbot_token = hunter2\n", "in {file} are not valid TOML: Invalid value (at"),
        ("intake = yes", "are not valid TOML: Invalid value (at line 1, column 10)."),
    ],
)
def test_a_slip_in_the_file_is_one_line(config: Path, text: str, line: str) -> None:
    config.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings({}, config)
    assert line.format(file=config) in str(caught.value)
    assert str(caught.value).isprintable()
    assert "hunter2" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path, config: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: is a directory"):
        load_settings({}, tmp_path)
    config.write_bytes("timezone = 'Zürich'".encode("latin-1"))
    with pytest.raises(SettingsError, match="are not UTF-8"):
        load_settings({}, config)


def test_the_token_comes_from_a_file(tmp_path: Path, config: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    config.write_text(f"bot_token = '{OTHER_TOKEN}'")
    named = {"BOT_TOKEN_FILE": str(file)}

    def token(environ: dict[str, str], path: Path | None = None) -> str | None:
        secret = load_settings(environ, path).bot_token
        return None if secret is None else secret.get_secret_value()

    assert token(named) == TOKEN
    assert token(named | {"BOT_TOKEN": OTHER_TOKEN}) == OTHER_TOKEN
    assert token(named, config) == TOKEN
    assert token({}, config) == OTHER_TOKEN


def test_a_token_file_that_is_no_use_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(SettingsError, match=r"^BOT_TOKEN_FILE \(environment\): the file .* such"):
        load_settings({"BOT_TOKEN_FILE": str(file)})
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read: it is not text"):
        load_settings({"BOT_TOKEN_FILE": str(file)})
    file.write_text("hunter2 hunter2")
    with pytest.raises(SettingsError, match=r"environment, the file .*\) has a value") as caught:
        load_settings({"BOT_TOKEN_FILE": str(file)})
    assert "hunter2" not in str(caught.value)


def test_a_token_comes_through_a_pipe() -> None:
    reader, writer = os.pipe()
    os.write(writer, f"{TOKEN}\n".encode())
    os.close(writer)
    try:
        read = load_settings({"BOT_TOKEN_FILE": f"/dev/fd/{reader}"}).bot_token
    finally:
        os.close(reader)
    assert read is not None
    assert read.get_secret_value() == TOKEN


def test_a_token_file_without_end_is_not_read_to_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="zero cannot be read: it is neither a file nor a pipe"):
        load_settings({"BOT_TOKEN_FILE": "/dev/zero"})
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n" * 5000)
    with pytest.raises(SettingsError, match="cannot be read: it is too long for a bot token"):
        load_settings({"BOT_TOKEN_FILE": str(file)})
    with pytest.raises(SettingsError, match="cannot be read: is a directory"):
        load_settings({"BOT_TOKEN_FILE": str(tmp_path)})


def test_secrets_do_not_show(config: Path) -> None:
    settings = load_settings(
        {"BOT_TOKEN": TOKEN, "DATABASE_URL": "postgresql://u:hunter2@h/n"}, config
    )
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert TOKEN not in shown
        assert "hunter2" not in shown
    assert [secret.get_secret_value() for secret in settings.secrets] == [TOKEN, "hunter2"]


def test_the_error_carries_no_secret_along() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"BOT_TOKEN": "hunter2 hunter2"})
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert b"hunter2" not in pickle.dumps(caught.value)


def test_settings_stay_as_they_were_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load_settings({}).max_attempts = 1  # type: ignore[misc]  # what is refused


def test_settings_made_by_hand_do_not_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_ATTEMPTS", "9")
    monkeypatch.setenv("HSL_TUI_MAX_ATTEMPTS", "9")
    assert Settings().max_attempts == 5


def test_times_are_shown_in_the_zone_that_is_set() -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    tokyo = load_settings({"HSL_TUI_TIMEZONE": "Asia/Tokyo"}).zone
    assert noon.astimezone(tokyo).isoformat() == "2026-07-01T21:00:00+09:00"
    assert isinstance(load_settings({}).zone, SystemZone)
