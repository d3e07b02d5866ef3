"""The worklist has every image that is looked at, in its order, with what is known and what was marked."""

import io

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from core.runs.exports import frame_csv
from core.runs.marks import Mark
from dashboard.gallery import worklist


def test_worklist_is_read_back_to_the_last_bit(pictured, view_of):
    rows = view_of(pictured, kind="tp").rows
    image_id = str(pictured.predictions("test").image_id[rows[0]])
    said = {"finding": "p", "evaluation_set": "test", "image_id": image_id, "marked": "2026-01-02T03:04:05+00:00"}
    marks = tuple(
        Mark(**said, label_error=who == "A", poor_image=True, ambiguous=False, note=note, reviewer=who)
        for who, note in (("A", "=1"), ("B", ""))
    )
    view = view_of(pictured, kind="tp", marks={image_id: marks})
    table = pd.read_csv(io.StringIO(frame_csv(worklist.table(view, view.rows))))
    test = pictured.predictions("test")
    assert table["rank"].tolist() == list(range(1, len(rows) + 1))
    assert table["image_id"].tolist() == list(test.image_id[rows])
    written = pd.read_csv(io.StringIO(frame_csv(worklist.table(view, view.rows))), dtype=str)["logit"]
    assert [float(text) for text in written] == test.logit[rows].tolist()
    assert table["raw_probability"].to_numpy() == pytest.approx(expit(test.logit[rows]))
    assert set(table["outcome"]) == {"tp"} and set(table["label"]) == {1} and set(table["set"]) == {"test"}
    counts = ["reviewers", "marked_label_error", "marked_poor_image", "marked_ambiguous"]
    assert table.loc[0, counts].tolist() == [2, 1, 2, 0]
    assert table["notes"][0] == "'=1", "guarded against spreadsheets"
    assert not table[counts].iloc[1:].to_numpy().any()
    assert set(table["threshold"]) == {view.threshold} and set(table["run"]) == {pictured.run_id}
    for name, scale in view.scales.items():
        expected = [scale.probability(logit) for logit in test.logit[rows]]
        assert table[f"{name}_probability"].to_numpy() == pytest.approx(expected)


def test_scores_of_all_images_are_in_the_order_of_the_data(pictured, view_of):
    view, test = view_of(pictured, kind="tp"), pictured.predictions("test")
    table = worklist.table(view, np.arange(test.n))
    assert table["image_id"].tolist() == list(test.image_id)
    called, ill = test.logit >= view.threshold, test.y_true == 1
    words = {(True, True): "tp", (True, False): "fp", (False, False): "tn", (False, True): "fn"}
    assert table["outcome"].tolist() == [words[pair] for pair in zip(called.tolist(), ill.tolist(), strict=True)]
