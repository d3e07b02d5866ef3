"""Where to compute, and in how many bits."""

import pytest
import torch

from core.errors import ConfigError
from core.model.infer import choose_device, half_precision

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
