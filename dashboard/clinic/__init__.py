"""Your clinic: what the threshold of the explorer means at another prevalence, and for 1,000 children.

It follows ``explorer.control``, which must stand on the same page, without asking the server.
"""

from __future__ import annotations

from typing import Any

from core.evaluation.estimates.intervals import z_value
from core.runs.store import Run
from dashboard import downloads, gateway, glossary, state, theme, words
from dashboard.component import component

_STYLES = ("explorer/explorer.css", "clinic/clinic.css", downloads.STYLE)
_MEANT = {"ppv": "PPV", "npv": "NPV", "lr_positive": "LR+", "lr_negative": "LR−"}
_EVEN = 0.5

CHOSEN_AND_REPORTED = (
    "Choose the threshold on validation; other images only report what it delivers. A prevalence is a fact about "
    "your clinic, so it may be set while looking at either."
)
HOW_INTERVALS = (
    "PPV and NPV at a prevalence that is known: logit intervals of Mercaldo, Lau and Zhou (2007) on effective sample "
    "sizes by patient, their adjusted version where an outcome does not occur. LR+ and LR− are the plain quotients, "
    "infinite (∞) where no one without the finding is called so; their limits are of the log method, with 0.5 added to "
    "each outcome where one does not occur. The children "
    "are rounded by largest remainders, first into ill and well, then each by outcome, and always sum to 1,000; one "
    "image a child is assumed."
)


def clinic(run: Run) -> None:
    """The prevalence input, the figures at it, how far it is from the images', and the icon array."""
    split = state.split(run)
    observed = gateway.prevalence(run, split)
    prevalences = state.prevalences()
    value, sequence = state.told_to(state.CLINIC, state.prevalence(), (run.key, split))
    data = {
        "run": words.run_name(run),
        "split": split,
        "z": z_value(),
        "told": {"prevalence": value, "sequence": sequence},
        "up_to": prevalences[1] if len(prevalences) > 1 else None,
        "first": observed.value if 0 < observed.value < 1 else _EVEN,
        "observed": observed.to_dict(),  # JSON has no NaN
        "words": _words(run, split),
        "meanings": {name: glossary.meaning(word) for name, word in _MEANT.items()},
    }
    component("clinic", "clinic/clinic.js", *_STYLES)(
        key=state.CLINIC,
        data=data,
        default={"prevalence": None, "up_to": None},
        on_prevalence_change=state.take_prevalence,
        on_up_to_change=state.take_prevalence_up_to,
    )


def _words(run: Run, split: str) -> dict[str, Any]:
    negative, positive = words.class_words(run)
    images = "images" if run.checkpoint is None else "radiographs"
    return {
        "who": "patients" if run.checkpoint is None else "children",
        "classes": [negative, positive],
        "images": f"the {theme.count(run.predictions(split).n)} {theme.set_name(split)} {images}",
        "outcomes": {
            "found": f"found: {positive}, called positive",
            "missed": f"missed: {positive}, called negative",
            "alarmed": f"falsely alarmed: {negative}, called positive",
            "cleared": f"rightly sent home: {negative}, called negative",
        },
    }
