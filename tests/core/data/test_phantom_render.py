"""Anatomy, disease and scanners of the phantoms."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from core.data import phantom_scanner
from core.data.phantom_anatomy import draw_anatomy
from core.data.phantom_chest import build_chest
from core.data.phantom_disease import diffuse, lobar, subtlety_of
from core.data.phantom_grid import Grid, Warp, bulge, ramp
from core.data.phantom_render import Exposure, render, severity
from core.data.phantom_scanner import FIRST, SECOND, expose

GRID = Grid(width=300, height=240, scale=110.0, centre=(0.0, 0.68))


@pytest.fixture(scope="module")
def anatomy():
    return draw_anatomy(np.random.default_rng(1))


@pytest.fixture(scope="module")
def chest(anatomy):
    return build_chest(anatomy, GRID)


def exposure(**changes):
    return replace(Exposure(seed=0, split="train", patient=1, image=1, cause=None), **changes)


def test_grid_finds_a_point_again():
    canvas = GRID.canvas()
    point = np.array([[[0.3, 0.5], [0.3, 0.5]]])
    GRID.lines(canvas, point, width=0.02, value=1.0)
    row, column = np.argwhere(canvas == canvas.max()).mean(axis=0)
    assert GRID.y[round(row), 0] == pytest.approx(0.5, abs=0.01)
    assert GRID.x[0, round(column)] == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("angle", [0.0, 0.7])
def test_ellipsoid_is_what_its_formula_says(angle):
    cos, sin = np.cos(angle), np.sin(angle)
    u, v = GRID.x - 0.2, GRID.y - 0.4
    whole = bulge(((cos * u + sin * v) / 0.5) ** 2 + ((cos * v - sin * u) / 0.2) ** 2)
    assert np.allclose(GRID.ellipsoid((0.2, 0.4), (0.5, 0.2), angle), whole, atol=1e-3)


def test_capsule_has_straight_sides_and_round_ends():
    capsule = GRID.capsule((-0.5, 0.4), (0.5, 0.4), 0.1)
    inside = capsule > 0
    area = inside.sum() / GRID.scale**2
    assert area == pytest.approx(1.0 * 0.2 + np.pi * 0.1**2, rel=0.02)
    assert capsule.max() == pytest.approx(1, abs=0.01)


def test_shapes_outside_the_picture_are_empty():
    assert not GRID.ellipsoid((9.0, 9.0), (0.5, 0.5)).any()
    assert not GRID.capsule((9.0, 9.0), (9.5, 9.0), 0.1).any()


def test_noise_is_standard():
    noise = GRID.noise(np.random.default_rng(0), grain=0.05)
    assert noise.shape == (GRID.height, GRID.width)
    assert noise.mean() == pytest.approx(0, abs=0.1)
    assert noise.std() == pytest.approx(1, abs=0.15)


def test_ramp_runs_both_ways():
    values = np.array([0.0, 1.0, 1.5, 2.0, 3.0], np.float32)
    assert ramp(values, 1, 2) == pytest.approx([0, 0, 0.5, 1, 1])
    assert ramp(values, 2, 1) == pytest.approx([1, 1, 0.5, 0, 0])


def test_warp_without_a_turn_moves_little():
    warp = Warp.draw(GRID, 0.0, np.random.default_rng(0))
    disc = GRID.ellipsoid((0.0, 0.7), (0.4, 0.4)) > 0
    moved = warp(disc.astype(np.float32)) > 0.5
    overlap = (disc & moved).sum() / (disc | moved).sum()
    assert 0.9 < overlap < 1


def test_air_lies_inside_the_body(chest):
    assert (chest.lung[chest.body == 0] == 0).mean() > 0.99
    assert (chest.lung <= chest.body + 0.02).all()
    for values in (chest.body, chest.lung, chest.gas, chest.vessels, chest.bones):
        assert values.shape == (GRID.height, GRID.width)
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
        assert values.min() > -1e-4


def test_two_lungs_with_the_heart_on_the_left(anatomy, chest):
    lung = chest.lung > 0.1
    count, _, stats, _ = cv2.connectedComponentsWithStats(lung.astype(np.uint8))
    assert np.sum(stats[1:, cv2.CC_STAT_AREA] > 0.05 * lung.size) == 2
    assert count >= 3
    lower = GRID.window(-1.0, 1.0, anatomy.height - 0.45, anatomy.height - 0.15)
    row_of_lung = lung[lower]
    middle = row_of_lung.shape[1] // 2
    assert row_of_lung[:, :middle].sum() > 1.1 * row_of_lung[:, middle:].sum()


def test_ribs_repeat_at_their_spacing(anatomy, chest):
    straight = replace(anatomy, rib_drop=0.0)
    rows, columns = GRID.window(0.35, 0.37, 0.2, 1.2)
    profile = build_chest(straight, GRID).bones[rows, columns].mean(axis=1)
    spectrum = np.abs(np.fft.rfft(profile - profile.mean(), 4096))
    period = 4096 / np.argmax(spectrum) / GRID.scale
    assert period == pytest.approx(anatomy.rib_spacing, rel=0.06)


@pytest.mark.parametrize("disease", [lobar, diffuse])
def test_disease_takes_air_only_within_bounds(anatomy, chest, disease):
    for grade in (0.0, 0.5, 0.999):
        found = disease(anatomy, chest, GRID, grade, np.random.default_rng(3))
        assert found.fluid.min() >= 0
        assert found.fluid.max() <= 1
        assert found.mask.any()
        assert (chest.lung[found.mask] > 0).all()
        inside, outside = found.fluid[found.mask].mean(), found.fluid[~found.mask & (chest.lung > 0.1)].mean()
        assert inside > 2 * outside


@pytest.mark.parametrize("disease", [lobar, diffuse])
def test_severity_takes_more_air(anatomy, chest, disease):
    lost = [
        np.sum(disease(anatomy, chest, GRID, grade, np.random.default_rng(3)).fluid * chest.lung)
        for grade in (0.1, 0.5, 0.9)
    ]
    assert lost[0] < lost[1] < lost[2]


def test_lobar_is_on_one_side_and_diffuse_on_both(anatomy, chest):
    def share_on_the_fuller_side(disease, seed):
        mask = disease(anatomy, chest, GRID, 0.7, np.random.default_rng(seed)).mask
        left = mask[:, : GRID.width // 2].sum() / mask.sum()
        return max(left, 1 - left)

    assert min(share_on_the_fuller_side(lobar, seed) for seed in range(8)) > 0.95
    assert np.median([share_on_the_fuller_side(diffuse, seed) for seed in range(8)]) < 0.8


def test_opacity_is_brighter_than_the_same_chest_without_it():
    for cause in ("bacteria", "virus"):
        gain = []
        for patient in range(1, 9):
            sick, seen = render(exposure(patient=patient, cause=cause))
            healthy, nothing = render(exposure(patient=patient))
            assert sick.shape == healthy.shape
            assert not any(mask.any() for mask in (*nothing.values(), seen["EFFUSION"]))
            difference = sick.astype(float) - healthy
            gain.append(difference[seen["PNEUMONIA"]].mean() - np.median(difference))
        assert min(gain) > 0
        assert np.mean(gain) > 8


def test_severity_is_graded_and_alike_within_a_patient():
    first = np.array([severity(exposure(patient=patient, cause="virus")) for patient in range(200)])
    second = np.array([severity(exposure(patient=patient, image=2, cause="virus")) for patient in range(200)])
    assert 0 <= first.min() < 0.1
    assert 0.9 < first.max() < 1
    assert np.corrcoef(first, second)[0, 1] > 0.7
    assert [subtlety_of(value) for value in (0.0, 0.34, 0.67, 0.999)] == ["subtle", "moderate", "obvious", "obvious"]


def test_images_of_a_patient_differ_but_less_than_patients():
    def thumbnail(patient, image):
        return cv2.resize(render(exposure(patient=patient, image=image))[0], (32, 32), interpolation=cv2.INTER_AREA)

    def distance(a, b):
        return np.abs(a.astype(float) - b).mean()

    pairs = [(thumbnail(k, 1), thumbnail(k, 2), thumbnail(k + 50, 1)) for k in range(1, 13)]
    within = np.mean([distance(a, b) for a, b, _ in pairs])
    between = np.mean([distance(a, c) for a, _, c in pairs])
    assert 2 < within < between


def test_scanners_differ():
    def measures(split):
        pictures = [render(exposure(patient=patient, split=split))[0] for patient in range(1, 13)]
        middles = [p[p.shape[0] // 4 : -p.shape[0] // 4, p.shape[1] // 4 : -p.shape[1] // 4] for p in pictures]
        detail = np.mean([cv2.Laplacian(cv2.GaussianBlur(m, (0, 0), 1), cv2.CV_64F).std() for m in middles])
        contrast = np.mean([m.std() for m in middles])
        aspect = np.mean([p.shape[1] / p.shape[0] for p in pictures])
        return detail, contrast, aspect

    (detail, contrast, aspect), (other_detail, other_contrast, other_aspect) = measures("train"), measures("test")
    assert other_detail < 0.9 * detail
    assert other_contrast < contrast
    assert other_aspect < aspect - 0.05


def test_what_is_burned_in_does_not_depend_on_the_diagnosis(monkeypatch):
    drawn = []

    def record(picture, text, *place_and_style):
        drawn.append((text, place_and_style))

    monkeypatch.setattr(phantom_scanner.cv2, "putText", record)
    for split in ("train", "test"):
        for patient in range(1, 9):
            texts = []
            for cause in (None, "bacteria", "virus"):
                drawn.clear()
                render(exposure(split=split, patient=patient, cause=cause))
                texts.append(list(drawn))
            assert texts[0] == texts[1] == texts[2]
            assert texts[0][0][0] == "SYNTHETIC"


@pytest.mark.parametrize("scanner", [FIRST, SECOND])
def test_no_patient_is_black_and_thick_is_white(scanner):
    attenuation = GRID.empty()
    attenuation[40:200, 50:250] = np.linspace(0.6, 3.0, 200, dtype=np.float32)
    quiet = replace(scanner, collimation=0.0)
    gray = expose(attenuation, GRID, quiet, np.random.default_rng(0))
    assert np.median(gray[5:30, 260:]) < 20
    assert np.median(gray[100:160, 230:240]) > 140
    columns = np.median(gray[100:160, 60:200], axis=0)[::20]
    assert (np.diff(columns.astype(int)) >= 0).all()
