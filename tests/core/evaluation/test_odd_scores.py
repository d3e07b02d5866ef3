"""What looks wrong about scores: the cases that were reported, others of each kind, and what must stay unsaid."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from core.evaluation.odd_scores import (
    AllAlike,
    BetweenZeroAndOne,
    FewScores,
    OneClass,
    OneSide,
    OtherWay,
    odd_scores,
    points_other_way,
)
from core.evaluation.predictions import Predictions

Make = Callable[..., Predictions]


def scores(seed: int, n: int = 120, apart: float = 2.5) -> tuple[np.ndarray, np.ndarray]:
    """Labels of both classes and logits around 0, ``apart`` between the classes."""
    rng = np.random.default_rng(seed)
    y_true = np.arange(n) % 2
    return y_true, rng.normal(size=n) + apart * (y_true - 0.5)


def found(own: Predictions, where: str = "validation", **how: object) -> set[type]:
    return {type(one) for one in odd_scores({where: own}, **how)}  # type: ignore[arg-type]


def test_ordinary_scores_are_not_odd(make: Make) -> None:
    sets = {name: make(*scores(seed)) for seed, name in enumerate(("validation", "test"))}
    assert odd_scores(sets, given_as_logits=True, chosen=(-1.0, 0.5)) == ()
    assert odd_scores({"validation": make([], [])}) == ()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "turn",
    [
        lambda y, x: (y, -x),
        lambda y, x: (1 - y, x),
        lambda y, x: (y, np.log1p(-1 / (1 + np.exp(-x))) - np.log(1 / (1 + np.exp(-x)))),
        lambda y, x: (y, -1e-3 * x),
    ],
)
def test_scores_of_the_other_class_point_the_other_way(make: Make, seed: int, turn: Callable[..., tuple]) -> None:
    y_true, logit = turn(*scores(seed))
    (own,) = odd_scores({"test": make(y_true, logit)})
    assert isinstance(own, OtherWay)
    assert own.area.value == pytest.approx(roc_auc_score(y_true, logit))
    assert own.area.high < 0.5


def test_chance_and_a_few_images_do_not(make: Make) -> None:
    """Of an area below 0.5 alone nothing is said: the interval decides."""
    y_true, logit = scores(4, apart=0.0)
    own = make(y_true, -logit if roc_auc_score(y_true, logit) > 0.5 else logit)
    assert roc_auc_score(own.y_true, own.logit) < 0.5
    assert not points_other_way(own)
    assert not points_other_way(make([0, 1, 1], [2.0, 1.0, 0.0]))
    assert not points_other_way(make([1, 1], [2.0, 1.0])), "no area, no direction"


@pytest.mark.parametrize(
    "as_given",
    [
        lambda p: p,
        lambda p: np.clip(np.round(p, 2), 0, 1),
        lambda p: 0.2 + 0.3 * p,
        lambda p: np.where(p > 0.98, 1.0, p),
    ],
)
def test_a_logit_within_zero_and_one_looks_like_a_probability(make: Make, as_given: Callable[..., np.ndarray]) -> None:
    y_true, logit = scores(5)
    own = make(y_true, as_given(1 / (1 + np.exp(-logit))))
    assert found(own, given_as_logits=True) == {BetweenZeroAndOne}
    assert BetweenZeroAndOne not in found(own), "a column called probability is one"


def test_one_logit_outside_or_too_few_to_tell_is_no_probability(make: Make) -> None:
    y_true, logit = scores(5)
    p = 1 / (1 + np.exp(-logit))
    p[3] = -0.01
    assert BetweenZeroAndOne not in found(make(y_true, p), given_as_logits=True)
    assert BetweenZeroAndOne not in found(make([0, 1, 1], [0.2, 0.3, 0.9]), given_as_logits=True)


@pytest.mark.parametrize("values", [(-36.7, 36.7), (0.0, 1.0), (-1.0, 1.0), (0.0, 100.0), (-2.25, -2.0)])
def test_two_distinct_scores_are_a_decision(make: Make, values: tuple[float, float]) -> None:
    y_true, logit = scores(6)
    own = make(y_true, np.where(logit > 0, values[1], values[0]))
    (few,) = [one for one in odd_scores({"test": own}) if isinstance(one, FewScores)]
    assert few.scores == values


def test_one_score_and_three(make: Make) -> None:
    y_true, logit = scores(6)
    assert [one.scores for one in odd_scores({"test": make(y_true, 0 * logit + 1.5)})] == [(1.5,)]
    assert found(make(y_true, np.digitize(logit, [-0.5, 0.5]) - 1.0)) == set()
    assert FewScores not in found(make([0, 1], [-1.0, 1.0])), "two images have two scores at most"


@pytest.mark.parametrize(
    ("as_given", "above"),
    [
        (lambda p: 100 * p, True),
        (lambda p: np.log(p), False),
        (lambda p: np.log(0.3 * p / (1 - 0.3 * p)), False),
        (lambda p: 3 + 2 * p, True),
        (lambda p: -1 / p, False),
    ],
)
def test_all_of_one_side(make: Make, as_given: Callable[..., np.ndarray], above: bool) -> None:
    y_true, logit = scores(7)
    own = make(y_true, as_given(1 / (1 + np.exp(-logit))))
    assert odd_scores({"validation": own}) == (OneSide(where="validation", above=above),)


def test_one_class_may_lie_on_one_side(make: Make) -> None:
    own = make([0] * 40, np.linspace(-8, -1, 40), [i // 2 for i in range(40)])
    assert odd_scores({"test": own}) == (OneClass(where="test", label=0, images=40, patients=20),)


@pytest.mark.parametrize(("y_true", "label"), [([1], 1), ([0], 0), ([1] * 60, 1), ([0] * 3, 0)])
def test_one_class_is_said_of_its_own_set(make: Make, y_true: list[int], label: int) -> None:
    sets = {"validation": make(*scores(1)), "test": make(y_true, np.linspace(-2, 2, len(y_true)))}
    (own,) = [one for one in odd_scores(sets) if isinstance(one, OneClass)]
    assert (own.where, own.label, own.images) == ("test", label, len(y_true))


@pytest.mark.parametrize(("shift", "positive"), [(50, True), (9, True), (-50, False), (-9, False)])
def test_a_set_on_another_scale_is_called_alike_at_every_threshold(make: Make, shift: float, positive: bool) -> None:
    y_true, logit = scores(8)
    sets = {"validation": make(y_true, logit), "test": make(y_true, logit + shift)}
    assert AllAlike(where="test", positive=positive) in odd_scores(sets, chosen=(-1.0, 0.2, 1.0))
    assert AllAlike not in {type(one) for one in odd_scores(sets, chosen=(-1.0, 0.2, 60.0, -60.0))}
    assert AllAlike not in {type(one) for one in odd_scores(sets)}, "nothing was chosen"


def test_the_gravest_comes_first(make: Make) -> None:
    y_true, logit = scores(9)
    turned = make(y_true, 1 / (1 + np.exp(logit)))
    one_class = make([1] * 12, np.linspace(-1, 1, 12))
    kinds = [type(one) for one in odd_scores({"validation": one_class, "test": turned}, given_as_logits=True)]
    assert kinds == [OtherWay, BetweenZeroAndOne, OneClass]
