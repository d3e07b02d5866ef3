"""What the server says beside each answer, and what a page asks for that this forbids."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

BLOCKED = """() => {
    window.blocked = []
    document.addEventListener("securitypolicyviolation", event =>
        window.blocked.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`))
}"""


def check(headers: Mapping[str, str]) -> None:
    """Fail where ``headers`` of an answer, by any case, let a page load what is not its server's own."""
    said = {name.lower(): value for name, value in headers.items()}
    policy = dict(part.split(" ", 1) for part in said["content-security-policy"].split("; "))
    assert policy["frame-ancestors"] == "'self'"
    assert policy["object-src"] == "'none'"
    for sources in policy.values():
        assert set(sources.split()) <= {"'self'", "'none'", "data:", "blob:", "'unsafe-inline'"} or re.fullmatch(
            r"'self' blob: 'wasm-unsafe-eval'( 'sha256-[^ ]{44}')+", sources
        )
    assert said["x-content-type-options"] == "nosniff"
    assert said["referrer-policy"] == "no-referrer"


class Watch:
    """What a page gets and what is forbidden to it, from before its first request."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._answers: list[Any] = []
        self._said: list[str] = []
        page.add_init_script(f"({BLOCKED})()")
        page.on("response", lambda answer: self._answers.append(answer))
        page.on("console", lambda message: self._said.append(message.text))

    def broken(self, server: str) -> list[str]:
        """What was forbidden; the headers of each answer of ``server`` are checked."""
        own = [answer.headers for answer in self._answers if answer.url.startswith(server)]
        assert len(own) > 20
        for headers in own:
            check(headers)
        return self._page.evaluate("window.blocked") + [text for text in self._said if "Content Security" in text]
