"""Keep-alive connections to one server, each used by one call at a time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from hsl_tui.telegram.http.connection import Answer, Connection, HttpError
from hsl_tui.telegram.http.route import Route, reason_of


class HttpClient:
    """Makes calls to one server, through the environment's proxy if there is one.

    A proxy is taken from ``HTTPS_PROXY``, ``NO_PROXY`` and so on, but never for a loopback address.
    Redirects are not followed. It belongs to the event loop that uses it; close it there.

    Args:
        url: root of the server. User and password in it are sent as basic authentication.
        connections: most calls on the way at the same time; further ones wait.
    """

    def __init__(self, url: str, *, connections: int) -> None:
        self._url = url
        self._places = asyncio.Semaphore(connections)
        self._free: deque[Connection] = deque()
        self._route: Route | None = None

    async def ask(
        self,
        method: str,
        path: str,
        *,
        body: Sequence[bytes | memoryview] = (),
        content_type: str | None = None,
        within: float,
        before_write: Callable[[], None] = lambda: None,
    ) -> Answer:
        """Make one call.

        Args:
            method: of HTTP.
            path: below the root, with a slash at its beginning.
            body: in pieces.
            content_type: of the body.
            within: seconds for all of it, the wait for a free connection included.
            before_write: told when a connection stands, from where on the request may have left.

        Raises:
            HttpError: there is no whole answer.
        """
        connection: Connection | None = None
        error: HttpError
        try:
            async with asyncio.timeout(within), self._places:
                route = self._find_route()
                connection = await self._take(route)
                before_write()
                head = route.head(method, path, content_type, sum(map(len, body)))
                answer = await connection.ask(head, body, only_head=method == "HEAD")
                if method == "HEAD":
                    # What it says of a body that never comes would be waited for.
                    await connection.close()
                else:
                    self._free.append(connection)
                return answer
        except HttpError as failed:
            error = failed
        except OSError as failed:
            error = HttpError(reason_of(failed), connection.status if connection else None)
        # Outside of the handlers: what was met on the way may know the address.
        raise error

    async def close(self) -> None:
        """Close the connections that are free."""
        while self._free:
            await self._free.pop().close()

    def _find_route(self) -> Route:
        if self._route is None:
            try:
                self._route = Route(self._url)
            except ValueError as error:
                raise HttpError(str(error)) from None
        return self._route

    async def _take(self, route: Route) -> Connection:
        """A connection that stands: the one that was used last, for the others to grow old."""
        while self._free:
            connection = self._free.pop()
            if connection.is_usable():
                await self._close_old()
                return connection
            await connection.close()
        connection = await route.open()
        if not connection.is_usable():
            raise HttpError("connection closed before a request")
        return connection

    async def _close_old(self) -> None:
        while self._free and not self._free[0].is_usable():
            await self._free.popleft().close()
