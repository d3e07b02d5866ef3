"""Locked thresholds: exact, stamped by the program and not by people, and what they reveal."""

import json
import math
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from core import __main__ as program
from core.config import TrainConfig
from core.errors import ImportFileError, RunFolderError
from core.runs.decision_log import DecisionLog
from core.runs.decisions import append_decisions, read_decisions
from core.runs.files import DECISIONS, sha256_of
from core.runs.hiding import SENTENCE, is_hidden, open_run, visible
from core.runs.importer import import_predictions
from core.runs.locked_points import (
    EXPLORATORY,
    LONGEST,
    PRESPECIFIED,
    LockedPoint,
    Signature,
    lock_point,
    locked_points,
    receipt,
)
from core.runs.report import report
from core.runs.report_text import WIDTH, report_text
from core.runs.store import PartialRun, Run, read_run

SIGNATURE = Signature(name="Triage", rule="largest F1", who="A. Reader", why="ward 3")
THRESHOLD = 0.1 + 0.2


@pytest.fixture
def hidden_run(tmp_path: Path, ingredients) -> Path:
    config = TrainConfig(data="/data/chest", image_size=64, hide_test=True)
    with PartialRun.begin(tmp_path, "hidden", config) as partial:
        return ingredients.finish(partial)


def lock(folder: Path, **changes: object) -> LockedPoint:
    named = {"threshold": THRESHOLD, "signature": SIGNATURE} | changes
    return lock_point(open_run(folder), **named)  # type: ignore[arg-type]


def test_while_test_is_hidden_nothing_of_it_is_in_the_run(hidden_run: Path):
    whole, seen = read_run(hidden_run), open_run(hidden_run)
    assert whole.predictions("test").n == 30 and not whole.hidden
    assert seen.hidden
    assert seen.predictions("test").n == 0
    assert list(seen.predictions("test").subgroups) == list(whole.predictions("test").subgroups)
    assert seen.metrics["test"] is None and seen.metrics["validation"] == whole.metrics["validation"]
    assert set(seen.records["split"]) == {"train", "validation"} and len(seen.records) == 60
    assert visible(whole, hidden=True).predictions("validation") is whole.predictions("validation")
    ids = set(whole.predictions("test").image_id)
    said = {f.name: repr(getattr(seen, f.name)) for f in fields(Run)}
    assert not [name for name, text in said.items() if any(f"'{one}'" in text for one in ids)]


def test_the_first_lock_reveals_and_is_pre_specified_and_every_later_one_exploratory(hidden_run: Path):
    first = lock(hidden_run)
    assert (first.stamp, set(first.figures)) == (PRESPECIFIED, {"validation"})
    run = open_run(hidden_run)
    assert not run.hidden and run.predictions("test").n == 30 and run.metrics["test"] is not None
    second = lock(hidden_run)
    assert (second.stamp, set(second.figures)) == (EXPLORATORY, {"validation", "test"})
    log = read_decisions(hidden_run)
    assert [event.event for event in log.events] == ["locked", "revealed", "locked"]
    assert locked_points(log) == (first, second)


def test_who_looked_before_another_locked_is_exploratory_too(hidden_run: Path):
    seen = open_run(hidden_run)
    lock(hidden_run)
    late = lock_point(seen, THRESHOLD, SIGNATURE)
    assert late.stamp == EXPLORATORY


def test_of_many_who_lock_at_once_one_is_pre_specified(hidden_run: Path):
    run = open_run(hidden_run)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda threshold: lock_point(run, threshold, SIGNATURE), np.arange(8.0)))
    assert sorted(point.stamp for point in found) == [EXPLORATORY] * 7 + [PRESPECIFIED]
    assert min(found, key=lambda point: point.sequence).stamp == PRESPECIFIED
    assert [event.event for event in read_decisions(hidden_run).events].count("revealed") == 1


def test_exploratory_can_be_chosen_and_reveals_all_the_same(hidden_run: Path):
    assert lock(hidden_run, exploratory=True).stamp == EXPLORATORY
    assert not open_run(hidden_run).hidden
    assert lock(hidden_run).stamp == EXPLORATORY


def test_a_run_that_never_hid_test_has_exploratory_locks_only(copy_of_run: Path):
    assert not open_run(copy_of_run).hidden
    assert lock(copy_of_run).stamp == EXPLORATORY
    assert [event.event for event in read_decisions(copy_of_run).events] == ["locked"]
    read_run(copy_of_run)


