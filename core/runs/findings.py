"""The findings of a run: their names, and its manifest as that of one of them alone.

A run of schema 1 answers one question, named after its positive class; one of schema 2 several, on the same images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

LONGEST = 80
"""Characters of a finding's name."""


def finding_names(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The findings of the run of a checked manifest, in its order."""
    data = manifest.get("data", {})
    if several := data.get("findings"):
        return tuple(str(one["name"]) for one in several)
    classes = data.get("class_names")
    return (str(classes[1]) if classes else "positive",)


def manifest_of(manifest: Mapping[str, Any], finding: str) -> dict[str, Any]:
    """``manifest`` as if it were that of ``finding`` alone: what it says of that one stands under ``data``."""
    own = next((one for one in manifest.get("data", {}).get("findings", ()) if one["name"] == finding), None)
    if own is None:
        return dict(manifest)
    said = {key: value for key, value in own.items() if key != "name"}
    return {**manifest, "data": {**manifest["data"], "class_names": [f"no {finding}", finding], **said}}


def names_problem(names: Sequence[str]) -> str:
    """Why these cannot be the names of several findings; empty where they can."""
    for place, name in enumerate(names):
        if not name or name != name.strip() or len(name) > LONGEST or not name.isprintable():
            return f"{name!r} is no name of a finding: write 1 to {LONGEST} signs that can be printed"
        if name.casefold() in {other.casefold() for other in names[:place]}:
            return f"{name!r} is the name of two findings; give each a name of its own"
    return ""
