"""What was odd about pictures stands on the Overview, file names as plain text."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from core.runs.odd_pictures import odd, reasons, two_labels
from core.runs.seal import sealed
from core.runs.store import read_run
from dashboard.overview.odd_pictures import BELOW


@pytest.fixture(scope="module")
def odd_runs(runs, tmp_path_factory) -> Path:
    """``fitted`` with one pair of equal pictures in both classes, and one of few grey levels."""
    out = tmp_path_factory.mktemp("odd") / "runs"
    folder = Path(shutil.copytree(runs / "fitted", out / "fitted"))
    a, b, c, *_ = read_run(folder).records["image_id"]
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["data"] |= {"two_labels": [[a, b]], "odd_pictures": {c: "few grey levels"}}
    (folder / "manifest.json").write_text(json.dumps(sealed(manifest)))
    return out


def test_two_labels_are_a_warning_and_odd_pictures_are_said(open_dashboard, shown, odd_runs):
    run = read_run(odd_runs / "fitted")
    app = open_dashboard(odd_runs, run="fitted")
    assert f"One picture, two labels:</strong> {two_labels(run)}<" in shown(app, "html")
    assert f"Look at the pictures:</strong> {odd(run, BELOW)[0]}<" in shown(app, "html")
    assert [box.label for box in app.expander if "one by one" in box.label] == ["These pictures, one by one"]
    assert not shown(app, "dataframe").count("few grey levels"), "listed once it is opened"


def test_a_run_of_which_nothing_was_said_shows_nothing(open_dashboard, shown, runs):
    app = open_dashboard(runs, run="fitted")
    assert "two labels" not in shown(app, "html")
    assert "odd picture" not in shown(app, "html")
    assert not [box for box in app.expander if "one by one" in box.label]


@pytest.fixture(scope="module")
def drawn_runs(write_run_with_images, tmp_path_factory) -> Path:
    """Phantoms of which one of train has few grey levels, one of test another size, and two are equal."""
    out = tmp_path_factory.mktemp("drawn") / "runs"
    folder = write_run_with_images(out, "drawn", phantoms=True)
    records = read_run(folder).records
    train, test = (records.loc[records["split"] == split, "image_id"].tolist() for split in ("train", "test"))
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["data"] |= {
        "two_labels": [[train[1], train[2]]],
        "odd_pictures": {train[0]: "few grey levels", test[0]: "of another size"},
    }
    (folder / "manifest.json").write_text(json.dumps(sealed(manifest)))
    return out


def test_they_are_listed_drawn_and_those_of_test_lead_to_the_gallery(open_dashboard, shown, drawn_runs):
    run = read_run(drawn_runs / "drawn")
    app = open_dashboard(drawn_runs, run="drawn")
    assert not app.get("image"), "drawn once it is opened"
    app.session_state["odd_pictures"] = True
    app.run()
    listed = shown(app, "dataframe")
    for image, reason in reasons(run).items():
        assert image in listed and reason in listed
        assert f"{image}: {reason}" in shown(app, "html")
    assert len(app.get("image")) == 4
    (link,) = [link.proto for link in app.get("page_link") if link.proto.label == "Open in the Gallery"]
    asked = dict(parse_qsl(link.query_string))
    assert asked["split"] == "test"
    assert asked["image"] == next(i for i, why in reasons(run).items() if why == "of another size")
