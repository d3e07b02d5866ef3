"""The start-up check names what is broken and the command that mends it."""

import importlib

import pytest

from core import installation
from core.errors import InstallationError


def test_this_installation_is_whole():
    installation.check_installation()
    assert installation._version("torch") is not None


def test_two_opencv_packages_are_refused_with_the_remedy(monkeypatch):
    monkeypatch.setattr(installation, "_version", lambda name: "5.0" if "contrib" not in name else None)
    with pytest.raises(InstallationError, match=r"pip uninstall -y opencv-python opencv-python-headless && .*install"):
        installation.check_opencv()


def test_a_torch_and_torchvision_that_do_not_fit_are_refused_with_the_tested_pair(monkeypatch):
    def broken(name):
        raise RuntimeError("operator torchvision::nms does not exist\nmore lines")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(
        InstallationError, match=r"nms does not exist\); mend with\n.*install.* torch==\S+ torchvision==\S+$"
    ):
        installation.check_torch()
