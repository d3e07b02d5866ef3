"""What a report says of sites, against scikit-learn and counts by hand."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from core.evaluation.comparing.next_hospital import next_hospital
from core.evaluation.sweep import threshold_sweep
from core.runs.hiding import open_run
from core.runs.importer import import_predictions
from core.runs.report import report, told
from core.runs.store import Run, read_run

SITES = {"north": 0.5, "south": -1.0, "east": 0.2}


def _rows(split: str, n: int, shift: float, unknown: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(n)
    truth = (rng.random(n) < 0.5).astype(int)
    return pd.DataFrame(
        {
            "image_id": [f"{split}{i}" for i in range(n)],
            "patient_id": [f"p{i // 2}" for i in range(n)],
            "y_true": np.where(np.arange(n) < unknown, "", truth.astype(str)),
            "logit": rng.normal(np.where(truth == 1, 2.0, -2.0) + shift, 1.5),
            "split": split,
        }
    )


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    own = [_rows("validation", 200, 0), _rows("test", 180, 1)]
    sites = [_rows(name, 100 + 10 * i, shift) for i, (name, shift) in enumerate(SITES.items())]
    return pd.concat([*own, *sites, _rows("west", 90, 0, unknown=90), _rows("mixed", 80, 0, unknown=30)])


@pytest.fixture(scope="module")
def run(table: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("report")
    table.to_csv(folder / "a.csv", index=False)
    return read_run(import_predictions(folder / "a.csv", name="a", out=folder / "runs"))


def test_labelled_sites_have_the_figures_of_test(run: Run, table: pd.DataFrame) -> None:
    figures = json.loads(json.dumps(report(run)))["metrics"]
    for name in SITES:
        rows = table[table["split"] == name]
        truth, logit = rows["y_true"].astype(int), rows["logit"]
        block = figures["sites"][name]
        assert set(block) == set(figures["test"])
        assert block["auroc"]["value"] == pytest.approx(roc_auc_score(truth, logit), abs=1e-12)
        assert block["auprc"]["value"] == pytest.approx(average_precision_score(truth, logit), abs=1e-12)
        for point in figures["test"]["operating_points"]:
            own = block["operating_points"][point]
            called = logit >= own["threshold"]
            assert own["tp"] == int((called & (truth == 1)).sum())
            assert own["tn"] == int((~called & (truth == 0)).sum())


def test_without_labels_the_share_called_positive_is_what_is_known(run: Run, table: pd.DataFrame) -> None:
    figures = report(run)["metrics"]
    west, mixed = figures["sites"]["west"], figures["sites"]["mixed"]
    assert set(west) == {"n", "n_patients", "called_positive"}
    assert (west["n"], west["n_patients"]) == (90, 45)
    for point, own in west["called_positive"].items():
        threshold = figures["test"]["operating_points"][point]["threshold"]
        share = (table.loc[table["split"] == "west", "logit"] >= threshold).mean()
        assert own["value"] == pytest.approx(share, abs=1e-12)
        assert own["low"] < share < own["high"]
    assert (mixed["n"], mixed["n_unlabelled"]) == (50, 30)
    share = (table.loc[table["split"] == "mixed", "logit"] >= threshold).mean()
    assert mixed["called_positive"][point]["value"] == pytest.approx(share, abs=1e-12)


def test_the_next_hospital_is_predicted_from_the_labelled_sites_alone(run: Run) -> None:
    figures = report(run)["metrics"]
    sweeps = {name: threshold_sweep(run.predictions(name)) for name in (*SITES, "mixed")}
    for point, own in figures["next_hospital"].items():
        threshold = figures["test"]["operating_points"][point]["threshold"]
        for rate in ("sensitivity", "specificity"):
            found = next_hospital(sweeps, threshold, rate)
            assert own[rate]["sites"] == [*SITES, "mixed"]
            assert own[rate]["prediction_low"] == found.prediction_low
            assert own[rate]["prediction_high"] == found.prediction_high
            assert own[rate]["mean"]["value"] == found.mean.value


def test_a_site_of_one_class_has_a_dash_for_what_it_cannot_have(tmp_path: Path) -> None:
    sites = [_rows("ill", 40, 0).assign(y_true="1"), _rows("well", 40, 0).assign(y_true="0")]
    pd.concat([_rows("validation", 60, 0), _rows("test", 40, 0), *sites]).to_csv(tmp_path / "a.csv", index=False)
    text = told(read_run(import_predictions(tmp_path / "a.csv", name="a", out=tmp_path / "runs")))
    assert "nan" not in text
    assert re.search(r"\n  ill +40 +20 +—\n", text)
    assert re.search(r"\n  well +— +[01]\.\d{3} \(", text)


def test_a_run_without_sites_says_so(tmp_path: Path) -> None:
    pd.concat([_rows("validation", 40, 0), _rows("test", 40, 0)]).to_csv(tmp_path / "a.csv", index=False)
    run = read_run(import_predictions(tmp_path / "a.csv", name="a", out=tmp_path / "runs"))
    figures = report(run)["metrics"]
    assert figures["sites"] == {}
    assert figures["next_hospital"] == {"reason": "it takes 3 sites with a known truth, and this run has 0"}
    assert "Sites" not in told(run)


def test_a_hidden_run_tells_nothing_of_its_sites(table: pd.DataFrame, tmp_path: Path) -> None:
    table.to_csv(tmp_path / "a.csv", index=False)
    run = open_run(import_predictions(tmp_path / "a.csv", name="a", out=tmp_path / "runs", hide_test=True))
    figures = report(run)["metrics"]
    assert (figures["test"], figures["sites"]) == (None, {})
    assert "hidden until a threshold is locked" in figures["next_hospital"]["reason"]
    assert "north" not in told(run)


def test_the_text_has_every_site_within_a_terminals_width(run: Run) -> None:
    text = told(run)
    assert all(len(line) <= 100 for line in text.splitlines())
    assert re.search(r"north +100 +50 +0\.", text)
    assert re.search(r"mixed +80, 30 without truth +25 +0\.", text)
    assert re.search(r"west +90 +45 +truth unknown", text)
    assert text.count("next hospital") == 4


def test_damaged_sites_are_named(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.folder, tmp_path / "a")
    (tmp_path / "a" / "sites" / "north" / "records.parquet").unlink()
    assert "The site north is left out" in told(read_run(tmp_path / "a"))
