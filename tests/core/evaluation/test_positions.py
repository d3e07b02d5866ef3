"""Which thresholds are offered, and that the counts at each are the counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from core.evaluation import positions as module
from core.evaluation.positions import counts_at, positions, rows_at, vertices
from core.evaluation.predictions import Predictions
from core.evaluation.sweep import RATES, threshold_sweep


def predictions(y_true, logit, patient=None):
    n = len(y_true)
    return Predictions(
        image_id=np.array([f"i{i}" for i in range(n)], dtype=object),
        patient_id=np.array([str(p) for p in (range(n) if patient is None else patient)], dtype=object),
        y_true=np.asarray(y_true),
        logit=np.asarray(logit, dtype=float),
    )


cases = st.lists(st.tuples(st.integers(0, 1), st.integers(-6, 6), st.integers(0, 5)), max_size=40)


@settings(max_examples=40)
@given(cases, st.lists(st.floats(-9, 9), max_size=4))
def test_counts_at_any_threshold_are_scikit_learns(rows, asked):
    y_true, logit, patient = zip(*rows, strict=True) if rows else ((), (), ())
    sweep = threshold_sweep(predictions(y_true, logit, patient))
    offered = positions(sweep, asked)
    table = counts_at({"test": sweep}, offered)
    for row in table.itertuples():
        called = np.asarray(logit) >= row.threshold
        tn, fp, fn, tp = confusion_matrix(y_true, called, labels=[0, 1]).ravel() if rows else (0, 0, 0, 0)
        assert (row.test_tp, row.test_fp) == (tp, fp)
        assert (sweep.n_neg - row.test_fp, sweep.n_pos - row.test_tp) == (tn, fn)
        sizes = sweep.effective_sizes(row.threshold)
        assert [getattr(row, f"test_size_{rate}") for rate in RATES] == [sizes[rate] for rate in RATES]


@given(cases, st.lists(st.floats(-9, 9), max_size=4))
def test_positions_are_the_scores_and_what_is_kept(rows, kept):
    sweep = threshold_sweep(predictions([r[0] for r in rows], [r[1] for r in rows]))
    assert list(positions(sweep, kept)) == sorted({float(r[1]) for r in rows} | set(kept), reverse=True)


def test_row_of_many_thresholds_is_the_row_of_each():
    rng = np.random.default_rng(1)
    sweep = threshold_sweep(predictions(rng.integers(0, 2, 300), rng.normal(size=300).round(1)))
    asked = np.concatenate([sweep.threshold, rng.normal(size=200), [-50.0, 50.0]])
    assert list(rows_at(sweep, asked)) == [sweep.at(threshold) for threshold in asked]


@pytest.mark.parametrize("prevalence", [0.0, 0.03, 0.6, 1.0])
def test_many_scores_are_thinned_evenly_and_keep_both_ends(monkeypatch, prevalence):
    monkeypatch.setattr(module, "ALL_OFFERED", 500)
    monkeypatch.setattr(module, "THINNED", 100)
    rng = np.random.default_rng(0)
    y_true = (rng.random(5000) < prevalence).astype(int)
    sweep = threshold_sweep(predictions(y_true, rng.normal(2 * y_true)))
    rows = vertices(sweep)
    assert rows[0] == 0
    assert rows[-1] == len(sweep.threshold) - 1
    assert 60 <= len(rows) <= 102
    assert (np.diff(rows) > 0).all()
    steps = np.diff(sweep.tp[rows]) / max(sweep.n_pos, 1) + np.diff(sweep.fp[rows]) / max(sweep.n_neg, 1)
    assert steps.max() < 0.05, "no stretch of the curve is skipped"
    assert set(positions(sweep)) <= set(sweep.threshold)


def test_few_scores_are_all_offered():
    sweep = threshold_sweep(predictions([0, 1, 1, 0], [0.1, 0.2, 0.2, -3]))
    assert list(vertices(sweep)) == [0, 1, 2]
    assert list(positions(sweep, [0.2, 5.0])) == [5.0, 0.2, 0.1, -3.0]
