"""axe-core: which rules of accessibility a page breaks in what we draw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STREAMLITS_OWN = Path(__file__).with_name("streamlits_own.json")
"""Of one version of Streamlit: rules of axe-core that it breaks itself -> the test ids of its parts that do."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def broken(page: Any, axe: str) -> list[str]:
    """Rule, selector and HTML of whatever breaks one and is not Streamlit's own."""
    own = json.loads(STREAMLITS_OWN.read_text())["rules"]
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(axe)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})", RULES)
    return [
        f"{violation['id']}: {node['target']} {node['html'][:200]}"
        for violation in found["violations"]
        for node in violation["nodes"]
        if not any(f'data-testid="{part}"' in node["html"] for part in own.get(violation["id"], ()))
    ]
