"""A dossier says what the run holds, asks for nothing else, and leaves nothing out that it was asked to leave out."""

import json
import re
from html import unescape
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from core.dossier import sections
from core.dossier.contents import contents
from core.dossier.items import stard_ai
from core.dossier.pictures import _steps
from core.dossier.suppression import apart
from core.dossier.svg import HEIGHT, WIDTH
from core.dossier.typed import Typed, write_typed
from core.dossier.writing import dossier, write_dossier
from core.errors import RunFolderError
from core.evaluation.choosing.operating_point import rates
from core.evaluation.comparing.next_hospital import next_hospital
from core.evaluation.roc_band import outline, roc_band
from core.evaluation.sweep import threshold_sweep
from core.runs.decisions import append_decisions
from core.runs.hiding import open_run
from core.runs.importer import import_predictions
from core.runs.locked_points import Signature, lock_point
from core.runs.margins import COMPARED
from core.runs.report import report
from core.runs.store import read_run
from core.stress_test import VARIANTS, StressTest
from core.telling import numbers
from tests.core.dossier.conftest import parts


def text(page):
    return unescape(re.sub(r"<[^>]*>", " ", re.sub(r"<script.*?</script>|<style.*?</style>", "", page, flags=re.S)))


def test_it_is_about_the_newest_lock(locked):
    page = dossier(locked)
    assert "“ward 3”" in text(page) and "Ann <b> locked the threshold" in text(page) and "Ann <b>" not in page
    assert parts(page)["control"]["threshold"] == 0.25
    at = rates(threshold_sweep(locked.predictions("test")), 0.25)
    said = f"sensitivity {numbers.rate(at['sensitivity'].value)} ({numbers.interval(at['sensitivity'])})"
    assert f"Test delivers {said}" in text(page)
    assert re.search(
        r"The promise of sensitivity of at least 0\.9: (held|broken|these patients do not tell)", text(page)
    )


def test_without_a_lock_it_says_so_and_promises_nothing(run):
    page = dossier(run)
    youden = next(point for point in run.operating_points if point["name"] == "youden")
    assert parts(page)["control"]["threshold"] == youden["threshold"]
    assert "No threshold is locked in this run" in text(page) and "promises nothing" in text(page)


def test_every_count_and_score_is_inside(locked):
    found = parts(dossier(locked))
    test = locked.predictions("test")
    assert found["rows"]["test"]["logit"] == test.logit.tolist()
    assert found["figures"] == json.loads(json.dumps(report(locked)))
    table = pd.DataFrame(found["positions"])
    for row in table.iloc[::17].to_dict("records"):
        positive = test.logit >= row["threshold"]
        assert (row["test_tp"], row["test_fp"]) == (positive[test.y_true == 1].sum(), positive[test.y_true == 0].sum())
    auroc = roc_auc_score(test.y_true, test.logit)
    assert found["figures"]["metrics"]["test"]["auroc"]["value"] == pytest.approx(auroc, abs=1e-12)


def test_the_band_of_the_live_roc_is_that_of_the_set_held_against_validation(locked):
    sweep = threshold_sweep(locked.predictions("test"))
    offered = np.array(parts(dossier(locked))["positions"]["threshold"], dtype=float)
    limits = roc_band(sweep, np.append(-1, [sweep.at(threshold) for threshold in offered]))
    (drawn,) = re.findall(r"<figure class='st-key-roc'>.*?<polygon class='band own' points='([^']*)'", dossier(locked))
    found = np.array([point.split(",") for point in drawn.split()], dtype=float)
    wide, high = WIDTH - 54 - 14, HEIGHT - 30 - 46
    share = np.column_stack([(found[:, 0] - 54) / wide, 1 - (found[:, 1] - 30) / high])
    x, y = outline(limits)
    for point in share:
        assert np.abs(np.column_stack([x, y]) - point).max(axis=1).min() < 0.001
    assert share[:, 0].max() == share[:, 1].max() == 1


