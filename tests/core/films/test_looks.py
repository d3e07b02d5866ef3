"""Small changes of a film: the same every time, in the direction they say."""

import numpy as np

from core.films.looks import LOOKS, looks


def test_the_first_is_the_film_itself_and_all_are_repeatable():
    square = np.random.default_rng(0).integers(0, 256, (64, 64), dtype=np.uint8)
    found = looks(square)
    assert found.shape == (LOOKS, 64, 64) and found.dtype == np.uint8
    np.testing.assert_array_equal(found[0], square)
    np.testing.assert_array_equal(found, looks(square))


def test_a_mark_moves_as_it_is_said():
    square = np.zeros((100, 100), dtype=np.uint8)
    square[50, 80] = 200
    places = [np.unravel_index(int(look.argmax()), look.shape) for look in looks(square)]
    assert places[1:5] == [(50, 83), (50, 77), (53, 80), (47, 80)]
    up, down = places[5:7]  # turned by 4 degrees about the centre: 30 * sin(4) = 2 pixels
    assert up[0] in (48, 47) and down[0] in (52, 53)


def test_exposure_darkens_and_brightens_and_keeps_black_and_white():
    square = np.tile(np.linspace(0, 255, 64).astype(np.uint8), (64, 1))
    darker, brighter = looks(square)[-2:]
    assert darker[0, 32] < square[0, 32] < brighter[0, 32]
    assert [look[0, 0] for look in (darker, brighter)] == [0, 0]
    assert [look[0, -1] for look in (darker, brighter)] == [255, 255]
