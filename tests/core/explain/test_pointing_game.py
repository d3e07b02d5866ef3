"""The pointing game: which point a map points at, whose images count, and what is kept."""

import math
from pathlib import Path

import numpy as np
import pytest

from core.data.phantom import opacity_mask
from core.evaluation.estimates.clusters import clustered_wilson
from core.explain.explanations import Explanations
from core.explain.heat_map_choice import METHODS
from core.explain.pictures import Pictures
from core.explain.pointing_game import kept_pointing_game, pointing_game, points_into
from core.runs.store import Run, read_run

CHOICE = {"method": "grad_cam", "layer": "layer4"}


@pytest.fixture
def run(write_run_with_images, tmp_path: Path) -> Run:
    return read_run(write_run_with_images(tmp_path, "run", phantoms=True))


class Pointing:
    """Explanations whose maps point where a function says, or nowhere."""

    def __init__(self, where) -> None:
        self.where, self.asked = where, []

    def heat_map(self, image_id: str, **_: str) -> np.ndarray:
        self.asked.append(image_id)
        heat_map, place = np.zeros((64, 64), np.float32), self.where(image_id)
        if place is not None:
            heat_map[place] = 1
        return heat_map


def inside(image_id: str) -> tuple[int, int]:
    """A pixel of a map of 64 that lies in the opacity of the image."""
    mask = opacity_mask(image_id)
    for row in range(64):
        for column in range(64):
            if mask[int((row + 0.5) / 64 * mask.shape[0]), int((column + 0.5) / 64 * mask.shape[1])]:
                return row, column
    raise AssertionError(image_id)


def test_hits_are_counted_by_patient_over_images_with_an_opacity(run: Run):
    rows = run.records[(run.records["split"] == "test") & (run.records["label"] == 1)]
    hit = {image_id: i % 3 != 0 for i, image_id in enumerate(rows["image_id"])}
    pointing, told = Pointing(lambda image_id: inside(image_id) if hit[image_id] else (0, 0)), []
    game = pointing_game(run, pointing, Pictures(run), "test", **CHOICE, progress=lambda *step: told.append(step))
    assert pointing.asked == list(rows["image_id"])
    assert told == [(i + 1, len(rows)) for i in range(len(rows))]
    assert (game.hits, game.n) == (sum(hit.values()), len(rows))
    by_patient = [[hit[i] for i in group["image_id"]] for _, group in rows.groupby("patient_id")]
    assert game.hit_share == clustered_wilson(
        np.array([sum(hits) for hits in by_patient]), np.array([len(hits) for hits in by_patient]), reason=""
    )
    assert game.hit_share.value == game.hits / game.n
    assert game.chance == pytest.approx(np.mean([opacity_mask(image_id).mean() for image_id in rows["image_id"]]))
    assert (game.method, game.layer, game.split) == ("grad_cam", "layer4", "test")


def test_a_map_without_evidence_is_a_miss(run: Run):
    game = pointing_game(run, Pointing(lambda image_id: None), Pictures(run), "test", **CHOICE)
    assert (game.hits, game.n) == (0, 4)
    assert game.hit_share.value == 0


def test_a_blind_pointer_scores_chance():
    rng = np.random.default_rng(0)
    opacity = np.zeros((90, 120), bool)
    opacity[20:50, 30:70] = True
    hits = []
    for _ in range(4000):
        heat_map = np.zeros((64, 64), np.float32)
        heat_map[tuple(rng.integers(0, 64, 2))] = 1
        hits.append(points_into(heat_map, opacity))
    assert np.mean(hits) == pytest.approx(opacity.mean(), abs=4 * math.sqrt(0.11 * 0.89 / 4000))


def test_the_map_is_stretched_over_the_picture():
    heat_map, opacity = np.zeros((64, 64), np.float32), np.zeros((100, 300), bool)
    heat_map[10, 50] = 0.5
    opacity[int(10.5 / 64 * 100), int(50.5 / 64 * 300)] = True
    assert points_into(heat_map, opacity)
    assert not points_into(heat_map.T, opacity)
    assert not points_into(heat_map, ~opacity)


@pytest.mark.parametrize("field", [(row, column) for row in range(3) for column in range(3)])
def test_a_coarse_map_points_at_the_middle_of_its_strongest_field(field: tuple[int, int]):
    """Interpolation spreads the outer fields up to the border; pointing at the border would miss every lung."""
    import cv2

    coarse = np.full((3, 3), 0.2, np.float32)
    coarse[field] = 1
    heat_map = cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_LINEAR)
    opacity = np.zeros((96, 96), bool)
    row, column = (32 * i + 16 for i in field)
    opacity[row - 2 : row + 2, column - 2 : column + 2] = True
    assert points_into(heat_map, opacity)
    assert not points_into(heat_map, ~opacity)


def test_real_images_give_no_share(write_run_with_images, tmp_path: Path):
    run = read_run(write_run_with_images(tmp_path, "run"))
    pictures = Pictures(run)
    game = pointing_game(run, Explanations(run, pictures), pictures, "test", **CHOICE)
    assert (game.hits, game.n) == (0, 0)
    assert math.isnan(game.chance) and math.isnan(game.hit_share.value)
    assert "no image has a known opacity" in game.hit_share.reason
    assert kept_pointing_game(run, "test", **CHOICE) is None


def test_a_result_is_kept_with_what_it_is_about(run: Run):
    pictures = Pictures(run)
    played = {
        (split, method): pointing_game(run, Explanations(run, pictures), pictures, split, method=method, layer="layer4")
        for split in ("validation", "test")
        for method in list(METHODS)[:2]
    }
    for (split, method), game in played.items():
        assert kept_pointing_game(run, split, method=method, layer="layer4") == game
    assert kept_pointing_game(run, "test", method="layer_cam", layer="layer4") is None
    assert kept_pointing_game(run, "test", method="grad_cam", layer="layer3") is None
    for path in (run.folder / "cache" / "pointing_games").iterdir():
        path.write_bytes(path.read_bytes()[:-3])
    assert kept_pointing_game(run, "test", **CHOICE) is None


def test_a_game_that_was_interrupted_goes_on_from_the_maps_made(run: Run, monkeypatch: pytest.MonkeyPatch):
    from core.explain.gradcam import HeatMaps

    pictures, computed, compute = Pictures(run), [], HeatMaps.__call__
    monkeypatch.setattr(HeatMaps, "__call__", lambda self, *a, **b: (computed.append(1), compute(self, *a, **b))[1])

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pointing_game(run, Explanations(run, pictures), pictures, "test", **CHOICE, progress=stop)
    assert kept_pointing_game(run, "test", **CHOICE) is None
    assert len(computed) == 3
    assert pointing_game(run, Explanations(run, pictures), pictures, "test", **CHOICE).n == 4
    assert len(computed) == 4
