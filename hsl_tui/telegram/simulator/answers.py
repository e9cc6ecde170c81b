"""What goes back over the connection, whole or broken."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import Any

from aiohttp import web

from hsl_tui.telegram.simulator.faults import Ending, Fault

_NOT_JSON = b"<html><body>one moment, please</body></html>"
_LOOK_FOR_CLIENT_EVERY = 0.1


def json_answer(body: Any, status: int = 200) -> web.Response:
    """Any JSON document."""
    return web.Response(
        body=json.dumps(body).encode(), status=status, content_type="application/json"
    )


def success(result: Any) -> web.Response:
    """The Bot API's yes."""
    return json_answer({"ok": True, "result": result})


def refusal(code: int, description: str, parameters: dict[str, Any] | None = None) -> web.Response:
    """The Bot API's no."""
    body: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return json_answer(body, code)


async def faulty(
    request: web.BaseRequest, fault: Fault, whole: web.Response, stopping: asyncio.Event
) -> web.StreamResponse:
    """End a call as the fault says; ``whole`` is the answer that was due."""
    match fault.ending:
        case Ending.ANSWER:
            return refusal(fault.code, fault.description, fault.parameters)
        case Ending.CUT:
            return cut(request)
        case Ending.SILENCE:
            await _until_client_leaves(request, stopping)
            return cut(request)
        case Ending.UNREADABLE:
            return web.Response(body=_NOT_JSON, content_type="text/html")
        case Ending.HALF:
            return await _half(request, whole)


def cut(request: web.BaseRequest) -> web.Response:
    """Close the connection; what is returned only ends the handler and goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _until_client_leaves(request: web.BaseRequest, stopping: asyncio.Event) -> None:
    while not stopping.is_set() and request.transport and not request.transport.is_closing():
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), _LOOK_FOR_CLIENT_EVERY)


async def _half(request: web.BaseRequest, whole: web.Response) -> web.StreamResponse:
    body = whole.body if isinstance(whole.body, bytes) else b"{}"
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    answer.content_length = len(body)
    await answer.prepare(request)
    await answer.write(body[: len(body) // 2])
    if request.transport is not None:
        # close() still sends what is buffered, abort() would not.
        request.transport.close()
    return answer
