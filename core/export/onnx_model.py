"""A run's network as ONNX, with what is done to pixels inside it, and compared with torch before it is believed."""

from __future__ import annotations

import importlib
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.errors import InstallationError, RunFolderError
from core.model.network import prepare
from core.model.scorer import Scorer

INPUT, OUTPUT = "images", "logit"
LARGEST_DIFFERENCE = 1e-4
"""Between a logit of ONNX Runtime and torch's, on the processor; another order of sums is all that may differ."""
_OPSET = 17


class _FromGrey(nn.Module):
    """Grey levels, uint8 (n, h, w), to the logits (n,) of one finding."""

    def __init__(self, scorer: Scorer) -> None:
        super().__init__()
        self.network, self.preprocessing, self.output = scorer.network, scorer.preprocessing, scorer.output

    def forward(self, images: Tensor) -> Tensor:
        logit: Tensor = self.network(prepare(images, self.preprocessing))[:, self.output]
        return logit


def check_packages() -> None:
    """Refuse where onnx or onnxruntime is missing: without the second nothing could be compared."""
    for name in ("onnx", "onnxruntime"):
        try:
            importlib.import_module(name)
        except ImportError as error:
            raise InstallationError(
                f"export writes ONNX and compares it with torch, and {name} is not installed ({error}); install it "
                f"with\n  {sys.executable} -m pip install -r requirements-export.txt -c constraints.txt"
            ) from error


def onnx_model(scorer: Scorer) -> bytes:
    """The network of ``scorer`` with its preprocessing: ``images``, uint8 (n, size, size), to ``logit``, float32 (n,),
    for any n of one or more."""
    size = scorer.preprocessing.image_size
    whole = _FromGrey(scorer).eval()
    example = torch.zeros((2, size, size), dtype=torch.uint8, device=scorer.device)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        file = Path(scratch) / "model.onnx"
        warnings.simplefilter("ignore")  # about tracing: means and deviations are constants, which is meant
        torch.onnx.export(
            whole,
            (example,),
            file,
            dynamo=False,  # needs onnx alone
            opset_version=_OPSET,
            input_names=[INPUT],
            output_names=[OUTPUT],
            dynamic_axes={INPUT: {0: "n"}, OUTPUT: {0: "n"}},
        )
        return file.read_bytes()


def largest_difference(model: bytes, scorer: Scorer, squares: NDArray[np.uint8]) -> float:
    """The largest difference between the logits of ``model`` by ONNX Runtime and those of ``scorer``, of one image or
    more, uint8 (n, size, size)."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    parts = [session.run([OUTPUT], {INPUT: squares[at : at + 16]})[0] for at in range(0, len(squares), 16)]
    return float(np.abs(np.concatenate(parts) - scorer.logits(squares)).max())


def check_model(model: bytes, scorer: Scorer, squares: NDArray[np.uint8]) -> float:
    """:func:`largest_difference`; RunFolderError where it is larger than :data:`LARGEST_DIFFERENCE`."""
    found = largest_difference(model, scorer, squares)
    if not found <= LARGEST_DIFFERENCE:
        raise RunFolderError(
            f"ONNX Runtime's logits differ from torch's by up to {found:g} on {len(squares)} images, more than "
            f"{LARGEST_DIFFERENCE:g}, so nothing was written; other versions of torch or onnxruntime may agree"
        )
    return found