@pytest.mark.parametrize("threshold", [THRESHOLD, -5e-324, 0.0, 1e308, -1.7000000000000002])
def test_the_threshold_keeps_every_bit_and_the_counts_are_scikit_learns(copy_of_run: Path, threshold: float):
    point = lock(copy_of_run, threshold=threshold)
    (found,) = locked_points(read_decisions(copy_of_run))
    assert found == point and repr(found.threshold) == repr(threshold)
    for split, predictions in read_run(copy_of_run).evaluation_sets.items():
        tn, fp, fn, tp = confusion_matrix(predictions.y_true, predictions.logit >= threshold, labels=[0, 1]).ravel()
        assert point.figures[split] == {"tp": tp, "fp": fp, "tn": tn, "fn": fn}
    assert (point.name, point.rule, point.who, point.why) == ("Triage", "largest F1", "A. Reader", "ward 3")


@pytest.mark.parametrize("field", sorted(LONGEST))
def test_every_text_is_asked_for_and_has_its_length(field: str):
    for text in ("", " \n "):
        with pytest.raises(RunFolderError, match=field):
            replace(SIGNATURE, **{field: text})
    with pytest.raises(RunFolderError, match=rf"{field}.*shorten it to {LONGEST[field]:,}"):
        replace(SIGNATURE, **{field: "x" * (LONGEST[field] + 1)})
    assert getattr(replace(SIGNATURE, **{field: f" {'x' * LONGEST[field]} "}), field) == "x" * LONGEST[field]


@pytest.mark.parametrize("threshold", [math.nan, math.inf])
def test_only_a_finite_threshold_can_be_locked(copy_of_run: Path, threshold: float):
    with pytest.raises(RunFolderError, match="finite logit"):
        lock(copy_of_run, threshold=threshold)
    assert not (copy_of_run / DECISIONS).exists()


def test_an_altered_lock_is_not_sound_and_test_stays_revealed(hidden_run: Path):
    lock(hidden_run)
    path = hidden_run / DECISIONS
    path.write_bytes(path.read_bytes().replace(b"A. Reader", b"B. Reader"))
    (point,) = locked_points(read_decisions(hidden_run))
    assert (point.who, point.sound) == ("B. Reader", False)
    assert not open_run(hidden_run).hidden
    with pytest.raises(RunFolderError, match="altered log"):
        lock(hidden_run)


def test_an_event_that_tells_of_no_lock_is_left_out(hidden_run: Path):
    broken = [{}, {"figures": 3}, {"figures": {}, "threshold": 1.0, "stamp": "sure", **vars_of(SIGNATURE)}]
    append_decisions(hidden_run, lambda log: [("locked", each) for each in broken])
    assert locked_points(read_decisions(hidden_run)) == ()


def vars_of(signature: Signature) -> dict[str, str]:
    return {field.name: getattr(signature, field.name) for field in fields(signature)}


def test_a_log_that_cannot_be_read_hides(hidden_run: Path):
    (hidden_run / DECISIONS).mkdir()
    assert is_hidden(read_run(hidden_run))


def test_a_run_without_validation_hides_nothing(hidden_run: Path):
    run = read_run(hidden_run)
    assert is_hidden(run)
    alone = replace(
        run, evaluation_sets={**run.evaluation_sets, "validation": visible(run, hidden=True).predictions("test")}
    )
    assert not is_hidden(alone)


def test_a_receipt_holds_every_hash(hidden_run: Path):
    assert "nothing was decided yet" in receipt("hidden", hidden_run, DecisionLog())
    first, second = lock(hidden_run), lock(hidden_run)
    log = read_decisions(hidden_run)
    text = receipt("hidden", hidden_run, log)
    assert log.newest is not None and f"Newest hash {log.newest.hash}" in text
    assert all(point.hash in text and repr(point.threshold) in text for point in (first, second))


def test_a_log_cut_at_the_end_of_a_line_is_found_by_the_hash_of_the_receipt_alone(hidden_run: Path):
    lock(hidden_run), lock(hidden_run)
    log, path = read_decisions(hidden_run), hidden_run / DECISIONS
    (kept,) = re.findall(r"^Newest hash ([0-9a-f]{64})$", receipt("hidden", hidden_run, log), re.MULTILINE)
    assert log.find(kept) == log.newest
    lines = path.read_bytes().splitlines(keepends=True)
    for left in range(len(lines)):
        path.write_bytes(b"".join(lines[:left]))
        cut = read_decisions(hidden_run)
        assert not cut.altered and not cut.torn and cut.find(kept) is None
    path.unlink()
    assert read_decisions(hidden_run).find(kept) is None


