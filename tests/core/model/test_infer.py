"""Inference: logits as they are, whatever the batches."""

import numpy as np
import pytest
import torch

from core.errors import ConfigError
from core.model.infer import choose_device, half_precision, predict_logits
from core.model.network import Preprocessing, build_network, prepare

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return build_network()


@pytest.fixture(scope="module")
def pixels():
    return np.random.default_rng(0).integers(0, 256, (11, 40, 40), dtype=np.uint8)


def test_logits_are_the_networks_in_the_order_asked(network, pixels):
    preprocessing, rows = Preprocessing(image_size=40), np.array([7, 0, 7, 3])
    logits = predict_logits(network, preprocessing, pixels, rows, device=CPU)
    with torch.inference_mode():
        expected = network.eval()(prepare(torch.from_numpy(pixels[rows]), preprocessing))[:, 0].double().numpy()
    assert logits == pytest.approx(expected, abs=1e-6)
    assert logits[0] == logits[2]


def test_batch_size_does_not_change_logits(network, pixels):
    preprocessing, rows = Preprocessing(image_size=40), np.arange(11)
    whole = predict_logits(network, preprocessing, pixels, rows, device=CPU, batch_size=11)
    parts = predict_logits(network, preprocessing, pixels, rows, device=CPU, batch_size=3)
    assert parts == pytest.approx(whole, abs=1e-5)


def test_no_images_no_logits(network, pixels):
    none = predict_logits(network, Preprocessing(image_size=40), pixels, np.array([], dtype=np.int64), device=CPU)
    assert none.shape == (0,)


def test_a_device_that_is_not_here_is_an_error_that_names_those_that_are(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=r"--device cuda: .* use .*cpu"):
        choose_device("cuda")


def test_auto_takes_the_fastest_present(monkeypatch):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"


def test_the_cpu_computes_in_full_precision():
    assert half_precision(CPU) is None
