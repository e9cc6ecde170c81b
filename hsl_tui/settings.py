"""What an operator can set: the environment first, then ``config.toml``, then the default.

Nothing is read but by :func:`load_settings`, which the composition root calls once; a
:class:`Settings` made by hand (in tests) knows neither the environment nor the file.
"""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from hsl_tui import bot_token as tokens
from hsl_tui import database_url as urls
from hsl_tui import paths
from hsl_tui.errors import SettingsError
from hsl_tui.zones import SystemZone, find_zone

_PREFIX = "HSL_TUI_"
_WITHOUT_PREFIX = {"bot_token", "bot_token_file", "database_url", "skip_message_scheduler"}
_NO = {"", "0", "false", "no", "off", "n", "f"}


def _default_database_url() -> SecretStr:
    return SecretStr(f"sqlite:///{(paths.data_dir() / 'hsl-tui.sqlite3').as_posix()}")


class Settings(BaseSettings):
    """The settings of one process; they do not change while it runs.

    Each field's description says what it takes; messages about wrong values quote it.
    """

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False
    )

    bot_token: SecretStr | None = Field(
        None, description="a bot token as @BotFather gives it, like 123456:ABC-DEF"
    )
    bot_token_file: Path | None = Field(None, description="the path of a file with the bot token")
    database_url: SecretStr = Field(
        default_factory=_default_database_url, description=urls.ACCEPTED_FORMS
    )
    skip_message_scheduler: bool = Field(default=False, description="yes or no")
    api_url: str = Field(
        "https://api.telegram.org",
        description="the root of a Bot API server, like https://api.telegram.org",
    )
    messages_per_second: float = Field(
        30, ge=0, le=1000, description="a number from 0 (no limit) to 1000"
    )
    paid_broadcast: bool = Field(default=False, description="yes or no")
    max_attempts: int = Field(5, ge=1, description="a whole number of at least 1")
    request_timeout: float = Field(20, gt=0, description="a number of seconds above 0")
    sweep_limit: int = Field(10, ge=1, description="a whole number of at least 1")
    # Beats are a second apart at least, and nearly two where the timetable just missed one.
    worker_timeout: float = Field(
        30,
        ge=2,
        description="a number of seconds of at least 2: a worker shows once a second that it lives",
    )
    timezone: str | None = Field(None, description="the name of a time zone, like Europe/Berlin")
    confirm_above: int = Field(
        1000,
        ge=0,
        description="a whole number of recipients, above which their count has to be typed before"
        " the console does what cannot be undone; 0 for always",
    )
    metrics_port: int | None = Field(None, ge=1, le=65535, description="a port from 1 to 65535")
    log_format: Literal["text", "json"] = Field("text", description="text or json")
    intake: bool = Field(default=False, description="yes or no")
    theme: Literal["dark", "light", "contrast"] = Field(
        "dark", description="dark, light or contrast"
    )
    keys: dict[str, str] = Field(
        default_factory=dict,
        description='a table of ids with their keys, as in: "broadcasts.pause" = "p,ctrl+y"',
    )

    @property
    def zone(self) -> tzinfo:
        """The zone in which times are shown, and read where they come without an offset."""
        return SystemZone() if self.timezone is None else find_zone(self.timezone)

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """What must never be written anywhere: the bot token and the database's passwords."""
        token = () if self.bot_token is None else (self.bot_token,)
        found = urls.passwords(self.database_url.get_secret_value())
        return (*token, *(SecretStr(password) for password in found))

    @field_validator("bot_token")
    @classmethod
    def _check_token(cls, token: SecretStr | None) -> SecretStr | None:
        if token is not None and not tokens.FORM.fullmatch(token.get_secret_value()):
            raise ValueError
        return token

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, url: SecretStr) -> SecretStr:
        return SecretStr(urls.normalise(url.get_secret_value()))

    @field_validator("skip_message_scheduler", mode="before")
    @classmethod
    def _read_truthy(cls, value: object) -> object:
        # Any other word means yes: when in doubt, this process sends nothing.
        return value.strip().lower() not in _NO if isinstance(value, str) else value

    @field_validator("log_format", "theme", mode="before")
    @classmethod
    def _ignore_case(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator(
        "messages_per_second",
        "max_attempts",
        "request_timeout",
        "sweep_limit",
        "worker_timeout",
        "confirm_above",
        "metrics_port",
        mode="before",
    )
    @classmethod
    def _refuse_yes_and_no(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError  # noqa: TRY004 - pydantic collects a ValueError, not a TypeError
        return value

    @field_validator("keys", mode="before")
    @classmethod
    def _flatten(cls, table: object) -> object:
        # Without its quotes, TOML takes broadcasts.pause for a table in a table.
        return dict(_flat(table)) if isinstance(table, dict) else table

    @field_validator("api_url")
    @classmethod
    def _check_api_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError
        if parts.query or parts.fragment:
            raise ValueError
        return url.rstrip("/")

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, name: str | None) -> str | None:
        return None if name is None else find_zone(name).key

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - likewise
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Leave out pydantic's own readers, which cannot tell where a wrong value came from."""
        return (init_settings,)


@dataclass(frozen=True, repr=False)
class _Found:
    """A value, the name it was given under, and where."""

    name: str
    origin: str
    value: Any


_SECRET_FIELDS = {"bot_token", "database_url"}
_ONLY_IN_FILE = {"keys"}


def environment_name(field: str) -> str:
    """The environment variable of a field: ``HSL_TUI_API_URL`` for ``api_url``."""
    return field.upper() if field in _WITHOUT_PREFIX else _PREFIX + field.upper()


def load_settings(
    environ: Mapping[str, str] | None = None, config_file: Path | None = None
) -> Settings:
    """Read the settings of this process.

    Args:
        environ: Taken for the environment; the process's own by default. A variable that is
            empty counts as not set.
        config_file: Taken for ``config.toml``; the platform's by default. It need not exist.

    Raises:
        SettingsError: A value is wrong or a name unknown. The message is one line that says which
            and where, and shows no secret.
    """
    environ = os.environ if environ is None else environ
    in_file = _read_file(paths.config_file() if config_file is None else config_file)
    in_environment = {
        field: _Found(name, "environment", environ[name].strip())
        for field in Settings.model_fields.keys() - _ONLY_IN_FILE
        if environ.get(name := environment_name(field), "").strip()
    }
    found = in_file | in_environment
    token = _find_token(in_environment) or _find_token(in_file)
    if token is not None:
        found["bot_token"] = token
    try:
        return Settings(**{field: given.value for field, given in found.items()})
    except ValidationError as error:
        raise SettingsError(_explain(error, found)) from None


def _read_file(path: Path) -> dict[str, _Found]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise SettingsError(f"The settings in {path} cannot be read: {reason}.") from error
    except UnicodeDecodeError:
        raise SettingsError(f"The settings in {path} are not UTF-8; save the file so.") from None
    except tomllib.TOMLDecodeError as error:
        # Without its cause: in newer Pythons that carries the document, and with it the token.
        raise SettingsError(f"The settings in {path} are not valid TOML: {error}.") from None
    for key in document:
        if key not in Settings.model_fields:
            raise SettingsError(f"Unknown setting {key!r} in {path}; {_nearest(key)}")
    return {key: _Found(key, str(path), value) for key, value in document.items()}


def _nearest(key: str) -> str:
    plain = key.lower().removeprefix(_PREFIX.lower())
    near = difflib.get_close_matches(plain, Settings.model_fields, n=1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"known are {', '.join(sorted(Settings.model_fields))}."


def _find_token(found: Mapping[str, _Found]) -> _Found | None:
    """The token of one source: as given there, else from the file that is named there."""
    if (token := found.get("bot_token")) is not None:
        return token
    if (given := found.get("bot_token_file")) is None or not isinstance(given.value, str):
        return None
    file = Path(given.value).expanduser()
    try:
        token_text = tokens.read_from(file)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise SettingsError(
            f"{given.name} ({given.origin}): the file {file} cannot be read: "
            f"{(reason or 'it is not text').lower()}."
        ) from None
    return _Found(given.name, f"{given.origin}, the file {file}", token_text)


def _explain(error: ValidationError, found: Mapping[str, _Found]) -> str:
    """One line about the first wrong value."""
    first = error.errors(include_input=False, include_url=False)[0]
    field = str(first["loc"][0])
    given = found[field]
    takes = Settings.model_fields[field].description
    secret = field in _SECRET_FIELDS
    subject = f"{given.name} ({given.origin})"
    shown = "has a value that cannot be used" if secret else f"is {_shorten(given.value)}"
    reason = str(first.get("ctx", {}).get("error", ""))
    if reason:
        return f"{subject} {shown}: {reason}{'' if reason.endswith('?') else '.'}"
    return f"{subject} {shown}; it takes {takes}."


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Tables in tables as one, with dots between their names."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _shorten(value: object, limit: int = 60) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
