"""The face on arrays takes a threshold as it takes a score."""

import numpy as np
import pytest

from core.evaluation.on_arrays import predictions


@pytest.mark.parametrize("p", np.arange(1, 100) / 100)
def test_an_image_at_the_threshold_is_called_positive(p):
    images = predictions([0, 1], probability=[0.005, p])
    assert images.predictions.logit[1] == images.logit(float(p))
