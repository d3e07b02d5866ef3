"""What the gallery looks through."""

import numpy as np
import pandas as pd

from core.runs.importer import import_predictions
from core.runs.store import read_run
from dashboard import gateway


def selection(**values):
    return gateway.Selection(
        **{"split": "test", "threshold": 2.5, "kind": "tp", "order": "nearest", "other": None, "levels": ()} | values
    )


def test_selected_images_have_outcome_and_level(run):
    split = run.predictions("test")
    rows = gateway.selected(run, selection(levels=(("subtype", ("virus",)),)))
    assert len(rows)
    expected = (split.logit >= 2.5) & (split.y_true == 1) & (split.subgroups["subtype"] == "virus")
    assert set(rows) == set(np.flatnonzero(expected))
    assert (np.diff(split.logit[rows]) >= 0).all()


def test_changes_are_the_images_between_the_thresholds(run):
    split = run.predictions("test")
    rows = gateway.selected(run, selection(kind="changes", other=4.0))
    assert set(rows) == set(np.flatnonzero((split.logit >= 2.5) & (split.logit < 4.0)))


def test_levels_are_sorted_with_the_unknown_last(run):
    assert gateway.subgroup_levels(run, "test") == {"subtype": ["bacteria", "virus", None]}


def test_subgroups_of_names_or_of_nothing_are_no_filters(tmp_path):
    n = 300
    table = pd.DataFrame({"image_id": [f"i{i}" for i in range(n)], "y_true": [0, 1] * (n // 2), "logit": range(n)})
    table = table.assign(site="a", name=[f"n{i}" for i in range(n)], nothing="")
    table.to_csv(tmp_path / "p.csv", index=False)
    import_predictions(tmp_path / "p.csv", name="wide", out=tmp_path)
    wide = read_run(tmp_path / "wide")
    assert set(wide.predictions("test").subgroups) >= {"site", "name"}
    assert gateway.subgroup_levels(wide, "test") == {"site": ["a"]}


def test_rows_are_found_by_their_image(run):
    for row in (0, 7):
        assert gateway.row_of(run, "test", str(run.predictions("test").image_id[row])) == row
    assert gateway.row_of(run, "test", "not there") is None
