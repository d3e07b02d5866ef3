"""The Operating point page without a browser: what is sent, what is restored, and runs that lack something."""

import base64
import json

import numpy as np
import pandas as pd
import pytest

from core.evaluation.roc_band import outline, roc_band
from core.evaluation.sweep import threshold_sweep
from core.runs.store import read_run
from dashboard import state, theme
from dashboard.explorer import threshold_figures


@pytest.fixture
def open_page(open_dashboard):
    def run(out, **address):
        return open_dashboard(out, script="operating_point", **address)

    return run


def address(app, name):
    value = app.query_params[name]
    return value if isinstance(value, str) else value[0]


def threshold(app):
    return float(address(app, "threshold"))


def test_it_opens_with_youdens_threshold_on_validation(open_page, runs):
    app = open_page(runs, run="fitted")
    points = json.loads((runs / "fitted" / "operating_points.json").read_text())
    assert threshold(app) == points[0]["threshold"]
    assert address(app, "split") == "validation"
    assert address(app, "scale") == "calibrated"


@pytest.mark.parametrize("asked", ["0.30000000000000004", "-1e-300", "123.456", "-7"])
def test_threshold_of_a_link_is_kept_to_the_last_bit(open_page, runs, asked):
    app = open_page(runs, run="fitted", threshold=asked, split="test", scale="raw")
    assert threshold(app) == float(asked)
    assert address(app, "split") == "test"
    app = app.switch_page("../pages/overview.py").run()
    app = app.switch_page("../pages/operating_point.py").run()
    assert threshold(app) == float(asked)


@pytest.mark.parametrize("asked", ["many", "nan", "inf", ""])
def test_a_link_without_a_number_says_so(open_page, runs, shown, asked):
    app = open_page(runs, run="fitted", threshold=asked)
    assert f"The link asks for the threshold “{asked}”" in shown(app)
    assert threshold(app) == json.loads((runs / "fitted" / "operating_points.json").read_text())[0]["threshold"]


def test_another_run_has_a_threshold_of_its_own(open_page, runs):
    app = open_page(runs, run="fitted", threshold="1.25")
    app.selectbox(key=state.RUN.widget).select("synthetic").run()
    assert threshold(app) != 1.25
    app.selectbox(key=state.RUN.widget).select("fitted").run()
    assert threshold(app) == 1.25


@pytest.mark.parametrize("run", ["imported", "test-only", "hostile", "synthetic"])
def test_every_kind_of_run_opens(open_page, runs, shown, run):
    app = open_page(runs, run=run)
    assert len(app.get("plotly_chart")) == 3
    names = [element.proto.component_name for element in app.get("bidi_component")]
    assert names.count("explorer") == 1


def test_run_without_validation_speaks_of_test_alone(open_page, runs):
    app = open_page(runs, run="test-only")
    assert address(app, "split") == "test"
    assert address(app, "scale") == "raw"
    assert threshold(app) == 0


@pytest.mark.parametrize("split", ["validation", "test"])
def test_area_of_the_roc_is_that_of_the_set_that_is_seen(open_page, runs, shown, split):
    app = open_page(runs, run="fitted", split=split)
    sweep = threshold_sweep(read_run(runs / "fitted").predictions(split))
    limits = roc_band(sweep, np.arange(-1, len(sweep.threshold)))
    (drawn,) = (
        trace
        for chart in app.get("plotly_chart")
        for trace in json.loads(chart.proto.spec)["data"]
        if trace.get("name") == "all thresholds at once, 95 %"
    )
    for found, expected in zip((drawn["x"], drawn["y"]), outline(limits), strict=True):
        packed = isinstance(found, dict)
        values = np.frombuffer(base64.b64decode(found["bdata"]), found["dtype"]) if packed else np.array(found)
        np.testing.assert_array_equal(values, expected)
    high, wide = ((limits[f"{of}_high"] - limits[f"{of}_low"]).max() for of in ("sensitivity", "specificity"))
    assert f"it is at most {theme.rate(high)} high and {theme.rate(wide)} wide at any one" in shown(app)


def test_limits_are_saved_beside_the_points_of_the_set_that_is_seen():
    points = pd.DataFrame({"threshold": [2.0, 1.0], "sensitivity": [0.5, 1.0]})
    limits = pd.DataFrame({"sensitivity_low": [0.0, 0.25, 0.75]})
    saved = threshold_figures._together({"validation": points, "test": points}, "test", limits)
    assert saved["sensitivity_low_everywhere"].dropna().tolist() == [0.25, 0.75]
    assert saved.loc[saved["split"] == "test", "threshold"].tolist() == [2.0, 1.0]
    assert saved.loc[saved["sensitivity_low_everywhere"].notna(), "split"].unique().tolist() == ["test"]
