"""Pleural fluid of a phantom: where it lies, its shape, and that more of it takes more air."""

from __future__ import annotations

import numpy as np
import pytest

from core.data.phantom_anatomy import draw_anatomy
from core.data.phantom_chest import build_chest, diaphragm_level
from core.data.phantom_effusion import effusion, extent_of
from core.data.phantom_grid import Grid

GRID = Grid(width=300, height=240, scale=110.0, centre=(0.0, 0.68))
SIDES = {"right": (True, False), "left": (False, True), "both sides": (True, True)}


@pytest.fixture(scope="module", params=[1, 2, 3])
def anatomy(request):
    return draw_anatomy(np.random.default_rng(request.param))


@pytest.fixture(scope="module")
def chest(anatomy):
    return build_chest(anatomy, GRID)


def drawn(anatomy, chest, amount=0.5, side="right", seed=3):
    return effusion(anatomy, chest, GRID, amount, side, np.random.default_rng(seed))


@pytest.mark.parametrize("side", SIDES)
def test_fluid_lies_on_the_sides_asked_for(anatomy, chest, side):
    for amount in (0.0, 0.5, 1.0):
        found = drawn(anatomy, chest, amount, side)
        assert found.fluid.min() >= 0 and found.fluid.max() == 1
        halves = found.mask[:, GRID.x[0] < 0], found.mask[:, GRID.x[0] > 0]
        assert tuple(half.any() for half in halves) == SIDES[side]
        assert (found.fluid[:, GRID.x[0] > 0] == 0).all() == (side == "right")


def test_more_of_it_takes_more_air(anatomy, chest):
    lost = [np.sum(drawn(anatomy, chest, amount).fluid * chest.lung) for amount in (0.0, 0.3, 0.6, 1.0)]
    right = np.sum(chest.lung[:, GRID.x[0] < 0])
    assert 0 < lost[0] < 0.1 * right
    assert lost == sorted(lost)
    assert 0.3 * right < lost[-1] < 0.8 * right


def test_a_small_one_blunts_the_angle_and_leaves_the_dome(anatomy, chest):
    fluid = drawn(anatomy, chest, 0.0).fluid * (chest.lung > 0)
    x, y = -0.93, float(diaphragm_level(anatomy, np.array([-0.93], np.float32))[0])
    row, column = np.searchsorted(GRID.y[:, 0], y - 0.05), np.searchsorted(GRID.x[0], x)
    assert fluid[row, column] > 0.9
    above_the_dome = np.searchsorted(GRID.y[:, 0], anatomy.height - 0.05)
    assert fluid[above_the_dome, np.searchsorted(GRID.x[0], -0.42)] < 0.05


def test_its_upper_line_is_a_meniscus(anatomy, chest):
    """Highest at the ribs, ever lower and flatter further in, so that it is seen from above as hollow."""
    fluid = drawn(anatomy, chest, 0.7).fluid
    places = np.searchsorted(GRID.x[0], [-0.9, -0.7, -0.5, -0.3])
    tops = np.array([GRID.y[np.argmax(fluid[:, column] > 0.5), 0] for column in places])
    falls = np.diff(tops)
    assert falls[0] > 0.08
    assert falls[0] > falls[1] > falls[2]


def test_fluid_covers_what_lies_behind_it(anatomy, chest):
    found = drawn(anatomy, chest, 1.0)
    deep = (found.fluid > 0.99) & (chest.lung > 0.2)
    assert deep.sum() > 0.01 * deep.size
    assert (found.mask & (chest.lung > 0.1)).sum() == found.mask.sum()


def test_of_both_sides_one_has_less(anatomy, chest):
    for seed in range(6):
        mask = drawn(anatomy, chest, 0.8, "both sides", seed).mask
        shares = mask[:, GRID.x[0] < 0].sum(), mask[:, GRID.x[0] > 0].sum()
        alone = [drawn(anatomy, chest, 0.8, side, seed).mask.sum() for side in ("right", "left")]
        assert sum(shares) < sum(alone)


def test_extents_are_thirds():
    assert [extent_of(value) for value in (0.0, 0.34, 0.67, 1.0)] == [
        f"{extent} effusion" for extent in ("small", "moderate", "large", "large")
    ]
