"""The gallery in sentences. No streamlit."""

from __future__ import annotations

from collections.abc import Sequence

from core.explain.heat_map_choice import EXPLAINS_THE_CLASS, METHODS, fields
from dashboard import theme

OUTCOMES = {
    "tp": ("True positives", "true positive: called positive, and rightly"),
    "fp": ("False positives", "false positive: called positive, but wrongly"),
    "fn": ("False negatives", "false negative: called negative, but wrongly"),
    "tn": ("True negatives", "true negative: called negative, and rightly"),
}
"""How the outcomes are called, of several images and of one."""

_OTHER_KINDS = {"changes": "images that change", "suspects": "suspected label errors"}


NO_LABEL_ERRORS = (
    "No image of this set is marked as a label error. Once some are, the figures without them stand here beside the "
    "figures of all images."
)
WITHOUT_LABEL_ERRORS = (
    "A sensitivity analysis, not what to report: 95 % intervals by patient, the threshold the same in every row. "
    "Reviewers look first where the model contradicts the label, so leaving out what they mark favours the model. "
    "Figures to be reported are those of all images, or of labels that were read again without sight of the model."
)


def suspected(errors: int, marked: int, total: int) -> str:
    """How suspected label errors are ranked, and how many of the ``total`` reviewers marked, as errors or at all."""
    ranked = (
        "Images whose label the model gives a probability below 50 %, the least probable first. The threshold does not "
        "matter here. A model that is wrong looks the same as a label that is wrong: read the image."
    )
    if not total:
        return ranked
    return (
        f"{ranked} Marked so far: {theme.count(marked)} of {theme.count(total)}, {theme.count(errors)} as label errors."
    )


def without(reviewers: int, images: int) -> str:
    """Which images a row of the sensitivity analysis is of."""
    if not reviewers:
        return "all images"
    who = theme.counted(reviewers, "reviewer")
    return f"without {theme.counted(images, 'image')} that at least {who} marked as label errors"


def score(probability: float, logit: float) -> str:
    """A probability, and where its four decimals say next to nothing the logit as well."""
    called = theme.probability(probability)
    return called if 0.0001 <= probability <= 0.9999 else f"{called}, logit {theme.fixed(logit, 4)}"


def looked_at(kind: str, total: int) -> str:
    """What a list of images holds, ``383 true positives``."""
    name = _OTHER_KINDS.get(kind) or OUTCOMES[kind][0].lower()
    return f"{theme.count(total)} {name}"


def no_images_of(kind: str) -> str:
    """What is said where no image has this outcome, or flips."""
    if kind == "changes":
        return "No image changes between these two thresholds."
    if kind == "suspects":
        return "The model gives no label of this set a probability below 50 %."
    return f"No {OUTCOMES[kind][0].lower()} at this threshold."


def edited(image_ids: Sequence[str], missing: int) -> str:
    """What of the marks is not as the gallery wrote it, and how many ``missing`` rows it wrote; empty where all is."""
    said = []
    if image_ids:
        more = f" and {theme.count(len(image_ids) - 3)} more" if len(image_ids) > 3 else ""
        verb = "was" if len(image_ids) == 1 else "were"
        said.append(
            f"{theme.counted(len(image_ids), 'mark')} {verb} changed outside the gallery, by hand or by damage: "
            f"{', '.join(image_ids[:3])}{more}."
        )
    if missing:
        verb = "was" if missing == 1 else "were"
        said.append(f"{theme.counted(missing, 'mark')} {verb} taken out of the file outside the gallery.")
    return " ".join(said)


def span(start: int, stop: int, total: int) -> str:
    """Which images of a list are seen, ``61 to 120 of 383``; rows ``start`` to ``stop``, counted from 0."""
    return f"{theme.count(start + 1)} to {theme.count(stop)} of {theme.count(total)}"


def what_a_heat_map_shows(method: str, layer: str, image_size: int, *, evidence: bool) -> str:
    """What can and cannot be read from a heat map of an image in which ``evidence`` was found or not."""
    cells = fields(image_size, layer)
    if method in EXPLAINS_THE_CLASS:
        text = "It shows what the network used, not where disease is"
        found = "Nothing at this layer raised the score of this image. "
    else:
        text = (
            f"{METHODS[method]} is not about the class: it shows what this layer reacts to most, whatever that does to "
            "the score, and not where disease is"
        )
        found = "This layer reacts to nothing in this image. "
    return f"{'' if evidence else found}{text}, and in no finer detail than {cells} × {cells} fields."
