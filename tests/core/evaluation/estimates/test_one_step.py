"""Chebyshev's step against closed forms."""

import math
import warnings

import numpy as np
import pytest

from core.evaluation.estimates.one_step import chebyshev_root


def test_the_root_of_a_line_is_exact():
    """3 x - 6 from 5, and -2 x + 1 from -4."""
    total = np.array([[9.0, 3.0, 0.0], [9.0, -2.0, 0.0]])
    assert chebyshev_root(5.0, total[:1]).tolist() == [2.0]
    assert chebyshev_root(-4.0, total[1:]).tolist() == [0.5]


def test_it_is_exact_where_the_argument_is_a_parabola_of_the_function():
    """x = 1 + 2 f + f^2 / 2 has its root at 1, the slope 1 / (2 + f) and the second derivative -1 / (2 + f)^3."""
    for f in (0.3, -0.4, 1.0):
        x, slope = 1 + 2 * f + f * f / 2, 1 / (2 + f)
        (found,) = chebyshev_root(x, np.array([[f, slope, -(slope**3)]]))
        assert found == pytest.approx(1.0, abs=1e-14)


def test_one_step_to_the_root_of_two_by_hand():
    """From 1.5: 1.5 - 0.25 / 3 - (2 / 3) (0.25 / 3)^2 / 2 = 1.41435."""
    (found,) = chebyshev_root(1.5, np.array([[0.25, 3.0, 2.0]]))
    assert found == pytest.approx(1.5 - 1 / 12 - 1 / 432)
    assert abs(found - math.sqrt(2)) < 0.0002


def test_its_error_is_of_third_order():
    def total(x):
        return np.array([[math.exp(x) - 2, math.exp(x), math.exp(x)]])

    root = math.log(2)
    errors = [abs(chebyshev_root(root + step, total(root + step))[0] - root) for step in (0.1, 0.05)]
    assert errors[0] / errors[1] == pytest.approx(8, rel=0.15)


def test_each_resample_has_its_own_and_without_a_slope_none():
    found = chebyshev_root(1.0, np.array([[0.0, 1.0, 5.0], [0.5, 1.0, 0.0], [0.5, 0.0, 1.0]]))
    assert found[:2].tolist() == [1.0, 0.5]
    assert math.isnan(found[2])


def test_a_slope_that_all_but_vanishes_gives_none_without_a_warning():
    tiny = np.array([[1.0, 1e-200, 1e-10], [1e200, 1e-200, 0.0], [0.25, 3.0, 2.0]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = chebyshev_root(1.5, tiny)
    assert [math.isnan(value) for value in found] == [True, True, False]
