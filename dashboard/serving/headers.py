"""Headers that every answer has: what a page may load, who may frame it, and that nobody guesses or is told more."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_INDEX = Path(streamlit.__file__).parent / "static" / "index.html"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def _policy() -> str:
    """What a page may load: files of this server, and what its own scripts make in the browser (``data:``, ``blob:``).

    Scripts run from files, from ``blob:`` (as Streamlit hands a component its script) and, inline, those that
    Streamlit's index page has, by their hashes; none is made from text, but WebAssembly, by which Streamlit reads
    integers of 64 bits. Styles may be inline: Streamlit and Plotly write theirs so.
    """
    inline = [sha256(script.encode()).digest() for script in _INLINE.findall(_INDEX.read_text(encoding="utf-8"))]
    hashes = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in inline)
    return "; ".join(
        [
            "default-src 'self' data: blob:",
            f"script-src 'self' blob: 'wasm-unsafe-eval' {hashes}",
            "style-src 'self' 'unsafe-inline'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        ]
    )


HEADERS = {"Content-Security-Policy": _policy(), "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


class SaferAnswers:
    """Puts :data:`HEADERS` on every answer of HTTP, in place of what it had under those names."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await self.app(scope, receive, with_headers)


def failed(_request: Request, _error: Exception) -> PlainTextResponse:
    """The answer where the server failed: it is written outside of all middleware, so it brings its own headers."""
    return PlainTextResponse("Internal Server Error", status_code=500, headers=HEADERS)
