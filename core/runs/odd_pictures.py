"""What is odd about the pictures of a run, as its manifest says, in sentences for terminal, report and Overview."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from core.runs.reading import Run

LOOK = "look at them on the dashboard's Overview; train.py --odd keep uses all, --odd drop leaves out all"


def two_labels_in_words(groups: Collection[Collection[str]], seen: Collection[str]) -> str:
    """One sentence that names the pictures with two labels, of those that may be ``seen``; "" without any."""
    shown = [" and ".join(group) for group in groups if set(group) <= set(seen)]
    if not shown:
        return ""
    first, more = "; ".join(shown[:5]), f"; and {len(shown) - 5:,} more" if len(shown) > 5 else ""
    what = "1 picture has both labels" if len(shown) == 1 else f"{len(shown):,} pictures have both labels"
    return f"{what}, the same pixels in both classes: {first}{more}."


def odd_in_words(said: Mapping[str, str], seen: Collection[str], look: str = LOOK) -> list[str]:
    """A sentence a reason: how many pictures, an example, and where to ``look``; of those that may be ``seen``."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    allowed = set(seen)
    for image_id, reason in said.items():
        if image_id in allowed:
            by_reason[reason].append(image_id)
    return [
        f"{len(ids):,} odd {'picture' if len(ids) == 1 else 'pictures'} ({reason}), for example {ids[0]}; {look}."
        for reason, ids in by_reason.items()
    ]


def two_labels(run: Run) -> str:
    """:func:`two_labels_in_words` of the pictures of ``run`` that may be seen."""
    groups = _data(run).get("two_labels") or ()
    return two_labels_in_words(groups, set(run.records["image_id"])) if groups else ""


def odd(run: Run, look: str = LOOK) -> list[str]:
    """:func:`odd_in_words` of the pictures of ``run`` that may be seen; [] where none is, or none was looked at."""
    said = _data(run).get("odd_pictures") or {}
    return odd_in_words(said, set(run.records["image_id"]), look) if said else []


def reasons(run: Run) -> dict[str, str]:
    """Every picture of either kind that may be seen, by image_id, and what is odd about it; both labels first."""
    seen = set(run.records["image_id"])
    groups = [group for group in _data(run).get("two_labels") or () if set(group) <= seen]
    twice = {image: f"the same as {' and '.join(set(group) - {image})}" for group in groups for image in group}
    odd_ones = _data(run).get("odd_pictures") or {}
    return twice | {image: str(why) for image, why in odd_ones.items() if image in seen and image not in twice}


def sentences(run: Run) -> list[str]:
    """All of both, two labels first."""
    return [sentence for sentence in (two_labels(run), *odd(run)) if sentence]


def _data(run: Run) -> Mapping[str, Any]:
    data: Mapping[str, Any] = run.manifest.get("data", {})
    return data
