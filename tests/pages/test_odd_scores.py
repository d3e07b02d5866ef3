"""What looks wrong about scores stands on top of every page, of the right set; leakage stands near the headline."""

from __future__ import annotations

import html
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.runs.importer import import_predictions
from core.runs.leakage import leakage_in_words
from core.runs.odd_scores import odd_scores_in_words
from core.runs.seal import sealed
from core.runs.store import read_run
from dashboard import theme


def table(**sets: tuple[float, ...]) -> pd.DataFrame:
    """80 images of each set: (how far apart the classes are, and, where it has one class, its label)."""
    rng = np.random.default_rng(5)
    parts = []
    for name, (apart, *label) in sets.items():
        y_true = np.arange(80) % 2
        part = pd.DataFrame({"image_id": [f"{name}-{i}" for i in range(80)], "split": name, "y_true": y_true})
        part["logit"] = rng.normal(size=80) + apart * (y_true - 0.5)
        part["view"] = np.where(np.arange(80) % 3 == 0, "PA", "AP")
        parts.append(part[part["y_true"] == label[0]] if label else part)
    return pd.concat(parts)


@pytest.fixture(scope="module")
def odd_runs(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("odd") / "runs"
    kinds = {
        "turned": table(validation=(-3,), test=(-3,)),
        "validation-positive": table(validation=(3, 1), test=(3,)),
        "validation-negative": table(validation=(3, 0), test=(3,)),
        "test-positive": table(validation=(3,), test=(3, 1)),
        "test-alone": table(test=(3, 0)),
        "each-one": table(validation=(3, 1), test=(3, 0)),
    }
    for name, rows in kinds.items():
        file = out.parent / f"{name}.csv"
        rows.to_csv(file, index=False)
        import_predictions(file, name=name, out=out)
    return out


def test_every_page_names_both_sets_of_one_class(open_dashboard, shown, odd_runs):
    said = odd_scores_in_words(read_run(odd_runs / "each-one"))
    assert [one.head for one in said] == ["One class in validation:", "One class in test:"]
    for page in theme.PAGES.keys() - theme.WITHOUT_RUN:
        text = shown(open_dashboard(odd_runs, page, run="each-one"), "html")
        for one in said:
            assert f"<div class='tw-callout tw-warn'><strong>{one.head}</strong> {html.escape(one.text)}</div>" in text
        assert " ()" not in text, page
        assert "the raw probabilities are too" not in text, page


@pytest.mark.parametrize(
    ("run", "where"),
    [
        ("validation-positive", "validation"),
        ("validation-negative", "validation"),
        ("test-positive", "test"),
        ("test-alone", "test"),
    ],
)
def test_one_class_is_said_of_its_set_and_no_other(open_dashboard, shown, odd_runs, run, where):
    for page in ("overview", "calibration", "delivery", "adaptation"):
        app = open_dashboard(odd_runs, page, run=run)
        text = shown(app, "html")
        assert f"One class in {where}:" in text
        assert f"One class in {'test' if where == 'validation' else 'validation'}:" not in text
        assert "There is no clear difference between validation and test" not in text, page
        alts = "".join(chart.proto.alt for chart in app.get("plotly_chart"))
        assert "— (" not in alts, page
    if where == "validation":
        assert "validation of one class" in text, "the picker has no AUROC to show"
    if where == "test":
        lost = "positive" if run == "test-alone" else "negative"
        assert f"the local cases have no {lost} images" in text
        assert "validation has no " not in text


def test_inverted_scores_come_first_and_the_temperature_is_of_the_high_end(open_dashboard, shown, odd_runs):
    for page in ("overview", "calibration"):
        text = shown(open_dashboard(odd_runs, page, run="turned"), "html")
        first = text.index("The scores point the other way:")
        assert first < text.index("What was promised" if page == "overview" else "images given")
    assert "T = 100." in text
    assert "high end of the range" in text
    assert "They point the other way" in text
    assert "perfectly" not in text


def test_ordinary_runs_have_no_warning(open_dashboard, shown, runs):
    text = shown(open_dashboard(runs, run="fitted"), "html")
    assert "One class in" not in text
    assert "point the other way" not in text
    assert "is not apart from" not in text


def test_leakage_stands_before_the_headline_with_the_figures_of_the_rest(open_dashboard, shown, runs, tmp_path):
    folder = Path(shutil.copytree(runs / "fitted", tmp_path / "runs" / "leaky"))
    manifest = json.loads((folder / "manifest.json").read_text())
    patients = list(dict.fromkeys(read_run(folder).predictions("test").patient_id))[:20]
    manifest["data"]["leakage"] = {"images": [], "patients": patients}
    (folder / "manifest.json").write_text(json.dumps(sealed(manifest)))
    (said,) = leakage_in_words(read_run(folder))
    text = shown(open_dashboard(tmp_path / "runs", run="leaky"), "html")
    line = f"<div class='tw-callout tw-warn'><strong>{said.head}</strong> {html.escape(said.text)}</div>"
    assert text.index(line) < text.index("What was promised")
    assert "AUROC without them 0." in text


def test_patients_who_stand_in_two_sets_are_counted_once(open_dashboard, shown, tmp_path):
    rows = table(validation=(3,), test=(3,)).assign(patient_id=[f"p{i % 50}" for i in range(160)])
    rows.to_csv(tmp_path / "twice.csv", index=False)
    import_predictions(tmp_path / "twice.csv", name="twice", out=tmp_path / "runs")
    assert "160 images of 50 patients" in shown(open_dashboard(tmp_path / "runs", run="twice"), "html")