def test_nothing_is_asked_of_a_network(locked):
    page = dossier(locked)
    assert not re.findall(r"(?:src|href)=['\"](?!#)", page)
    assert "default-src 'none'" in page


def test_no_id_of_a_patient_or_an_image_is_inside(locked):
    page = dossier(locked)
    for name in (*locked.records["image_id"].head(20), *locked.records["path"].head(20)):
        assert str(name) not in page


def test_where_few_could_be_known_nothing_leaves_the_house(locked):
    with pytest.raises(RunFolderError, match="no dossier of it can leave the house"):
        dossier(locked, leaves=True)


def test_what_leaves_the_house_has_no_rows(tmp_path, write_run):
    run = read_run(write_run(tmp_path, "large", sizes={"train": 20, "validation": 900, "test": 900}))
    page = dossier(run, leaves=True)
    found = parts(page)
    assert "rows" not in found and found["log"]["lines"] == []
    assert "operating_points" not in json.dumps(found["figures"])
    assert len(found["positions"]["threshold"]) < len(contents(run).points)
    assert "Leaves the house" in text(page)


def test_no_id_leaves_the_house_in_a_warning_or_a_reason(tmp_path, write_run):
    folder = write_run(
        tmp_path,
        "large",
        sizes={"train": 20, "validation": 900, "test": 900},
        skipped=[("person7/a.png", "person7 is a mask")],
        data={"leakage": {"images": [], "patients": ["person8"]}, "changed_in_reading": ["row 9: person9"]},
    )
    run = read_run(folder)
    assert all(f"person{number}" in dossier(run) for number in (7, 9))
    page = dossier(run, leaves=True)
    assert not re.search(r"person\d", page)
    assert "Left in the house" in text(page) and "share who are ill" not in page


def mixed_run(folder):
    """Classes that lie over each other, in validation, test and four sites."""
    rng = np.random.default_rng(1)
    names = ["validation", "test", "north", "south", "east", "west"]
    y = rng.integers(0, 2, 6000)
    logit = rng.normal(2.0 * y - 1)
    table = pd.DataFrame({"image_id": range(6000), "y_true": y, "logit": logit, "split": names * 1000})
    table.to_csv(folder / "p.csv", index=False)
    return read_run(import_predictions(folder / "p.csv", name="sites", out=folder))


def test_scores_that_leave_the_house_are_counted_between_positions(tmp_path):
    run = mixed_run(tmp_path)
    found, test = apart(contents(run)), run.predictions("test")
    edges, shares = _steps(found, test)
    inner = edges[1:-1]
    assert inner.tolist() == sorted(found.points["threshold"])
    assert len(inner) > 10
    width = max((inner[-1] - inner[0]) / 40, 0.05)
    for label in (0, 1):
        logit = test.logit[test.y_true == label]
        counts = np.rint(shares[label] * np.diff(edges) / width * len(logit)).astype(int)
        between = [int(((logit >= low) & (logit < high)).sum()) for low, high in pairwise([-np.inf, *inner, np.inf])]
        assert counts.tolist() == between
        assert not {1, 2, 3, 4} & set(between[1:-1])


def test_every_set_that_chose_the_threshold_is_called_so_and_the_next_hospital_is_predicted(tmp_path):
    run = mixed_run(tmp_path)
    signed = Signature(name="n", rule="r", who="w", why="y", chosen_on=("validation", "north"))
    lock_point(run, 0.25, signed)
    said = text(dossier(run))
    assert "Validation (chose the threshold)" in said and "north (chose the threshold)" in said
    sweeps = {name: threshold_sweep(run.predictions(name)) for name in ("south", "east", "west")}
    expected = next_hospital(sweeps, 0.25, "sensitivity")
    assert f"sensitivity {numbers.limits(expected.cautious_low, expected.cautious_high)} (95 % prediction" in said


