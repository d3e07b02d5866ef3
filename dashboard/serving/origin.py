"""A WebSocket is opened for the dashboard's own pages alone.

Streamlit itself lets in a page of any port of this machine, and whoever sends no ``Origin``: another program's page on
``localhost``, or a program, could read runs and sign locks through the reader's browser.
"""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)

_POLICY_VIOLATION = 1008


class SameOriginOnly:
    """Refuses (403) a WebSocket whose ``Origin`` is not of the host and port that ``Host`` names."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not same_origin(Headers(scope=scope)):
            logger.warning("a WebSocket was refused: its Origin is not of this server's host and port")
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await self.app(scope, receive, send)


def same_origin(headers: Headers) -> bool:
    """Whether there is one ``Origin`` and one ``Host``, and both name the same host and port.

    Browsers leave a scheme's own port out of both, so a proxy that hands on the browser's ``Host`` keeps them equal.
    """
    origins, hosts = headers.getlist("origin"), headers.getlist("host")
    if len(origins) != 1 or len(hosts) != 1:
        return False
    try:
        origin = urlsplit(origins[0])
    except ValueError:
        return False
    return origin.scheme in {"http", "https"} and origin.netloc.lower() == hosts[0].lower() != ""
