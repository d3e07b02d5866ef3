"""The gallery in sentences. No streamlit."""

from __future__ import annotations

import math

from core.explain.heat_map_choice import EXPLAINS_THE_CLASS, METHODS, STRIDES
from dashboard import theme

OUTCOMES = {
    "tp": ("True positives", "true positive: called positive, and rightly"),
    "fp": ("False positives", "false positive: called positive, but wrongly"),
    "fn": ("False negatives", "false negative: called negative, but wrongly"),
    "tn": ("True negatives", "true negative: called negative, and rightly"),
}
"""How the outcomes are called, of several images and of one."""


def looked_at(kind: str, total: int) -> str:
    """What a list of images holds, ``383 true positives``."""
    name = "images that change" if kind == "changes" else OUTCOMES[kind][0].lower()
    return f"{theme.count(total)} {name}"


def no_images_of(kind: str) -> str:
    """What is said where no image has this outcome, or flips."""
    if kind == "changes":
        return "No image changes between these two thresholds."
    return f"No {OUTCOMES[kind][0].lower()} at this threshold."


def span(start: int, stop: int, total: int) -> str:
    """Which images of a list are seen, ``61 to 120 of 383``; rows ``start`` to ``stop``, counted from 0."""
    return f"{theme.count(start + 1)} to {theme.count(stop)} of {theme.count(total)}"


def what_a_heat_map_shows(method: str, layer: str, image_size: int, *, evidence: bool) -> str:
    """What can and cannot be read from a heat map of an image in which ``evidence`` was found or not."""
    fields = math.ceil(image_size / STRIDES[layer])
    if method in EXPLAINS_THE_CLASS:
        text = "It shows what the network used, not where disease is"
        found = "Nothing at this layer raised the score of this image. "
    else:
        text = (
            f"{METHODS[method]} is not about the class: it shows what this layer reacts to most, whatever that does to "
            "the score, and not where disease is"
        )
        found = "This layer reacts to nothing in this image. "
    return f"{'' if evidence else found}{text}, and in no finer detail than {fields} × {fields} fields."
