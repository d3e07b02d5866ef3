"""Every page of a run whose scores are no probabilities, with Platt scaling and without."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from core.runs.importer import import_predictions
from core.runs.mapping import parse_mapping
from core.runs.store import read_run
from dashboard import theme

FREE = parse_mapping('[[finding]]\nscale = "free"', Path())


@pytest.fixture(scope="module")
def free(tmp_path_factory):
    """A run with validation, and one without."""
    folder = tmp_path_factory.mktemp("free")
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, 400)
    score = np.clip(np.round(rng.normal(4 + 3 * y, 1.5), 1), 0, 10)
    table = pd.DataFrame({"image": [f"i{i}" for i in range(400)], "label": y, "score": score, "sex": ["f", "m"] * 200})
    table.to_csv(folder / "test-only.csv", index=False)
    table.assign(split=["validation", "test"] * 200).sample(frac=1, random_state=0).to_csv(
        folder / "platt.csv", index=False
    )
    for name in ("test-only", "platt"):
        import_predictions(folder / f"{name}.csv", name=name, out=folder / "runs", mapping=FREE)
    return folder / "runs"


@pytest.mark.parametrize("page", sorted(theme.PAGES.keys() - theme.WITHOUT_RUN))
@pytest.mark.parametrize(("run", "scale"), [("platt", "calibrated"), ("platt", "score"), ("test-only", "score")])
def test_no_page_calls_a_free_score_a_probability_of_its_own(open_dashboard, shown, free, page, run, scale):
    app = open_dashboard(free, page, run=run, scale=scale)
    assert app.query_params["scale"] == scale
    text = shown(app)
    assert "raw probability" not in text and "Raw" not in text
    assert "score probability" not in text
    if run == "test-only":
        assert "calibrated probability" not in text.replace("no calibrated probability", "")


def test_a_threshold_is_called_by_platts_line(open_dashboard, shown, free):
    saved = read_run(free / "platt")
    line = saved.calibration
    app = open_dashboard(free, "operating_point", run="platt", threshold="5.5", split="test")
    called = theme.probability(float(expit(line["slope"] * 5.5 + line["intercept"])))
    assert f"Threshold now: {called} (calibrated probability" in shown(app, "html")


def test_calibration_says_what_cannot_be_known(open_dashboard, shown, free):
    app = open_dashboard(free, "calibration", run="test-only")
    assert "No probabilities" in shown(app, "markdown")
    app = open_dashboard(free, "calibration", run="platt")
    assert "is called 50 %" in shown(app, "html")
    assert len(app.get("plotly_chart")) == 2, "the diagram and the smooth curve"


def test_compare_calls_scores_scores_and_draws_platts_probabilities(open_dashboard, shown, free, tmp_path):
    out = tmp_path / "runs"
    for name in ("one", "two"):
        import_predictions(free.parent / "platt.csv", name=name, out=out, mapping=FREE)
    app = open_dashboard(out, "compare", run="one", split="validation", **{"with": "two"})
    text = shown(app)
    assert "score 5." in text or "score 4." in text
    assert "logit" not in shown(app, "html").partition("Paired:")[0].rpartition("A is one")[2]
    assert "Neither has calibrated probabilities" not in text
    assert len(app.get("plotly_chart")) == 4
