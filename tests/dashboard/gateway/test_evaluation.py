"""Sweeps of a run and what is drawn from them, counted by hand and by scikit-learn."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import average_precision_score, brier_score_loss, precision_recall_curve, roc_auc_score, roc_curve

from dashboard import gateway
from tests.dashboard.gateway import otherwise

SPLITS = ("validation", "test")


def test_counts_at_a_score_count_the_images_that_have_it(counted):
    assert gateway.sweep(counted, "validation").counts(1.0) == (5, 3, 11, 1)
    assert gateway.sweep(counted, "test").counts(1.5) == (16, 4, 8, 2)
    assert gateway.sweep(counted, "validation").counts(1.5) == (4, 2, 12, 2)


@pytest.mark.parametrize("split", SPLITS)
def test_a_sweep_has_a_confusion_matrix_a_score(counted, split):
    found, expected = gateway.sweep(counted, split), otherwise.points(counted.predictions(split))
    assert found.threshold.tolist() == expected.threshold.tolist()
    cells = expected[["tp", "fp", "tn", "fn"]].itertuples(index=False, name=None)
    assert [found.counts(threshold) for threshold in found.threshold] == list(cells)


@pytest.mark.parametrize("split", SPLITS)
def test_figures_of_a_set_are_scikit_learns_and_statsmodels(counted, split):
    own, found = counted.predictions(split), gateway.set_figures(counted, split)
    assert found["auroc"].value == pytest.approx(roc_auc_score(own.y_true, own.logit))
    assert found["auprc"].value == pytest.approx(average_precision_score(own.y_true, own.logit))
    assert found["brier"].value == pytest.approx(brier_score_loss(own.y_true, expit(own.logit / 2)))
    assert found["slope"].value == pytest.approx(otherwise.calibration_line(own, own.logit / 2)[1], rel=1e-6)


def test_gaps_are_from_validation_to_test_at_the_runs_own_temperature(counted, exchanged, make_run):
    for run, temperature in ((counted, 2.0), (exchanged, 0.5), (counted, 2.0)):
        validation, test = (run.predictions(split) for split in SPLITS)
        found = gateway.set_gaps(run, "test")
        areas = [roc_auc_score(own.y_true, own.logit) for own in (validation, test)]
        losses = [brier_score_loss(own.y_true, expit(own.logit / temperature)) for own in (validation, test)]
        assert found["auroc"].value == pytest.approx(areas[1] - areas[0])
        assert found["brier"].value == pytest.approx(losses[1] - losses[0])
        limits = [otherwise.limits(gateway.set_figures(run, split)["brier"]) for split in ("test", "validation")]
        assert otherwise.limits(found["brier"]) == pytest.approx(otherwise.newcombe(*limits))
    without = make_run(temperature=None)
    assert gateway.set_gaps(without, "test")["auroc"].value == pytest.approx(
        gateway.set_gaps(counted, "test")["auroc"].value
    )
    assert gateway.set_gaps(without, "test")["slope"].reason


def test_scores_that_point_the_other_way_are_said_of_the_run_that_has_them(counted, make_run):
    own = counted.predictions("test")
    validation = replace(own, logit=-own.logit - 2.0 * own.y_true)
    turned = make_run(validation)
    area = roc_auc_score(validation.y_true, validation.logit)
    (said,) = gateway.odd_scores(turned)
    assert f"AUROC is {area:.3f} (" in said.text and "on validation, below 0.5" in said.text
    assert gateway.odd_scores(counted) == ()
    assert gateway.odd_scores(replace(turned, hidden=True)) == gateway.odd_scores(turned)


def test_why_a_temperature_is_an_end_is_said_of_the_run_that_has_it(counted, make_run):
    own = counted.predictions("validation")
    parted = make_run(replace(own, logit=np.where(own.y_true == 1, 2.0, -2.0) + own.logit / 100))
    test = counted.predictions("test")
    turned = make_run(replace(test, logit=np.where(test.y_true == 1, -2.0, 2.0) + test.logit / 100))
    assert "low end" in gateway.temperature_at_end(parted) and "perfectly" in gateway.temperature_at_end(parted)
    assert "high end" in gateway.temperature_at_end(turned) and "the other way" in gateway.temperature_at_end(turned)
    assert gateway.temperature_at_end(counted) == ""


def test_leakage_is_that_of_the_patients_the_manifest_names(counted):
    """Patients x, y and z have 6 images, all of them positive; without them 12 positives are left of 18."""
    run = replace(
        counted,
        manifest={"data": {"leakage": {"patients": ["x", "y", "z"], "images": []}}},
        records=counted.records.assign(label=0),
    )
    (said,) = gateway.leakage(run)
    own = counted.predictions("test")
    rest = ~np.isin(own.patient_id, ["x", "y", "z"])
    assert "3 of 19 patients of test (6 images) carry an id" in said.text
    assert f"AUROC without them {roc_auc_score(own.y_true[rest], own.logit[rest]):.3f} (" in said.text
    assert "of them alone not known, as the area needs images of both classes" in said.text


def test_another_run_has_a_sweep_of_its_own(counted, exchanged):
    assert [gateway.sweep(run, "validation").n_pos for run in (counted, exchanged, counted)] == [6, 18, 6]


def test_positions_are_scores_of_the_split_shown_with_the_counts_of_every_split(counted):
    found = gateway.positions(counted, SPLITS, "validation", (0.25,))
    assert found["threshold"].tolist() == [7, 6, 5, 4, 3, 2, 1, 0.25, 0, -1, -2, -3, -4, -5, -6]
    at = found.set_index("threshold")
    cells = ["validation_tp", "validation_fp", "test_tp", "test_fp"]
    assert at.loc[1.0, cells].tolist() == [5, 3, 16, 4]
    assert at.loc[0.25, cells].tolist() == [5, 3, 17, 6]
    test = counted.predictions("test")
    well = test.y_true == 0
    size = otherwise.effective_size(test.logit[well] < 0.25, test.patient_id[well])
    assert at.loc[0.25, "test_size_specificity"] == pytest.approx(size)


def test_positions_of_another_split_or_with_other_kept_ones_are_others(counted):
    of_test = gateway.positions(counted, SPLITS, "test", ())
    assert of_test["threshold"].tolist() == otherwise.points(counted.predictions("test")).threshold.tolist()
    assert 0.25 in gateway.positions(counted, SPLITS, "test", (0.25,))["threshold"].to_numpy()
    assert 0.75 in gateway.positions(counted, SPLITS, "test", (0.75,))["threshold"].to_numpy()
    assert 0.25 not in gateway.positions(counted, SPLITS, "test", (0.75,))["threshold"].to_numpy()


def test_patients_are_counted_once_and_in_each_class_they_have(counted):
    assert gateway.n_patients(counted) == 12 + 19 + 2
    assert gateway.patients_by_class(counted, "validation") == (9, 4)
    assert gateway.patients_by_class(counted, "test") == (9, 11)


def test_patients_of_the_run_are_those_of_every_split(counted):
    assert gateway.n_patients(counted) == 12 + 19 + 2
    evaluated = counted.records[counted.records["split"] != "train"]
    assert gateway.n_patients(replace(counted, folder=counted.folder / "evaluated", records=evaluated)) == 12 + 19


def test_few_patients_are_counted_in_the_sets_that_are_asked_about(counted):
    found = [(one.where, one.label, one.patients) for one in gateway.few_patients(counted, ("validation", "test"))]
    assert found == [("validation", 0, 9), ("validation", 1, 4), ("test", 0, 9), ("test", 1, 11)]
    assert [one.patients for one in gateway.few_patients(counted, ("test",))] == [9, 11]


@pytest.mark.parametrize("split", SPLITS)
def test_curves_are_scikit_learns(counted, split):
    own, found = counted.predictions(split), gateway.curve(counted, split)
    fpr, tpr, threshold = roc_curve(own.y_true, own.logit, drop_intermediate=False)
    assert found["threshold"].tolist() == threshold[1:].tolist()
    np.testing.assert_allclose(found["sensitivity"], tpr[1:])
    np.testing.assert_allclose(found["specificity"], 1 - fpr[1:])
    precision, _, ascending = precision_recall_curve(own.y_true, own.logit)
    np.testing.assert_allclose(found["precision"], precision[:-1][::-1][: len(found)])
    assert ascending[::-1].tolist() == found["threshold"].tolist()


def test_scores_lie_in_common_bins_and_have_their_quartiles(counted):
    bins, quartiles = gateway.scores(counted, SPLITS)
    edges = np.linspace(-6, 9.5, 61)
    for split in SPLITS:
        for label in (0, 1):
            own = counted.predictions(split)
            logit = own.logit[own.y_true == label]
            drawn = bins[(bins["split"] == split) & (bins["label"] == label)]
            assert drawn["count"].tolist() == np.histogram(logit, edges)[0].tolist()
            np.testing.assert_allclose(drawn["share"], drawn["count"] / len(logit))
    middle = quartiles.set_index(["split", "label"])["median"]
    assert middle.loc[[("validation", 0), ("validation", 1), ("test", 0), ("test", 1)]].tolist() == [-2, 4, 0.0, 5.0]


def test_what_is_drawn_is_kept_by_run_kind_and_look_and_made_once(counted, exchanged):
    made = []

    def draw(what):
        return gateway.drawn(*what, lambda: made.append(what) or len(made))

    keys = [
        (counted, "roc", (1.0, "light")),
        (counted, "roc", (1.0, "dark")),
        (counted, "scores", (1.0, "light")),
        (exchanged, "roc", (1.0, "light")),
        (replace(counted, hidden=True), "roc", (1.0, "light")),
    ]
    assert [draw(key) for key in keys] == [1, 2, 3, 4, 5]
    assert [draw(key) for key in keys] == [1, 2, 3, 4, 5]