def test_what_was_typed_is_shown_and_counted(run):
    before = re.search(r"(\d+) of 48 rows", text(dossier(run)))[1]
    typed = Typed(answers={"reference_standard": "Two readers <i>"}, items={"6": "Board 17"})
    write_typed(run.folder, typed)
    page = dossier(run)
    assert "Two readers <i>" in text(page) and "Two readers <i>" not in page and "Board 17" in text(page)
    assert int(re.search(r"(\d+) of 48 rows", text(page))[1]) == int(before) + 4  # 16a, 16b, 16c and 6


def test_what_is_met_in_part_is_counted_by_itself(run):
    said = text(dossier(run))
    asked = [item for item in stard_ai()[1] if item.partly]
    assert f"{len(asked)} of them in part" in said and len(asked) > 1
    write_typed(run.folder, Typed(items={asked[0].number: "All of it"}))
    assert f"{len(asked) - 1} of them in part" in text(dossier(run))


def test_a_stress_test_of_validation_is_shown_where_test_has_none(locked, monkeypatch):
    assert "the stress test was not made" in text(dossier(locked))
    own = locked.predictions("validation")
    kept = StressTest(split="validation", logits=np.tile(own.logit, (len(VARIANTS), 1)))
    monkeypatch.setattr(sections, "stressed_sets", lambda run: ["test", "validation"])
    monkeypatch.setattr(sections, "kept_stress_test", lambda run, name: kept if name == "validation" else None)
    said = text(dossier(locked)).partition("Validation, scored again under shifts")[2].partition("Where it fails")[0]
    at = rates(threshold_sweep(own), 0.25)["specificity"]
    assert said.count(f"{numbers.rate(at.value)} ({numbers.interval(at)})") == len(VARIANTS)


def test_of_imported_scores_it_says_that_nothing_can_be_scored_again(tmp_path):
    assert "without the network no picture can be scored again" in text(dossier(mixed_run(tmp_path)))


def test_limits_name_what_no_set_of_the_run_can_tell(locked):
    limits = text(dossier(locked)).partition("Limits")[2].partition("How the figures were made")[0]
    own = locked.predictions("validation")
    assert "No site of another hospital is in this run" in limits
    assert f"{numbers.percent(own.n_pos / own.n)} of validation are with pneumonia" in limits


def test_the_log_says_what_each_event_says_also_where_its_time_was_altered(locked):
    append_decisions(locked.folder, lambda log: [(COMPARED, {"with": "other <b>", "set": "test"})])
    said = text(dossier(locked))
    assert "ward 3 (exploratory) by Ann <b>" in said and "with other <b> on test" in said
    log = locked.folder / "decisions.jsonl"
    log.write_text(re.sub(r'"time":"[^"]+"', '"time":"noon"', log.read_text(encoding="utf-8")), encoding="utf-8")
    said = text(dossier(locked))
    assert "noon" in said and "Line 1 was altered" in said and "The log was altered (line 1, 2)" in said
    assert "No threshold is locked" in said


def test_a_hidden_test_stays_hidden(tmp_path, write_run):
    run = open_run(write_run(tmp_path, "blind", config=_hiding()))
    page = dossier(run)
    assert "test_tp" not in parts(page)["positions"] and parts(page)["figures"]["metrics"]["test"] is None
    assert "Test is hidden until a threshold is locked" in text(page)


def _hiding():
    from core.config import TrainConfig

    return TrainConfig(hide_test=True)


def test_a_file_that_cannot_be_written_is_said(run, tmp_path):
    with pytest.raises(RunFolderError, match="cannot be written"):
        write_dossier(run, tmp_path / "none" / "x.html")
    write_dossier(run, tmp_path / "x.html")
    assert (tmp_path / "x.html").stat().st_size < 3_000_000


def test_the_run_is_not_changed_by_it(run):
    dossier(run)
    assert read_run(run.folder).run_id == run.run_id
