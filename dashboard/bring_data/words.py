"""The words of Bring data: what was understood, questions and their answers, and what becomes of the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from core.evaluation.evaluation_set import EvaluationSet
from core.runs.asking import Choice, Question, Reason
from core.runs.mapping import Value, in_finding
from core.runs.prediction_rows import PredictionRows
from core.runs.tables import EVALUATED
from dashboard import state, theme

FACTS = (
    "Predictions of any model, in a table as it is: what it says is shown, what it leaves open is asked. Or "
    "radiographs, for the network of the opened run."
)
KIND = state.Choice[str]("bring", "bring_kind")
KINDS = {"table": "A table of predictions", "films": "Radiographs"}
NEEDS_RUN = "Radiographs are read by the network of a run. `python train.py` makes one; then open it here."
NAMELESS = "The site needs a name: no column of the file says of which one its rows are."
NEEDS_NETWORK = (
    "Its predictions were imported, so nothing here can read a radiograph. Open a run that `python train.py` made."
)
ROLES = {
    "image_id": "Image",
    "patient_id": "Patient",
    "split": "Set",
    "site": "Site",
    "date": "Date",
    "label": "Truth",
    "score": "Score",
}
_KEYS = ROLES | {
    "positive": "The finding is there",
    "negative": "The finding is not there",
    "uncertain": "Uncertain",
    "scale": "What the score is",
    "decimal": "Before decimals",
    "thousands": "Between thousands",
    "date_format": "How days are written",
    "subgroups": "Subgroups",
    "delimiter": "Between cells",
    "sheet": "Sheet",
    "encoding": "Encoding",
    "fold": "Several rows an image",
    "validation_share": "Share drawn for validation",
    "seed": "Seed of the draw",
    "name": "Finding",
}
READ = {
    "image_id": "Image",
    "patient_id": "Patient",
    "split": "Set",
    "y_true": "Truth",
    "probability": "Probability",
    "logit": "Score",
    "date": "Date",
}
SCALES = {
    "probability": "a probability, from 0 to 1",
    "percent": "a percentage, from 0 to 100",
    "logit": "a logit, the logarithm of the odds",
    "free": "another score: the higher, the more suspicious",
}
_SAID_BY_MEANING = {"validation_share", "site", "fold", "uncertain", "decimal", "thousands", "delimiter"}


def in_words(value: Value) -> str:
    """A value of a mapping as a person reads it."""
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(value) or "none"


def answer(question: Question, choice: Choice) -> str:
    """An answer to a question, on one line."""
    if question.key == "scale":
        return SCALES[str(choice.value)]
    value, means = in_words(choice.value), choice.means
    if means and (question.key in _SAID_BY_MEANING or choice.value == ""):
        return means
    return f"{value} ({means})" if means else value


def understood(reasons: Sequence[Reason], findings: Sequence[str] = ()) -> pd.DataFrame:
    """What was understood without asking, and why; of several ``findings`` of which one."""

    def what(one: Reason) -> str:
        said = _KEYS.get(one.key, one.key)
        return f"{findings[one.place]}: {said}" if findings[1:] and in_finding(one.key) else said

    return pd.DataFrame(
        {
            "What": [what(one) for one in reasons],
            "In this file": [SCALES[str(one.value)] if one.key == "scale" else in_words(one.value) for one in reasons],
            "Because": [one.because for one in reasons],
        }
    )


def read(column: str) -> str:
    """The head of a column of the first rows; of several findings ``y_true: effusion``."""
    name, sign, finding = column.partition(": ")
    return f"{READ.get(name, name)}{sign}{finding}" if name in READ else column


def open_questions(count: int) -> str:
    """What keeps the file from being imported."""
    return f"{theme.counted(count, 'question')} above {'is' if count == 1 else 'are'} open."


def sets_of(rows: PredictionRows) -> pd.DataFrame:
    """:func:`sets` of a file; of several findings with a row for each."""
    if not rows.findings:
        return sets(rows.sets)
    parts = [(finding, sets(own.sets)) for finding, own in rows.findings.items()]
    table = pd.concat([part.assign(Finding=finding) for finding, part in parts], ignore_index=True)
    return table[["Finding", *parts[0][1].columns]]


def sets(found: Mapping[str, EvaluationSet]) -> pd.DataFrame:
    """One row an evaluation set."""
    return pd.DataFrame(
        {
            "Set": [theme.set_title(name) if name in EVALUATED else f"Site {name}" for name in found],
            "Images": [theme.count(images.n) for images in found.values()],
            "Patients": [theme.count(images.n_patients) for images in found.values()],
            "With the finding": [theme.count(images.labelled.n_pos) for images in found.values()],
            "Without": [theme.count(images.labelled.n - images.labelled.n_pos) for images in found.values()],
            "Truth unknown": [theme.count(images.n_unlabelled) for images in found.values()],
        }
    )


NO_VALIDATION = (
    "Without validation no threshold is chosen and nothing is calibrated. The areas under the curves are known; any "
    "threshold set while looking at test is exploratory."
)
