"""One call of the Bot API as it arrives: from a query, a form, multipart or JSON."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

BODY_LIMIT = 50 * 1024 * 1024
"""Largest request body in bytes."""

_INTEGER = re.compile(r"-?\d{1,19}")


class Refusal(Exception):  # noqa: N818 — an answer of the Bot API, not an error of ours
    """The Bot API's way to say no."""

    def __init__(
        self, description: str, code: int = 400, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters or {}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a call; its bytes are not kept."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose parameters are all strings; lists and objects are JSON in a string."""

    bot_id: int
    method: str
    """As the client spelled it; the Bot API takes any case."""
    parameters: dict[str, str]
    uploads: dict[str, Upload] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The parameter, or an empty string."""
        return self.parameters.get(name, "")

    def flag(self, name: str) -> bool:
        """Whether the parameter is set to something true."""
        return self.text(name).lower() in {"true", "yes", "1"}

    def integer(self, name: str, default: int = 0) -> int:
        """The parameter as a number, or the default where it is none."""
        text = self.text(name)
        return int(text) if _INTEGER.fullmatch(text) else default

    def json(self, name: str) -> Any:
        """The parameter decoded, or None where it is missing.

        Raises:
            ValueError: It is not JSON.
        """
        text = self.text(name)
        return json.loads(text) if text else None

    @property
    def chat_id(self) -> int | None:
        """The chat that the call names; None without one, 0 for what is no number."""
        return self.integer("chat_id") if "chat_id" in self.parameters else None


async def read_parameters(request: web.BaseRequest) -> tuple[dict[str, str], dict[str, Upload]]:
    """Parameters and uploads of a request; those of the body win over those of the query.

    Raises:
        Refusal: The body cannot be read, or is too large.
    """
    parameters = dict(request.query) if request.query_string else {}
    if not request.can_read_body:
        return parameters, {}
    uploads: dict[str, Upload] = {}
    try:
        match request.content_type:
            case "application/x-www-form-urlencoded":
                body = (await request.read()).decode()
                parameters.update(parse_qsl(body, keep_blank_values=True))
            case "application/json":
                parameters.update(_from_json(await request.read()))
            case "multipart/form-data":
                for name, value in (await request.post()).items():
                    if isinstance(value, web.FileField):
                        uploads[name] = _upload(value)
                    else:
                        parameters[name] = str(value)
            case _:
                await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refusal("Request Entity Too Large", 413) from None
    except ValueError:
        raise Refusal("Bad Request: can't parse the request body") from None
    return parameters, uploads


def _from_json(body: bytes) -> dict[str, str]:
    decoded = json.loads(body)
    if not isinstance(decoded, dict):
        message = "not an object"
        raise ValueError(message)  # noqa: TRY004 — to the caller it is one more bad body
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in decoded.items()
        if value is not None
    }


def _upload(part: web.FileField) -> Upload:
    with part.file as content:
        return Upload(part.filename, content.seek(0, 2))
