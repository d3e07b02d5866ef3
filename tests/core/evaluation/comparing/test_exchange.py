"""Exchanges of patients, counted at places."""

import numpy as np
import pytest

from core.evaluation.comparing.exchange import Exchange


def ids(letters):
    return np.array(list(letters), dtype=object)


def test_groups_stay_together_and_both_sets_keep_their_number():
    """Of the first set a has two images, at places 0 and 1; of the second e has two, at 2 and 3; all others one."""
    exchange = Exchange([ids("aabc"), ids("dee")], np.array([0, 1, 2, 0, 3, 2, 3]))
    assert exchange.home.tolist() == [0, 0, 1, 2]
    rng, seen = np.random.default_rng(0), []
    for _ in range(3000):
        drawn = exchange.draw(rng)
        a, e = drawn[1], drawn[3] - drawn[3] // 2 if drawn[2] and drawn[3] == 2 else None
        seen.append(drawn.tolist())
        assert drawn[1] <= drawn[0] <= 2, "a's images change sides together"
        assert 2 <= drawn.sum() <= 4 and a in (0, 1) and e in (None, 1)
    # Two of five groups: each is of the second set in two fifths of the exchanges.
    assert np.mean([drawn[1] for drawn in seen]) == pytest.approx(0.4, abs=0.04)


def test_a_patient_of_both_sets_is_swapped_by_a_coin():
    exchange = Exchange([ids("aab"), ids("a")], np.array([0, 1, 2, 3]))
    assert exchange.home.tolist() == [0, 0, 0, 1]
    rng = np.random.default_rng(1)
    drawn = [tuple(exchange.draw(rng).tolist()) for _ in range(400)]
    assert set(drawn) == {(0, 0, 0, 1), (1, 1, 0, 0)}
    assert 140 < drawn.count((1, 1, 0, 0)) < 260
