"""Stress test in each of its states, without a browser."""

import errno
import shutil

import numpy as np
import pytest

from core.config import TrainConfig
from core.explain.pictures import Pictures
from core.progress import Progress
from core.runs.store import read_run
from core.stress_test import VARIANTS, stress_test
from dashboard import job, theme
from dashboard.stress_test import running


@pytest.fixture
def open_page(open_dashboard):
    def run(out, **address):
        return open_dashboard(out, "stress_test", **address)

    return run


@pytest.fixture(scope="module")
def stressed_runs(tmp_path_factory, write_run_with_images):
    """A run that was stressed."""
    out = tmp_path_factory.mktemp("stressed")
    run = read_run(write_run_with_images(out, "files"))
    stress_test(run, Pictures(run))
    return out


@pytest.fixture
def images(tmp_path, write_run_with_images):
    """A run that was not."""
    write_run_with_images(tmp_path / "runs", "files")
    return tmp_path / "runs"


def button(app, key):
    return next(button for button in app.button if button.key == key)


def test_imported_predictions_say_calmly_that_there_are_no_images(open_page, shown, runs):
    app = open_page(runs, run="imported")
    assert "No stress test" in shown(app, "markdown") and "were imported" in shown(app, "markdown")
    assert not [found for found in app.button if found.key in ("start_stress", "stop_stress")]


def test_before_says_what_it_will_do_and_starts_the_program(open_page, shown, images, monkeypatch):
    asked = []
    monkeypatch.setattr(job, "start", lambda *given: asked.append(given))
    app = open_page(images, run="files")
    assert "Scores the 8 radiographs of test again under 14 shifts" in shown(app, "markdown")
    button(app, "start_stress").click().run()
    assert asked == [
        (images / "files" / "cache" / "stress.log", "core", ["stress", str(images / "files"), "--set", "test"])
    ]


@pytest.mark.parametrize(("size", "minutes"), [(96, "7 minutes"), (224, "36 minutes"), (32, "1 minute")])
def test_how_long_it_takes_is_said_for_the_images_of_the_run(write_run, tmp_path, size, minutes):
    """2,000 at five a second and 96 pixels; as many times more as an image has more pixels."""
    run = read_run(write_run(tmp_path, "sized", config=TrainConfig(image_size=size)))
    assert f"about {minutes} on two cores at {size} pixels" in running.what_it_does(run, 2000)


def test_where_nothing_may_be_written_it_says_so(open_page, shown, images, monkeypatch, parts_may_fail):
    def refused(*given):
        raise OSError(errno.EROFS, "Read-only file system")

    app = open_page(images)
    monkeypatch.setattr(job, "start", refused)
    button(app, "start_stress").click().run()
    assert not app.exception
    assert "cannot be started there (the disk is read-only); make room, or allow writing there" in shown(app)
    assert len(parts_may_fail) == 1


def test_running_shows_progress_and_can_be_stopped(open_page, shown, images, monkeypatch):
    stopped, line = [], Progress(label="stress test", done=4, total=8, seconds_left=42.0).to_json()
    monkeypatch.setattr(job, "look", lambda log: job.Job(running=not stopped, lines=(line, "error: of a file")))
    monkeypatch.setattr(job, "stop", stopped.append)
    app = open_page(images, run="files")
    assert "The stress test is running" in shown(app, "markdown")
    assert "preparing, 42 s left" in shown(app)
    button(app, "stop_stress").click().run()
    assert stopped == [images / "files" / "cache" / "stress.log"]
    assert "The stress test was stopped" in shown(app, "markdown")
    assert "0 of 8 radiographs" in shown(app, "markdown")
    assert "error: of a file" in shown(app, "code")
    assert button(app, "start_stress").label == "Go on with it"


def test_done_shows_every_figure_as_core_has_it(open_page, shown, stressed_runs):
    from core.evaluation.comparing.robustness import areas, under_shifts
    from core.stress_test import kept_stress_test

    run = read_run(stressed_runs / "files")
    logits = kept_stress_test(run).logits
    threshold = float(np.median(logits[0]))
    app = open_page(stressed_runs, run="files", threshold=repr(threshold))
    html, predictions = shown(app, "html"), run.predictions("test")
    rows = html.split("<tr>")
    table = [row for row in rows if "scope='row'" in row and ">AUROC<" not in row]
    assert len(table) >= len(VARIANTS)
    found, ranks = under_shifts(predictions, VARIANTS, logits, threshold), areas(predictions, logits)
    for one, area in zip(found, ranks, strict=True):
        for estimate in (*one.rates.values(), area):
            assert f">{theme.rate(estimate.value)}<" in html
            assert theme.interval(estimate) in html
        if one.variant.strength:
            assert all(theme.difference(change)[1] in html for change in one.changes.values())
    alternatives = [chart.proto.alt for chart in app.get("plotly_chart")]
    assert [alt.split(" under 14 shifts")[0] for alt in alternatives] == ["Sensitivity", "Specificity"]


def test_follows_the_threshold(open_page, shown, stressed_runs):
    low, high = (
        shown(open_page(stressed_runs, run="files", threshold=threshold), "html") for threshold in ("-99", "99")
    )
    assert ">1.000<" in low and ">0.000<" in low
    assert "Nothing here breaks the threshold." in low and "Nothing here breaks the threshold." in high


def test_examples_are_four_pictures_of_one_radiograph(open_page, shown, stressed_runs):
    app = open_page(stressed_runs, run="files")
    pictures = shown(app, "image")
    assert [pictures.count(f"Radiograph, {name}") for name in theme.STRENGTHS] == [1, 1, 1, 1]
    box = next(box for box in app.selectbox if box.key == "stress_shift")
    box.set_value("rotation").run()
    assert "20° to either side" in shown(app, "html")
    kind = next(box for box in app.selectbox if box.key == "stress_image")
    assert {"Nearest to the threshold", "Typical without pneumonia", "Typical with pneumonia"} <= set(kind.options)


def test_moved_images_are_asked_for_and_the_figures_go_on(open_page, shown, stressed_runs, tmp_path):
    out = shutil.copytree(stressed_runs, tmp_path / "copy")
    (stressed_runs / "data").rename(stressed_runs / "elsewhere")
    try:
        app = open_page(out, run="files")
        assert len(app.get("plotly_chart")) == 2
        assert "not where they were" in shown(app, "markdown")
    finally:
        (stressed_runs / "elsewhere").rename(stressed_runs / "data")
