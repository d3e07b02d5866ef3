from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import confint_proportions_2indep

from core.evaluation.comparing.difference_from_validation import Difference
from core.evaluation.comparing.promise import Verdict
from core.evaluation.estimates.clusters import clustered_wilson
from core.evaluation.estimates.discrimination import auprc, auroc
from core.evaluation.estimates.intervals import Estimate, newcombe_difference
from core.evaluation.predictions import Predictions
from dashboard.overview import tables


@pytest.fixture
def of_one_class(run, tmp_path):
    """A run whose test has images of one class alone."""
    test = run.predictions("test")
    ill = Predictions(
        **{name: getattr(test, name)[test.y_true == 1] for name in ("image_id", "patient_id", "y_true", "logit")}
    )
    return replace(run, folder=tmp_path, evaluation_sets={**run.evaluation_sets, "test": ill})


def test_promises_are_the_counts_of_the_logits(run):
    for promise in tables.promises(run):
        for split in ("validation", "test"):
            predictions = run.predictions(split)
            called, positive = predictions.logit >= promise.threshold, predictions.y_true == 1
            assert promise.fraction(split, "sensitivity") == ((called & positive).sum(), positive.sum())
            assert promise.fraction(split, "specificity") == ((~called & ~positive).sum(), (~positive).sum())
            assert promise.fraction(split, "precision") == ((called & positive).sum(), called.sum())
            assert promise.fraction(split, "npv") == ((~called & ~positive).sum(), (~called).sum())
            assert promise.fraction(split, "accuracy") == ((called == positive).sum(), predictions.n)
            assert promise.fraction(split, "f1") is None
            for rate in tables.COUNTS_OF_RATE:
                hits, total = promise.fraction(split, rate)
                assert promise.estimate(split, rate).value == pytest.approx(hits / total)


def test_gap_is_test_minus_validation_without_its_optimism(run):
    promise = tables.promises(run)[0]
    gap, own = promise.gap("specificity"), promise.differences["specificity"]
    seen, delivered = promise.estimate("validation", "specificity"), promise.estimate("test", "specificity")
    assert (own.validation, own.delivered) == (seen, delivered)
    assert gap.value == pytest.approx(delivered.value - seen.value + own.optimism)
    assert gap.low < gap.value < gap.high
    plain = promise.gap("precision")
    after, before = promise.estimate("test", "precision"), promise.estimate("validation", "precision")
    assert plain == newcombe_difference(after, before)


def test_only_floored_rates_are_judged_and_by_test(run):
    found = {promise.name: promise.judgements for promise in tables.promises(run)}
    assert {name: list(own) for name, own in found.items()} == {
        "youden": [],
        "specificity_0.90": ["specificity"],
        "sensitivity_0.95": ["sensitivity"],
        "best_f1": [],
    }
    own = found["specificity_0.90"]["specificity"]
    test = run.metrics["test"]["operating_points"]["specificity_0.90"]["specificity"]
    assert (own.floor, own.margin, own.limits.value) == (0.9, 0.0, test["value"])
    assert own.verdict is Verdict.BROKEN


def test_the_threshold_in_use_is_in_play(run, monkeypatch):
    def width():
        gap = tables.promises(run)[0].gap("specificity")
        return gap.high - gap.low

    before = width()
    monkeypatch.setattr("dashboard.state.threshold", lambda run: 4.0)
    assert width() > before


def test_gap_is_newcombes_where_patients_have_one_image():
    def wilson(hits, total):
        from core.evaluation.estimates.intervals import wilson_estimate

        return wilson_estimate(hits / total, total, reason="")

    promise = tables.Promise(
        name="x",
        threshold=0.0,
        probability=0.5,
        reason="",
        counts={},
        estimates={"validation": {"sensitivity": wilson(45, 50)}, "test": {"sensitivity": wilson(60, 90)}},
    )
    gap = promise.gap("sensitivity")
    low, high = confint_proportions_2indep(60, 90, 45, 50, method="newcomb", compare="diff", correction=False)
    assert (gap.low, gap.high) == pytest.approx((low, high), abs=1e-6)


def test_widest_difference_is_one_that_chance_does_not_explain(run):
    found = tables.promises(run)
    promise, rate, difference = tables.widest_difference(found)
    assert rate == "specificity"
    assert difference.high < 0
    assert all(abs(other.gap("specificity").value) <= abs(difference.value) for other in found)
    assert promise in found
    assert tables.widest_difference(()) is None


