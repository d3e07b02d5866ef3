"""The worked notebook runs from top to bottom, and its comparisons with other libraries hold."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import confusion_matrix, log_loss

from core.errors import PredictionsError
from core.evaluation import on_arrays

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "notebook" / "on_arrays.ipynb"


def test_every_cell_runs(capsys):
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    codes = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    names: dict[str, object] = {}
    for number, code in enumerate(codes):
        exec(compile(code, f"{NOTEBOOK.name}, cell {number}", "exec"), names)
    said = capsys.readouterr().out
    assert len(codes) >= 6 and "scikit-learn  torchmetrics" in said
    assert not any(cell.get("outputs") for cell in cells), "the notebook is kept without outputs"


def test_figures_are_those_of_the_scores_as_they_are():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 2, 300)
    p = expit(rng.normal(truth, 1.0))
    images = on_arrays.predictions(truth, probability=p)
    found = on_arrays.figures(images, threshold=0.3)
    (tn, _), (fn, tp) = confusion_matrix(truth, p >= 0.3)
    assert found["sensitivity"].value == tp / (tp + fn) and found["npv"].value == tn / (tn + fn)
    assert found["nll"].value == pytest.approx(log_loss(truth, p))
    assert images.score(images.logit(0.3)) == pytest.approx(0.3)
    assert on_arrays.temperature(images).value > 0
    logits = on_arrays.predictions(truth, logit=np.log(p / (1 - p)))
    assert logits.logit(0.3) == 0.3
    assert on_arrays.figures(logits, threshold=images.logit(0.3))["precision"].value == found["precision"].value


def test_probabilities_at_the_ends_are_taken_and_what_is_none_is_refused():
    ends = on_arrays.predictions([0, 1, 1], probability=[0.0, 1.0, 0.5])
    assert np.isfinite(ends.predictions.logit).all()
    assert ends.predictions.patient_id.tolist() == ["0", "1", "2"]
    with pytest.raises(PredictionsError, match=r"lie in \[0, 1\]"):
        on_arrays.predictions([0, 1], probability=[0.2, 1.5])
    with pytest.raises(PredictionsError, match="one of probability and logit"):
        on_arrays.predictions([0, 1])
    with pytest.raises(ValueError, match="no probability"):
        ends.logit(1.0)
