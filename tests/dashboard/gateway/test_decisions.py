"""What was decided about a run, read as it is now: locks with counts of their own."""

import pandas as pd
import pytest

from core.errors import RunFolderError
from core.runs.importer import import_predictions
from core.runs.locked_points import Signature
from dashboard import gateway
from tests.dashboard.gateway.conftest import TEST, VALIDATION, split_of

BY = Signature(name="first", rule="a rule", who="A. B.", why="because")
SPLITS = {"validation": VALIDATION, "test": TEST}


@pytest.fixture
def begin(tmp_path):
    """The hand-made splits as a run on disk."""

    def begin(name="run", *, hide_test=False):
        parts = []
        for split, patients in SPLITS.items():
            own = split_of(patients, split)
            columns = {"image_id": own.image_id, "patient_id": own.patient_id, "y_true": own.y_true, "logit": own.logit}
            parts.append(pd.DataFrame(columns).assign(split=split))
        pd.concat(parts).to_csv(tmp_path / f"{name}.csv", index=False)
        return gateway.run(import_predictions(tmp_path / f"{name}.csv", name=name, out=tmp_path, hide_test=hide_test))

    return begin


def test_a_lock_keeps_threshold_signature_and_the_counts_of_both_splits(begin):
    run = begin()
    assert (gateway.decisions(run).events, gateway.locked_points(run)) == ((), ())
    point = gateway.lock(run, 1.5, BY, exploratory=False)
    assert (point.threshold, point.rule, point.name) == (1.5, "a rule", "first")
    assert (point.who, point.why) == ("A. B.", "because")
    assert point.figures == {
        "validation": {"tp": 4, "fp": 2, "tn": 12, "fn": 2},
        "test": {"tp": 16, "fp": 4, "tn": 8, "fn": 2},
    }
    assert point.stamp == "exploratory"
    assert gateway.locked_points(run) == (point,)


def test_every_lock_is_seen_at_once_and_only_in_its_own_run(begin):
    run, other = begin(), begin("other")
    for number, threshold in enumerate((1.5, -2.0, 3.5), start=1):
        gateway.lock(run, threshold, Signature(name=str(number), rule="r", who="w", why="y"), exploratory=True)
        assert [point.threshold for point in gateway.locked_points(run)] == [1.5, -2.0, 3.5][:number]
        assert len(gateway.decisions(run).events) == number
    assert gateway.locked_points(other) == ()


@pytest.mark.parametrize(("exploratory", "stamp"), [(False, "pre-specified"), (True, "exploratory")])
def test_the_first_lock_of_a_hidden_test_has_no_figures_of_it_and_reveals_it(begin, exploratory, stamp):
    run = begin(hide_test=True)
    assert run.hidden
    point = gateway.lock(run, 1.0, BY, exploratory=exploratory)
    assert (point.stamp, point.figures) == (stamp, {"validation": {"tp": 5, "fp": 3, "tn": 11, "fn": 1}})
    assert [event.event for event in gateway.decisions(run).events] == ["locked", "revealed"]
    shown = gateway.run(run.folder)
    assert (shown.hidden, shown.predictions("test").n) == (False, 30)
    assert gateway.lock(shown, 1.0, BY, exploratory=False).stamp == "exploratory"


def test_altered_lines_are_no_locked_points_and_an_unreadable_log_has_none(begin):
    run = begin()
    gateway.lock(run, 1.5, BY, exploratory=False)
    gateway.lock(run, 3.5, BY, exploratory=False)
    log = run.folder / "decisions.jsonl"
    log.write_text(log.read_text().replace("3.5", "9.5"))
    assert [event.sound for event in gateway.decisions(run).events] == [True, False]
    assert [point.threshold for point in gateway.locked_points(run)] == [1.5]
    log.unlink()
    log.mkdir()
    assert gateway.locked_points(run) == ()
    with pytest.raises(RunFolderError):
        gateway.decisions(run)
