"""Which run, finding, set and scale are seen."""

from dataclasses import replace

import pytest

from core.runs.store import list_runs
from dashboard.state import address, seen
from dashboard.state.choice import SPLIT


@pytest.fixture
def entries(run):
    (entry,) = list_runs(run.folder.parent)
    broken = replace(entry, run_id="broken", problem="is damaged")
    return [broken, entry, replace(entry, run_id="older")]


def test_the_newest_whole_run_until_another_is_asked_for(entries, params):
    assert seen.run_id(entries) == "fitted"
    params.update(run="gone")
    address.resolve()
    assert seen.run_id(entries) == "gone"
    seen.open_run("older")
    assert (seen.run_id(entries), address.held()) == ("older", {"run": "older"})
    assert seen.run_id([]) is None


def test_what_belongs_to_a_run_stays_with_it(params):
    params.update(run="one", threshold="1.5", page="2", rule="locked 1", margin="0.05", split="test")
    address.resolve()
    seen.open_run("two")
    assert address.held() == {"run": "two", "margin": "0.05", "split": "test"}
    address.put("threshold", "-1.0")
    seen.open_run("one")
    assert address.held() == dict(params)
    seen.open_run("two")
    assert address.text("threshold") == "-1.0"


def test_the_address_says_in_full_what_every_page_speaks_of(run, entries, params):
    seen.run_id(entries)
    seen.write_out(run)
    address.settle()
    youden = next(point["threshold"] for point in run.operating_points if point["name"] == "youden")
    assert params == {"run": "fitted", "split": "validation", "scale": "calibrated", "threshold": repr(youden)}
    assert params.writes == 1


def test_broken_runs_alone_are_opened_to_say_so(entries):
    assert seen.run_id(entries[:1]) == "broken"


def test_one_finding_stands_in_no_address(run, params):
    params.update(finding="effusion")
    address.resolve()
    assert seen.finding(run) == "PNEUMONIA"
    address.settle()
    assert params == {} and address.unread() == {"finding": "effusion"}


def test_a_set_without_images_cannot_be_seen(run):
    assert (seen.splits(run), seen.split(run)) == (["validation", "test"], "validation")
    SPLIT.choose("test")
    assert seen.split(run) == "test"
    bare = replace(run, evaluation_sets={"validation": run.predictions("validation")})
    assert seen.split(bare) == "validation"


def test_scale_is_calibrated_where_a_temperature_is_known(run):
    assert seen.scale(run).name == "calibrated"
    assert seen.scale(run).temperature == run.calibration["temperature"]["value"]
    assert seen.scale(replace(run, calibration=None)).name == "raw"