def figures_of(block: object) -> set[str]:
    """Every figure of a block of metrics in three decimals; those that are in no text by chance."""
    if isinstance(block, dict):
        return set().union(*(figures_of(value) for value in block.values()))
    return {f"{block:.3f}"} if isinstance(block, float) and 0.001 < abs(block) < 0.999 else set()


def test_the_report_withholds_test_until_the_lock(hidden_run: Path, capsys: pytest.CaptureFixture[str]):
    told = read_run(hidden_run)
    only_test = figures_of(told.metrics["test"]) - figures_of(told.metrics["validation"]) - figures_of(told.calibration)
    assert len(only_test) > 10

    def command(*arguments: str) -> str:
        assert program.main(["report", str(hidden_run), *arguments]) == 0
        return capsys.readouterr().out

    text = command()
    assert not [figure for figure in only_test if figure in text]
    assert " ".join(SENTENCE.split()) in " ".join(text.split())
    assert json.loads(command("--json"))["metrics"]["test"] is None
    assert max(map(len, text.splitlines())) <= WIDTH
    lock(hidden_run)
    figures = json.loads(command("--json"))["metrics"]
    assert {split: figures[split] for split in told.metrics} == told.metrics
    run = open_run(hidden_run)
    assert SENTENCE not in report_text(report(run), hidden=run.hidden)


def test_an_import_can_hide_test_where_there_is_validation(tmp_path: Path):
    rows = [f"{split}{i},{i % 2},{i % 5 - 2},{split}" for split in ("validation", "test") for i in range(30)]
    file = tmp_path / "p.csv"
    file.write_text("\n".join(["image_id,y_true,logit,split", *rows]))
    folder = import_predictions(file, name="a", out=tmp_path, hide_test=True)
    assert open_run(folder).hidden
    assert not open_run(import_predictions(file, name="b", out=tmp_path)).hidden
    alone = tmp_path / "alone.csv"
    alone.write_text("\n".join(["image_id,y_true,logit", *(row.rpartition(",")[0] for row in rows)]))
    with pytest.raises(ImportFileError, match=r"no threshold could be locked.*leave out --hide-test"):
        import_predictions(alone, name="c", out=tmp_path, hide_test=True)
    assert not (tmp_path / "c").exists()


def test_whether_a_run_hides_test_is_in_the_root_of_its_log(hidden_run: Path):
    assert json.loads((hidden_run / "manifest.json").read_text())["config"]["hide_test"] is True
    lock(hidden_run)
    first = json.loads((hidden_run / DECISIONS).read_bytes().splitlines()[0])
    assert first["previous"] == sha256_of(hidden_run / "manifest.json")


def test_a_lock_keeps_the_floors_that_it_promises_and_its_receipt_names_them(write_run, tmp_path):
    run = open_run(write_run(tmp_path, "promised"))
    floors = {"sensitivity": "0.95", "specificity": "0.975"}
    lock_point(run, 0.5, replace(SIGNATURE, floors=floors))
    lock_point(run, 0.5, SIGNATURE)
    log = read_decisions(run.folder)
    assert [point.floors for point in locked_points(log)] == [floors, {}]
    assert "floors" not in log.events[-1].fields, "a lock that promises nothing says nothing of it"
    text = receipt(run.run_id, run.folder, log)
    assert text.count("promises sensitivity of at least 0.95 and specificity of at least 0.975") == 1


@pytest.mark.parametrize(
    "floors", [{"npv": "0.9"}, {"sensitivity": "0"}, {"sensitivity": "1.5"}, {"sensitivity": "most"}]
)
def test_what_cannot_be_a_floor_is_not_signed(floors):
    with pytest.raises(RunFolderError, match="above 0 and at most 1"):
        replace(SIGNATURE, floors=floors)


def test_a_lock_says_on_which_sets_it_was_chosen(hidden_run):
    sites = ("north", "south")
    chosen = Signature(name="a", rule="b", who="c", why="d", chosen_on=sites)
    point = lock_point(open_run(hidden_run), 0.5, chosen)
    assert (point.chosen_on, point.stamp) == (sites, "exploratory"), "a look at a site is a look at new data"
    (read,) = locked_points(read_decisions(hidden_run))
    assert read.chosen_on == sites
    assert "chosen on north, south" in receipt("a", hidden_run, read_decisions(hidden_run))
    later = lock_point(open_run(hidden_run), 0.5, Signature(name="a", rule="b", who="c", why="d"))
    assert later.chosen_on == ("validation",)
