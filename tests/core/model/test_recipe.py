"""Batches, schedule, and that the published baseline is as published."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import TrainConfig, resolve
from core.model.recipe import RECIPES, batches, scheduled


@given(n=st.integers(2, 200), size=st.integers(2, 40))
def test_batches_hold_every_image_once_and_never_one_alone(n, size):
    parts = list(batches(np.arange(n), size))
    assert np.concatenate(parts).tolist() == list(range(n))
    assert all(2 <= len(part) <= size + 1 for part in parts)


def test_no_images_no_batches():
    assert list(batches(np.array([], dtype=np.int64), 8)) == []


def test_schedule_rises_then_falls_to_nothing():
    rates = [scheduled(resolve(TrainConfig()), RECIPES["default"], t) for t in np.linspace(0, 0.999, 200)]
    top = int(np.argmax(rates))
    assert max(rates) == pytest.approx(resolve(TrainConfig()).learning_rate, rel=0.01)
    assert all(np.diff(rates[: top + 1]) > 0)
    assert all(np.diff(rates[top:]) < 0)
    assert rates[-1] < 0.001 * resolve(TrainConfig()).learning_rate


def test_published_baseline_is_as_published():
    baseline = resolve(TrainConfig(recipe="seed"))
    assert (baseline.learning_rate, baseline.weight_decay, baseline.batch_size, baseline.epochs) == (1e-4, 1e-4, 8, 8)
    assert {scheduled(baseline, RECIPES["seed"], t) for t in (0, 0.3, 0.99)} == {1e-4}
    assert RECIPES["seed"].augmentation is None
    assert RECIPES["seed"].average is None
