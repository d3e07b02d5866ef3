import numpy as np

from core.evaluation.places import PLACES, places


def test_each_score_has_its_place_and_many_share_one() -> None:
    assert places(np.array([0.5, -1.0, 0.5, 3.0])).tolist() == [1, 0, 1, 2]
    many = np.random.default_rng(0).normal(size=10 * PLACES)
    place = places(many)
    assert np.bincount(place).tolist() == [10] * PLACES
    assert (np.diff(place[np.argsort(many)]) >= 0).all()
    assert len(places(np.zeros(0))) == 0
