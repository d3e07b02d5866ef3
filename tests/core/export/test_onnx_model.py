"""ONNX of one finding of a network that has several."""

import numpy as np
import pytest
import torch

from core.model.network import Preprocessing, build_network
from core.model.scorer import Scorer

MISSING = "needs onnx and onnxruntime: pip install -r requirements-export.txt"


def test_it_is_of_the_finding_that_is_asked_for():
    pytest.importorskip("onnx", reason=MISSING)
    pytest.importorskip("onnxruntime", reason=MISSING)
    from core.export.onnx_model import largest_difference, onnx_model

    torch.manual_seed(3)
    network, preprocessing = build_network(outputs=2).eval(), Preprocessing(image_size=32)
    first, second = (Scorer(network, preprocessing, output=place) for place in (0, 1))
    squares = np.random.default_rng(0).integers(0, 256, (5, 32, 32), dtype=np.uint8)
    model = onnx_model(second)
    assert largest_difference(model, second, squares) < 1e-4
    assert largest_difference(model, first, squares) > 1e-2
