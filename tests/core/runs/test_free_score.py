"""Scores that are no probabilities: ordered, thresholded and, by validation, made into probabilities."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.calibration import _SigmoidCalibration
from sklearn.metrics import brier_score_loss, roc_auc_score

from core.__main__ import main
from core.errors import ImportFileError
from core.evaluation.calibration.platt import fit_platt
from core.evaluation.predictions import Predictions
from core.runs.importer import import_predictions, import_sites
from core.runs.local_file import read_local_file
from core.runs.mapping import parse_mapping
from core.runs.report import report
from core.runs.store import read_run

FREE = parse_mapping('[[finding]]\nscale = "free"', Path())


def _table(n: int = 400, *, split: bool = True, turned: bool = False) -> pd.DataFrame:
    """Scores of 0 to 10 in tenths."""
    rng = np.random.default_rng(5)
    y = rng.integers(0, 2, n)
    score = np.clip(np.round(rng.normal(4 + 3 * (1 - y if turned else y), 1.5), 1), 0, 10)
    table = pd.DataFrame({"image": [f"i{i}" for i in range(n)], "label": y, "score": score})
    return table.assign(split=np.where(np.arange(n) < n // 2, "validation", "test")) if split else table


def _run(folder: Path, table: pd.DataFrame, name: str = "free"):
    table.to_csv(folder / f"{name}.csv", index=False)
    return read_run(import_predictions(folder / f"{name}.csv", name=name, out=folder / "runs", mapping=FREE))


def test_a_free_score_is_kept_as_it_is_and_calibrated_by_platts_line(tmp_path: Path) -> None:
    table = _table()
    run = _run(tmp_path, table)
    test = table[table["split"] == "test"]
    np.testing.assert_array_equal(run.predictions("test").logit, test["score"])
    assert run.free and run.manifest["data"]["scale"] == "free"
    assert run.metrics["test"]["auroc"]["value"] == pytest.approx(roc_auc_score(test["label"], test["score"]))
    validation = table[table["split"] == "validation"]
    other = _SigmoidCalibration().fit(validation["score"].to_numpy(float), validation["label"].to_numpy())
    found = run.calibration
    assert (found["method"], found["temperature"]) == ("platt", None)
    assert found["slope"] == pytest.approx(-other.a_, rel=1e-3)
    assert found["intercept"] == pytest.approx(-other.b_, rel=1e-3)
    p = expit(found["slope"] * test["score"] + found["intercept"])
    assert run.metrics["test"]["brier"]["value"] == pytest.approx(brier_score_loss(test["label"], p))
    for point in run.operating_points:
        called = expit(found["slope"] * point["threshold"] + found["intercept"])
        assert point["probability_raw"] is None
        assert point["probability_calibrated"] == pytest.approx(called)
        assert point["threshold"] in set(validation["score"])
    assert report(run)["calibration"] == found
    assert report(run)["metrics"]["test"] == run.metrics["test"]


def test_without_validation_nothing_is_a_probability(tmp_path: Path) -> None:
    run = _run(tmp_path, _table(split=False))
    assert run.calibration is None and run.operating_points is None
    assert run.metrics["test"]["brier"]["value"] is None
    assert run.metrics["test"]["auroc"]["value"] > 0.5


def test_scores_that_point_the_other_way_get_no_probabilities(tmp_path: Path) -> None:
    run = _run(tmp_path, _table(turned=True))
    assert run.calibration["slope"] == 0
    assert run.calibration["reason"] == "the scores point the other way"
    assert expit(run.calibration["intercept"]) == pytest.approx(run.predictions("validation").y_true.mean(), abs=0.01)
    assert all(point["probability_calibrated"] is None for point in run.operating_points)


def test_one_class_on_validation_gives_no_line() -> None:
    ids = np.array(["a", "b"], dtype=object)
    one = Predictions(image_id=ids, patient_id=ids, y_true=np.array([1, 1]), logit=np.array([1.0, 2.0]))
    assert fit_platt(one).temperature is None
    assert fit_platt(one).reason == "one class has no images"


def test_the_report_calls_a_score_a_score(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = _run(tmp_path, _table())
    assert main(["report", str(run.folder)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "Platt scaling makes expit(" in text
    assert "(score)" in text and "(logit)" not in text
    assert "one side of 0.5" not in text


def test_a_site_has_the_scores_of_the_runs_model(tmp_path: Path) -> None:
    run = _run(tmp_path, _table())
    table = _table(split=False)
    table.rename(columns={"image": "image_id", "label": "y_true", "score": "logit"}).to_csv(
        tmp_path / "logits.csv", index=False
    )
    with pytest.raises(ImportFileError, match="has logits, and the run has a free score"):
        import_sites(tmp_path / "logits.csv", run, site="North")
    table.to_csv(tmp_path / "free.csv", index=False)
    import_sites(tmp_path / "free.csv", run, site="North", mapping=FREE)
    again = read_run(run.folder)
    line = run.calibration
    north = report(again)["metrics"]["sites"]["North"]
    p = expit(line["slope"] * table["score"] + line["intercept"])
    assert north["brier"]["value"] == pytest.approx(brier_score_loss(table["label"], p))


def test_local_cases_have_the_scores_of_the_runs_model(tmp_path: Path) -> None:
    run = _run(tmp_path, _table())
    with pytest.raises(ImportFileError, match="has probabilities, and the run has a free score"):
        read_local_file(run, "mine.csv", b"image_id,y_true,probability\na,1,0.5\nb,0,0.2\n")
    found = read_local_file(run, "mine.csv", b"image_id,y_true,logit\na,1,7.5\nb,0,3\n")
    assert list(found.predictions.logit) == [7.5, 3.0]


def test_scores_that_tell_nothing_are_not_said_to_point_the_other_way():
    ids = np.array(["a", "b", "c", "d"], dtype=object)
    found = fit_platt(Predictions(image_id=ids, patient_id=ids, y_true=[0, 1, 0, 1], logit=[1.0, 1.0, 2.0, 2.0]))
    assert (found.slope, found.reason) == (0.0, "the scores do not tell the classes from each other")
