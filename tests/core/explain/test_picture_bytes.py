"""Pictures as a browser takes them: read back, they are what went in."""

import re

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

from core.explain.picture_bytes import LONGEST_SIDE, heat_colours, heat_png, outline_path, radiograph_jpeg


def read(content):
    return cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.mark.parametrize(("shape", "sent"), [((40, 30), (40, 30)), ((3000, 1500), (1024, 512)), ((1, 5000), (1, 1024))])
def test_radiographs_keep_their_shape_and_are_reduced_where_they_are_large(shape, sent):
    gray = np.full(shape, 90, np.uint8)
    shown = read(radiograph_jpeg(gray))
    assert shown.shape == sent
    assert max(shown.shape) <= LONGEST_SIDE
    assert np.abs(shown.astype(int) - 90).max() <= 2


def test_heat_map_is_transparent_where_it_is_zero_and_the_more_opaque_the_more_it_is():
    heat = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    shown = read(heat_png(heat))
    opacity = shown[:, :, 3].ravel().astype(int)
    assert opacity[0] == 0
    assert opacity[-1] == 255
    assert (np.diff(opacity) > 0).all()


def test_colours_grow_lighter_evenly_and_are_those_of_the_heat_map():
    colours = heat_colours(11)
    rgb = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in colours], dtype=np.uint8)
    lightness = cv2.cvtColor(rgb[np.newaxis].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0, :, 0]
    steps = np.diff(lightness)
    assert steps.min() > 0
    assert steps.std() < 0.35 * steps.mean()
    shown = read(heat_png(np.array([[0, 1]], dtype=np.float32)))
    assert shown[0, 0, 2::-1].tolist() == rgb[0].tolist()
    assert shown[0, 1, 2::-1].tolist() == rgb[-1].tolist()


@given(arrays(bool, array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_outline_filled_again_is_the_mask(mask):
    """By the even-odd rule at the middle of every pixel, which needs no library that drew it."""
    polygons = [
        np.array([tuple(map(float, point.split())) for point in part.split("L")])
        for part in re.findall(r"M([^Z]+)Z", outline_path(mask))
    ]
    for row, column in np.ndindex(mask.shape):
        crossed = sum(_crossings(polygon, column + 0.5, row + 0.5) for polygon in polygons)
        assert (crossed % 2 == 1) == mask[row, column]


def _crossings(polygon, x, y):
    """How often a ray to the right of (x, y) crosses the border of a polygon (n, 2)."""
    after = np.roll(polygon, -1, axis=0)
    across = (polygon[:, 1] > y) != (after[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = polygon[:, 0] + (y - polygon[:, 1]) / (after[:, 1] - polygon[:, 1]) * (after[:, 0] - polygon[:, 0])
    return int(np.count_nonzero(across & (at > x)))


def test_no_opacity_has_no_outline():
    assert outline_path(np.zeros((5, 7), dtype=bool)) == ""
