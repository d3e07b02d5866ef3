"""Tiles and rows say of each image what the predictions say."""

import base64

import cv2
import numpy as np
import pytest
from scipy.special import expit

from core.runs.marks import Mark
from dashboard import gateway, theme
from dashboard.gallery import tiles


def mark_of(image_id, **flags):
    values = {"label_error": False, "poor_image": False, "ambiguous": False, "note": "", "reviewer": "r"}
    return Mark(
        finding="p", evaluation_set="test", image_id=image_id, marked="2026-03-03T14:02:00+00:00", **values | flags
    )


def test_tiles_show_their_own_image_and_figures(pictured, view_of):
    pictures = gateway.pictures(pictured, None)
    for kind, truth in (("tp", 1), ("tn", 0)):
        view = view_of(pictured, kind=kind)
        made = tiles.tiles(view, pictures, view.rows)
        assert len(made) == len(view.rows) > 0
        for tile, row in zip(made, view.rows, strict=True):
            assert tile.image_id == view.predictions.image_id[row]
            assert tile.share == pytest.approx(expit(view.predictions.logit[row]))
            assert (tile.positive, tile.truth) == (truth == 1, ("without", "with")[truth] + " pneumonia")
            assert tile.patient == view.predictions.patient_id[row]
            jpeg = base64.b64decode(tile.picture.removeprefix("data:image/jpeg;base64,"))
            shown = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
            height, width = shown.shape
            full = cv2.resize(pictures.radiograph(tile.image_id), (width, height), interpolation=cv2.INTER_AREA)
            assert np.abs(shown.astype(int) - full).mean() < 4


def test_image_that_cannot_be_read_is_a_tile_that_says_why(write_run_with_images, view_of, tmp_path):
    from core.runs.store import read_run

    run = read_run(write_run_with_images(tmp_path, "broken"))
    view = view_of(run)
    gone, damaged = (str(view.predictions.image_id[row]) for row in view.rows[:2])
    (tmp_path / "data" / gone).unlink()
    (tmp_path / "data" / damaged).write_bytes(b"no image")
    made = {tile.image_id: tile for tile in tiles.tiles(view, gateway.pictures(run, None), view.rows)}
    for image_id in (gone, damaged):
        assert made[image_id].picture is None
        assert made[image_id].problem.startswith("Cannot be shown: ")
    assert all(tile.picture for image_id, tile in made.items() if image_id not in (gone, damaged))


def test_change_says_which_way_the_class_goes(pictured, view_of):
    lowered = view_of(pictured, threshold=1e6, kind="changes", other=-1e6)
    raised = view_of(pictured, threshold=-1e6, kind="changes", other=1e6)
    assert {tiles.change(lowered, row) for row in lowered.rows} == {"was negative, becomes positive"}
    assert {tiles.change(raised, row) for row in raised.rows} == {"was positive, becomes negative"}
    assert tiles.change(view_of(pictured), 0) == ""
    assert tiles.change(view_of(pictured, threshold=1e6, kind="changes", other=2e6), 0) == ""


def test_table_has_the_same_images_and_figures(run, view_of):
    view = view_of(run, threshold=2.0, kind="fp")
    table = tiles.table(view, view.rows)
    assert table["image"].tolist() == view.predictions.image_id[view.rows].tolist()
    assert table["raw probability"].tolist() == [theme.probability(p) for p in expit(view.predictions.logit[view.rows])]
    assert set(table["truth"]) == {"without pneumonia"}
    assert set(table["subtype"]) == {"none"}


def test_mark_is_named_in_a_word():
    assert tiles.marked([]) == ""
    assert tiles.marked([mark_of("a", label_error=True, ambiguous=True)]) == "label, ambiguous"
    assert tiles.marked([mark_of("a", note="seen")]) == "note"
    assert tiles.marked([mark_of("a", note="x"), mark_of("a", poor_image=True, reviewer="s")]) == "poor · 2 reviewers"


def test_empty_views_say_why(pictured, view_of):
    assert tiles.empty(view_of(pictured, threshold=1e6)) == "No true positives at this threshold."
    assert tiles.empty(view_of(pictured, kind="changes", other=0.0)) == "No image changes between these two thresholds."
    assert tiles.empty(view_of(pictured, marked_only=True)) == "None of these images passes the filters."
    assert tiles.empty(view_of(pictured, levels=(("subtype", ("virus",)),))).startswith("None of these images")
