"""Where a server is, and which proxy leads to it."""

from __future__ import annotations

import base64
import urllib.request
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote, unquote, urlsplit

_PORTS: Final = {"http": 80, "https": 443}
_LOOPBACK: Final = ("localhost", "::1")
_LONGEST: Final = 253
"""Characters of a host's name in DNS; longer ones do not fit into a TLS handshake either."""
_PATH: Final = "/:@!$&'()*+,;=~%"
"""What a path may hold as it is (RFC 3986, 3.3); all else, line ends too, is quoted."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A server as an address names it.

    Attributes:
        host: as DNS and TLS know it, in ASCII; of IPv6 without brackets.
        path: what stands before every path, without a slash at its end.
        credentials: of HTTP basic authentication, as its header has them; None without a user.
    """

    scheme: str
    host: str
    port: int
    path: str
    credentials: str | None = field(repr=False)

    @classmethod
    def of(cls, url: str) -> Self:
        """Read an address.

        Raises:
            ValueError: it is not one of a server that is spoken to over HTTP.
        """
        try:
            parts = urlsplit(url)
            usual = _PORTS[parts.scheme]
            host = (parts.hostname or "").encode("idna").decode("ascii")
            port = parts.port or usual
            credentials = _basic(parts.username, parts.password or "") if parts.username else None
            path = quote(parts.path.rstrip("/"), safe=_PATH)
        except (ValueError, KeyError):
            host = ""
        if not 0 < len(host) <= _LONGEST or " " in host or not host.isprintable():
            raise ValueError("not a valid address")
        return cls(parts.scheme, host, port, path, credentials)

    @property
    def is_secure(self) -> bool:
        """Whether it is spoken to over TLS."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and port, as the target of CONNECT (RFC 9110, 9.3.6)."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def host_header(self) -> str:
        """The value of the header Host: without the port that goes without saying."""
        usual = self.port == _PORTS[self.scheme]
        return self.authority.removesuffix(f":{self.port}") if usual else self.authority


def proxy_for(origin: Origin) -> str | None:
    """The address of the environment's proxy for it; none leads to the loopback."""
    host = origin.host
    if host in _LOOPBACK or host.startswith("127.") or urllib.request.proxy_bypass(host):
        return None
    proxy = urllib.request.getproxies().get(origin.scheme)
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def _basic(user: str, password: str) -> str:
    """Credentials as RFC 7617 writes them."""
    pair = f"{unquote(user)}:{unquote(password)}"
    return "Basic " + base64.b64encode(pair.encode()).decode("ascii")
