"""Figures of several fits together, against scikit-learn and numpy."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.runs.hiding import visible
from core.runs.seed_spread import family, same_but_seed, seed_spread, spread_table, spread_text
from core.runs.store import read_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory, write_run):
    out = tmp_path_factory.mktemp("runs")
    return [read_run(write_run(out, f"fit-seed{seed}", seed=seed)) for seed in range(3)]


def test_a_family_has_one_name_and_numbers_in_order():
    ids = ["a-seed10", "a-seed2", "b-seed1", "a", "a-seed", "a-seed0x"]
    assert family(ids, "a-seed2") == ["a-seed2", "a-seed10"]
    assert family(ids, "a") == []


def test_areas_and_delivered_rates_are_those_of_each_run(runs):
    values = seed_spread(runs).values
    for run in runs:
        test = run.predictions("test")
        assert values.loc[("auroc", "", "test"), run.run_id] == pytest.approx(roc_auc_score(test.y_true, test.logit))
        youden = next(p["threshold"] for p in run.operating_points if p["name"] == "youden")
        assert values.loc[("threshold", "youden", ""), run.run_id] == youden
        specificity = (test.logit[test.y_true == 0] < youden).mean()
        assert values.loc[("specificity", "youden", "test"), run.run_id] == pytest.approx(specificity)


def test_the_table_is_numpys(runs):
    found = seed_spread(runs)
    row = spread_table(found).set_index(["figure", "rule", "set"]).loc[("auroc", "", "test")]
    areas = found.values.loc[("auroc", "", "test")].to_numpy()
    assert row["mean"] == pytest.approx(areas.mean()) and row["sd"] == pytest.approx(areas.std(ddof=1))
    assert (row["lowest"], row["highest"], row["fits"]) == (areas.min(), areas.max(), 3)
    assert "AUROC, test" in spread_text(found)
    assert [place[2] for place in found.values.index[:2]] == ["validation", "test"]


def test_where_test_is_hidden_it_is_left_out(runs):
    found = seed_spread([visible(run, hidden=True) for run in runs])
    assert "test" not in found.values.index.get_level_values("set")
    assert ("specificity", "youden", "validation") in found.values.index


def test_a_threshold_that_cannot_be_reached_is_counted_as_missing(runs):
    found = seed_spread(runs)
    found.values.iloc[found.values.index.get_loc(("threshold", "youden", "")), 1] = np.nan
    row = spread_table(found).set_index(["figure", "rule", "set"]).loc[("threshold", "youden", "")]
    assert row["fits"] == 2


def test_runs_with_other_settings_or_images_are_no_family(runs, tmp_path, write_run):
    assert same_but_seed(runs[0], runs[1])
    other = read_run(write_run(tmp_path, "fit-seed9", sizes={"train": 200, "validation": 120, "test": 100}))
    assert not same_but_seed(runs[0], other)
