"""What a manifest says of odd pictures, in sentences, and in the report."""

from dataclasses import replace
from pathlib import Path

import pytest

from core.runs.odd_pictures import odd, sentences, two_labels
from core.runs.reading import Run, read_run
from core.runs.report import report, told
from core.runs.report_text import WIDTH, report_text


@pytest.fixture
def run(whole_run: Path) -> Run:
    """Two images with both labels, two with nearly no contrast, and one of each that is not in the run."""
    run = read_run(whole_run)
    a, b, c, *_ = run.records["image_id"]
    said = {b: "nearly no contrast", c: "nearly no contrast", "hidden": "few grey levels"}
    data = run.manifest["data"] | {"two_labels": [[a, b], [a, "hidden"]], "odd_pictures": said}
    return replace(run, manifest=run.manifest | {"data": data})


def test_what_may_be_seen_is_named(run: Run) -> None:
    a, b, *_ = run.records["image_id"]
    assert two_labels(run) == f"1 picture has both labels, the same pixels in both classes: {a} and {b}."
    assert len(odd(run)) == 1
    assert odd(run)[0].startswith(f"2 odd pictures (nearly no contrast), for example {b}; ")
    assert sentences(run) == [two_labels(run), *odd(run)]
    assert not any("hidden" in sentence for sentence in sentences(run))


def test_a_run_of_which_nothing_was_said_is_silent(whole_run: Path) -> None:
    assert sentences(read_run(whole_run)) == []


def test_the_report_ends_with_them(run: Run) -> None:
    text = told(run)
    assert text.startswith(report_text(report(run)).splitlines()[0])
    assert "1 picture has both labels" in text
    assert text.index("both labels") > text.index("Research use only")
    assert max(map(len, text.splitlines())) <= WIDTH
