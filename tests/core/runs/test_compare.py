"""``python -m core compare``: at whose threshold, on which images, in words and as JSON; what hides and is noted."""

from __future__ import annotations

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.__main__ import main
from core.errors import ConfigError, RunFolderError
from core.evaluation.choosing.operating_point import choose_youden
from core.evaluation.sweep import threshold_sweep
from core.runs.compare import Point, compare_runs, points_of
from core.runs.compare_text import compare_text
from core.runs.decisions import read_decisions
from core.runs.hiding import open_run
from core.runs.importer import import_predictions
from core.runs.locked_points import Signature, lock_point
from core.runs.margins import COMPARED, margins, note_look, state_margin
from core.runs.report_text import WIDTH


@pytest.fixture(scope="module")
def rows():
    """240 images of 120 patients, half of them of validation, and a second model's logits of them."""
    rng = np.random.default_rng(0)
    y = np.repeat(rng.random(120) < 0.5, 2).astype(int)
    logit = rng.normal(size=240) + 2.0 * y - 1.0
    return pd.DataFrame(
        {
            "image_id": [f"{i:03d}.png" for i in range(240)],
            "patient_id": [f"p{i // 2}" for i in range(240)],
            "split": ["validation"] * 120 + ["test"] * 120,
            "y_true": y,
            "logit": logit,
            "other": 0.7 * logit + 0.7 * rng.normal(size=240),
        }
    )


@pytest.fixture
def runs(rows, tmp_path):
    def make(name, table, **options):
        file = tmp_path / f"{name}.csv"
        table.to_csv(file, index=False)
        return open_run(import_predictions(file, name=name, out=tmp_path, **options))

    return make


@pytest.fixture(scope="module")
def made(rows, tmp_path_factory):
    """The two runs, which tests get a copy of."""
    folder, one = tmp_path_factory.mktemp("two"), rows.drop(columns="other")
    for name, table in (("one", one), ("two", one.assign(logit=rows["other"]))):
        table.to_csv(folder / f"{name}.csv", index=False)
        import_predictions(folder / f"{name}.csv", name=name, out=folder)
    return folder


@pytest.fixture
def two(made, tmp_path):
    return tuple(open_run(Path(shutil.copytree(made / name, tmp_path / name))) for name in ("one", "two"))


