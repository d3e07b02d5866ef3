"""Batch-norm statistics of other images, against the moments of what the first layer sees."""

import numpy as np
import pytest
import torch

from core.model.network import prepare
from core.model.scorer import Scorer
from core.model.site_statistics import with_statistics_of


@pytest.fixture
def scorer(network_file):
    return Scorer.load(network_file)


@pytest.fixture
def squares():
    return np.random.default_rng(0).integers(0, 200, (16, 64, 64), dtype=np.uint8)


def test_the_first_layer_has_the_moments_of_what_it_sees(scorer, squares):
    adapted = with_statistics_of(scorer, squares)
    seen = scorer.network.conv1(prepare(torch.from_numpy(squares), scorer.preprocessing)).detach().numpy()
    layer = adapted.network.bn1
    np.testing.assert_allclose(layer.running_mean.numpy(), seen.mean(axis=(0, 2, 3)), atol=1e-4)
    np.testing.assert_allclose(layer.running_var.numpy(), seen.var(axis=(0, 2, 3), ddof=1), rtol=1e-3)


def test_batches_count_by_their_images(scorer, squares):
    """Of equal batches the mean of means; 24 images in two batches have the overall mean."""
    more = np.concatenate([squares, squares[:8] // 2])
    seen = scorer.network.conv1(prepare(torch.from_numpy(more), scorer.preprocessing)).detach().numpy()
    layer = with_statistics_of(scorer, more).network.bn1
    np.testing.assert_allclose(layer.running_mean.numpy(), seen.mean(axis=(0, 2, 3)), atol=1e-4)


def test_the_given_scorer_is_not_changed_and_the_weights_stay(scorer, squares):
    before = scorer.logits(squares)
    adapted = with_statistics_of(scorer, squares)
    np.testing.assert_array_equal(scorer.logits(squares), before)
    assert np.abs(adapted.logits(squares) - before).max() > 1e-3
    for own, other in zip(scorer.network.parameters(), adapted.network.parameters(), strict=True):
        assert torch.equal(own, other)


def test_a_few_images_are_refused(scorer, squares):
    with pytest.raises(ValueError, match="at least 8"):
        with_statistics_of(scorer, squares[:7])
