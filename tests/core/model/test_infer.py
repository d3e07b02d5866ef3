"""Where to compute, and in how many bits."""

import numpy as np
import pytest
import torch

from core.errors import ConfigError
from core.model import scorer
from core.model.infer import choose_device, full_precision, half_precision
from core.model.network import Preprocessing, build_network

CPU = torch.device("cpu")


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


def test_on_cuda_scores_keep_all_bits_and_one_order_of_adding():
    left_alone = (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic)
    with full_precision(torch.device("cuda")):
        assert (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic) == (False, True)
        assert torch.backends.cudnn.enabled
    assert (torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic) == left_alone


def test_a_scorer_asks_for_full_precision_on_its_own_device(monkeypatch):
    asked = []
    monkeypatch.setattr(scorer, "full_precision", lambda device: asked.append(device) or full_precision(device))
    network = scorer.Scorer(build_network(), Preprocessing(image_size=32), device=CPU)
    network.logits(np.zeros((1, 32, 32), dtype=np.uint8))
    assert asked == [CPU]