def test_json_keeps_the_contract(two, tmp_path, capsys):
    assert main(["compare", "one", "two", "--out", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"paired", "n", "n_patients", "auroc", "mcnemar", "rates", "auprc", "brier", "net_benefit"} <= set(found)
    assert (found["paired"], found["n"], found["n_patients"]) == (True, 120, 60)
    assert set(found["mcnemar"]) == {"only_a", "only_b", "p"}
    assert set(found["rates"]) == {"sensitivity", "specificity", "precision", "npv"}
    for figure in (found["auroc"], found["auprc"], found["brier"], found["net_benefit"], *found["rates"].values()):
        one, other, apart = (figure[side]["value"] for side in ("a", "b", "difference"))
        assert apart == pytest.approx(one - other)
    assert 0 <= found["auroc"]["p"] <= 1


def test_each_is_at_its_youden_unless_a_lock_is_newer(two):
    one, other = two
    found = compare_runs(one, other)
    assert [point.name for point in found.points] == ["youden", "youden"]
    youden = choose_youden(threshold_sweep(one.predictions("validation")))
    assert found.points[0].threshold == youden.threshold
    for name, threshold in (("first", 0.1), ("second", 0.4)):
        lock_point(one, threshold, Signature(name=name, rule="by eye", who="A", why="a test"))
    assert compare_runs(one, other).points[0].threshold == 0.4
    assert compare_runs(one, other, point="sensitivity_0.95").points[1].name == "sensitivity_0.95"
    with pytest.raises(ConfigError, match="two has youden"):
        compare_runs(one, other, point="first")


def test_hidden_test_is_refused_in_words_and_validation_is_not(runs, rows, two, tmp_path, capsys):
    hidden = runs("hidden", rows.drop(columns="other"), hide_test=True)
    assert main(["compare", "one", "hidden", "--out", str(tmp_path)]) == 2
    assert "cannot be compared on test: Test figures are hidden until" in capsys.readouterr().err
    assert read_decisions(two[0].folder).events == ()
    assert compare_runs(two[0], hidden, evaluation_set="validation").comparison.n == (120, 120)
    with pytest.raises(ConfigError, match="hidden"):
        compare_runs(hidden, two[0], evaluation_set="north")
    lock_point(hidden, 0.0, Signature(name="first", rule="by eye", who="A", why="a test"))
    assert compare_runs(two[0], open_run(hidden.folder)).comparison.n == (120, 120)


def test_a_site_may_be_named_and_a_set_that_is_not_there_is(two, rows, tmp_path, runs):
    with pytest.raises(ConfigError, match="--set north: one has validation, test"):
        compare_runs(*two, evaluation_set="north")
    north = rows.drop(columns="other").assign(split=["validation"] * 120 + ["north"] * 120)
    found = compare_runs(runs("with", north), runs("again", north), evaluation_set="north")
    assert found.comparison.n == (120, 120)
    with pytest.raises(ConfigError, match="--finding oedema: one has positive"):
        compare_runs(*two, finding="oedema")


def test_rows_of_another_truth_are_named_and_half_of_the_images_is_said(two, runs, rows):
    part = rows.drop(columns="other").iloc[60:180].copy()
    part.loc[part.index[-1], "y_true"] = 1 - part["y_true"].iloc[-1]
    found = compare_runs(two[0], runs("part", part))
    text = compare_text(found)
    assert found.comparison.n == (59, 59)
    assert "are in both with the same truth. 60 images are in A alone" in text.replace("\n", " ")
    assert "1 image has another truth in A than in B and is left out: 179.png." in text


def test_where_every_truth_is_another_nothing_is_compared_and_both_are_said_to_be_of_the_same_images(
    two, runs, rows, tmp_path, capsys
):
    runs("turned", rows.drop(columns="other").assign(y_true=1 - rows["y_true"]))
    assert main(["compare", "one", "turned", "--out", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["paired"], found["n"], len(found["truth_differs"])) == (True, 0, 120)
    assert found["auroc"]["difference"]["value"] is None
    assert main(["compare", "one", "turned", "--out", str(tmp_path)]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "in common" not in text
    assert "120 images have another truth in A than in B and are left out: 120.png" in text
    assert "one of the two may have its classes the other way round" in text


def test_other_images_are_said_to_be_unpaired(two, runs, rows, tmp_path, capsys):
    others = rows.drop(columns="other").assign(image_id=[f"x{i}" for i in range(240)])
    runs("others", others)
    assert main(["compare", "one", "others", "--out", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["paired"], found["mcnemar"], found["n"]) == (False, None, {"a": 120, "b": 120})
    assert main(["compare", "one", "others", "--out", str(tmp_path)]) == 0
    assert "Unpaired: the two have no image of test in common" in capsys.readouterr().out


def test_a_reader_of_two_or_five_grades_is_a_model(two, runs, rows):
    test = rows[rows["split"] == "test"].drop(columns=["other", "split", "logit"])
    z = rows.loc[test.index, "other"]
    two_grades = runs("reader2", test.assign(probability=(z > 0).astype(int)))
    found = compare_runs(two[0], two_grades)
    assert found.points[1].name == "the higher of its two scores"
    assert found.reader == "b"
    own = found.comparison.figures
    assert own["sensitivity"].b.value == pytest.approx(np.mean(z[test["y_true"] == 1] > 0))
    assert own["auroc"].b.value == pytest.approx((own["sensitivity"].b.value + own["specificity"].b.value) / 2)
    matched = found.at_reader["specificity"]
    assert matched.at == own["sensitivity"].b.value
    assert matched.difference.low < matched.difference.value < matched.difference.high
    assert "B has a reader's few grades" in compare_text(found)
    assert compare_runs(two_grades, two[0]).reader == "a"
    five = compare_runs(two[0], runs("reader5", test.assign(logit=1 + np.digitize(z, [-1, -0.3, 0.3, 1]))))
    assert (five.points[1].name, five.points[1].threshold, five.reader) == ("3 or above", 3.0, "b")
    assert [point.name for point in points_of(five.runs[1], five.runs[1].predictions("test"))] == [
        "3 or above",
        "2 or above",
        "4 or above",
        "5 or above",
    ]
    assert not math.isnan(five.comparison.figures["auroc"].difference.low)
    named = compare_runs(two[0], five.runs[1], points=(found.points[0], Point(name="5 or above", threshold=5.0)))
    assert named.comparison.figures["sensitivity"].b.value == pytest.approx(np.mean(z[test["y_true"] == 1] >= 1))
    bare = compare_runs(two[0], runs("bare", test.assign(logit=z)))
    assert (bare.points[1].threshold, bare.reader) == (None, "")
    assert "no validation images" in bare.comparison.figures["npv"].difference.reason
    graded = rows.drop(columns="other").assign(logit=1 + np.digitize(rows["other"], [-1, -0.3, 0.3, 1]))
    assert compare_runs(two[0], runs("graded", graded)).reader == "b"


def test_text_fits_a_terminal_and_has_every_figure(two):
    text = compare_text(compare_runs(*two), noted=False)
    assert max(map(len, text.splitlines())) <= WIDTH
    for label in ("AUROC", "AUPRC", "Brier", "slope", "sensitivity", "specificity", "PPV", "NPV", "net benefit"):
        assert f"  {label}" in text
    assert "could not be noted" in text


def test_a_margin_counts_as_beforehand_only_before_the_first_look(two):
    one, other = two
    before = state_margin(one, other, "test", "auroc", 0.05, "A. Reader")
    assert before.beforehand
    assert note_look(one, other, "test")
    assert note_look(other, one, "test")
    assert [event.event for event in read_decisions(other.folder).events] == [COMPARED]
    after = state_margin(one, other, "test", "sensitivity", 0.1, "A. Reader")
    assert not after.beforehand
    assert [margin.beforehand for margin in margins(one, other, "test")] == [True, False]
    assert state_margin(one, other, "validation", "auroc", 0.05, "A. Reader").beforehand
    assert margins(other, one, "test") == ()
    assert (before.kept(-0.04), before.kept(-0.05), before.kept(math.nan)) == (True, False, None)
    text = compare_text(compare_runs(one, other)).replace("\n", " ")
    assert "Margin of 0.05 for AUROC by A. Reader, stated before the first look" in text
    assert "for sensitivity by A. Reader, stated afterwards" in text


def test_a_look_is_noted_once_and_by_the_command(two, tmp_path, capsys):
    for _ in range(2):
        assert main(["compare", "one", "two", "--out", str(tmp_path)]) == 0
    for run in two:
        assert [event.event for event in read_decisions(run.folder).events] == [COMPARED]
    assert "could not be noted" not in capsys.readouterr().out


def test_an_altered_log_has_no_margin_of_beforehand(two):
    one, other = two
    state_margin(one, other, "test", "auroc", 0.05, "A. Reader")
    note_look(one, other, "test")
    log = one.folder / "decisions.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"compared"', b'"looked at"'))
    assert not any(margin.beforehand for margin in margins(one, other, "test"))
    assert not note_look(one, other, "test")


@pytest.mark.parametrize(("figure", "margin", "who"), [("brier", 0.1, "A"), ("auroc", 0, "A"), ("auroc", 0.1, " ")])
def test_what_is_no_margin_is_refused(two, figure, margin, who):
    with pytest.raises(RunFolderError, match="margin"):
        state_margin(*two, "test", figure, margin, who)
