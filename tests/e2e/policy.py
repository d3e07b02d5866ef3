"""What the server says beside each answer, and what a page asks for that this forbids."""

from __future__ import annotations

import re
from collections.abc import Mapping

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