def test_a_loss_stands_before_a_larger_gain():
    def promise(name, value):
        gap = Estimate(value=value, low=value - 0.01, high=value + 0.01, method="")
        own = Difference(validation=gap, optimism=0.0, corrected=gap, delivered=gap, gap=gap, corrected_gap=gap)
        return tables.Promise(
            name=name,
            threshold=0.0,
            probability=0.5,
            reason="",
            counts={},
            estimates={},
            differences={"sensitivity": own},
        )

    gain, loss = promise("youden", 0.4), promise("best_f1", -0.05)
    assert tables.widest_difference((gain, loss))[0] is loss
    assert tables.widest_difference((gain,))[0] is gain
    assert tables.widest_difference((promise("youden", 0.005),)) is None


def test_outcome_counts_images_and_patients(run):
    promise = tables.promises(run)[0]
    outcome = tables.outcome(run, promise, "test")
    predictions = run.predictions("test")
    positive = predictions.y_true == 1
    assert outcome.found + outcome.missed == outcome.n_pos == positive.sum()
    assert outcome.cleared + outcome.alarmed == outcome.n_neg == (~positive).sum()
    assert outcome.patients_pos == len(np.unique(predictions.patient_id[positive].astype(str)))


def test_run_without_validation_has_no_promises(run):
    bare = replace(run, operating_points=None, evaluation_sets={"test": run.predictions("test")})
    assert tables.promises(bare) == ()


def test_rule_that_cannot_be_met_keeps_its_reason(run):
    absent = dict.fromkeys(("threshold", "probability_raw", "probability_calibrated"))
    bare = replace(run, operating_points=[{"name": "youden", "rule": "", "reason": "one class only", **absent}])
    (promise,) = tables.promises(bare)
    assert promise.threshold is None
    assert promise.reason == "one class only"


def test_discrimination_is_the_runs(run):
    table = tables.discrimination(run).set_index(["measure", "split"])
    for split in ("validation", "test"):
        predictions = run.predictions(split)
        assert table.loc[("auroc", split), "value"] == pytest.approx(
            roc_auc_score(predictions.y_true, predictions.logit)
        )
        for measure, estimate in (("auroc", auroc), ("auprc", auprc)):
            own = estimate(predictions)
            assert table.loc[(measure, split), ["value", "low", "high"]].tolist() == [own.value, own.low, own.high]


def test_an_area_that_does_not_exist_says_why_in_the_table(of_one_class):
    table = tables.discrimination(of_one_class).set_index(["measure", "split"])
    assert table.loc[("auroc", "test"), "method"] == "undefined"
    assert table.loc[("auroc", "test"), "reason"] == "the area needs images of both classes"
    assert table.loc[("auroc", "validation"), "reason"] == ""


def test_composition_adds_up(run):
    table = tables.composition(run).set_index("split")
    assert list(table.index) == ["train", "validation", "test"]
    assert table["images"].sum() == len(run.records)
    assert (table["with"] + table["without"] == table["images"]).all()
    assert (table["low"] < table["prevalence"]).all()
    assert (table["prevalence"] < table["high"]).all()
    assert table.loc["train", "patients"] == 100
    train = run.records[run.records["split"] == "train"].groupby("patient_id")["label"]
    wilson = clustered_wilson(train.sum().to_numpy(), train.size().to_numpy(), reason="")
    assert table.loc["train", ["low", "high"]].tolist() == [wilson.low, wilson.high]


def test_composition_for_people_has_both_ends_of_the_prevalence():
    row = ("test", 1200, 700, 300, 900, 0.75, 0.61, 0.79)
    columns = ["split", "images", "patients", "without", "with", "prevalence", "low", "high"]
    shown = tables.composition_for_people(pd.DataFrame([row], columns=columns), ("without x", "with x"))
    assert shown.to_dict("records") == [
        {"Set": "Test", "Images": "1,200", "Patients": "700", "With x": "900", "Prevalence": "0.750 (0.610 to 0.790)"}
    ]


def test_leakage_lists_images_and_patients(run):
    data = {"leakage": {"images": [["a", "b"]], "patients": ["p"]}}
    table = tables.leakage(replace(run, manifest={**run.manifest, "data": data}))
    assert table.to_numpy().tolist() == [["test", "identical image", "b", "a"], ["test", "patient", "p", "p"]]
    data["leakage"] |= {"validation_images": [["c", "d"]], "validation_patients": ["q"]}
    table = tables.leakage(replace(run, manifest={**run.manifest, "data": data}))
    given = [["validation", "identical image", "d", "c"], ["validation", "patient", "q", "q"]]
    assert table[table["split"] == "validation"].to_numpy().tolist() == given
    assert tables.leakage(replace(run, manifest={**run.manifest, "data": {}})).empty
