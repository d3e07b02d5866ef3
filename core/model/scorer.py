"""Pixels to logits: what the fit, the stress test, heat maps, folders and uploads ask for the logits of images.

A convolution adds in an order that depends on the shape of the batch and on the number of threads, so the same image
can get another last digit in other company. Here every batch has one shape and the fit's number of threads: equal
images have equal logits, whatever is scored beside them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor, nn

from core.data.pixels import processors
from core.model.infer import full_precision, take
from core.model.network import Preprocessing, load_checkpoint, prepare

CPU = torch.device("cpu")

BATCH = 16
"""Images in every batch: one upload does not wait for many, and larger ones are hardly faster an image."""

# torch's number of threads belongs to the process, and one forward pass has a use for all of them.
_computing = threading.Lock()


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Scores:
    """``logit`` (n,), and ``features`` (n, 512): what the last layer saw of each image, after average pooling.
    ``outputs`` (n, k) are the logits of all findings of the network."""

    logit: NDArray[np.float64]
    outputs: NDArray[np.float64]
    features: NDArray[np.float32]


class Scorer:
    """A network with what is done to pixels before it and to logits after it. Safe for many threads at once.

    ``temperature`` is None where the run has none. ``threads`` is the number that the fit ran with; where this machine
    has fewer processors, or it is None, torch's own number is used. ``output`` is the place of the finding that
    :meth:`logits` are of, among those of the network.
    """

    def __init__(
        self,
        network: nn.Module,
        preprocessing: Preprocessing,
        *,
        device: torch.device = CPU,
        temperature: float | None = None,
        threads: int | None = None,
        output: int = 0,
    ) -> None:
        self.network = network.to(device)
        self.preprocessing = preprocessing
        self.device = device
        self.temperature = temperature
        self.threads = threads
        self.output = output

    @classmethod
    def load(
        cls, checkpoint: Path, *, device: torch.device = CPU, temperature: float | None = None, output: int = 0
    ) -> Scorer:
        """The scorer of a checkpoint. Raises WeightsError."""
        network, preprocessing, threads = load_checkpoint(checkpoint)
        network.requires_grad_(False)
        return cls(network, preprocessing, device=device, temperature=temperature, threads=threads, output=output)

    def logits(self, pixels: NDArray[np.uint8], rows: NDArray[np.int64] | None = None) -> NDArray[np.float64]:
        """Logits (n,) of decoded squares, uint8 (n, size, size); with ``rows``, of those of a large array only."""
        return self.scores(pixels, rows).logit

    def features(self, pixels: NDArray[np.uint8], rows: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Penultimate features (n, 512) of decoded squares, as :meth:`logits` takes them."""
        return self.scores(pixels, rows).features

    def scores(self, pixels: NDArray[np.uint8], rows: NDArray[np.int64] | None = None) -> Scores:
        """Logits and features in one pass. Nothing is rounded to 16 bits, as thresholds are chosen among these numbers.

        Raises ValueError for images of another size than the network sees.
        """
        size = self.preprocessing.image_size
        if pixels.shape[1:] != (size, size):
            raise ValueError(f"images of {pixels.shape[1:]}, the network sees {size} x {size}")
        rows = np.arange(len(pixels)) if rows is None else rows
        outputs = np.empty((len(rows), self._last.out_features), dtype=np.float64)
        features = np.empty((len(rows), self._last.in_features), dtype=np.float32)
        for start in range(0, len(rows), BATCH):
            chosen = rows[start : start + BATCH]
            now = slice(start, start + len(chosen))
            seen, output = self._forward(take(pixels, chosen, self.device))
            outputs[now], features[now] = output.cpu().numpy(), seen.cpu().numpy()
        return Scores(logit=np.ascontiguousarray(outputs[:, self.output]), outputs=outputs, features=features)

    def probability(self, logit: NDArray[np.float64]) -> NDArray[np.float64]:
        """Calibrated probability in [0, 1]; the raw one where there is no temperature."""
        return np.asarray(expit(logit / (self.temperature or 1.0)), dtype=np.float64)

    @property
    def _last(self) -> nn.Linear:
        last = self.network.get_submodule("fc")
        assert isinstance(last, nn.Linear)
        return last

    def _forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Features (b, 512) and outputs (b, k) of at most ``BATCH`` images, computed in a batch of just that many."""
        whole = images.new_zeros((BATCH, *images.shape[1:]))
        whole[: len(images)] = images
        with _computing, _threads(self.threads), full_precision(self.device), torch.inference_mode():
            self.network.eval()
            values = prepare(whole, self.preprocessing)
            for name, layer in self.network.named_children():
                if name != "fc":
                    values = layer(values)
            features = values.flatten(1)
            return features[: len(images)], self._last(features)[: len(images)]


@contextmanager
def _threads(wanted: int | None) -> Iterator[None]:
    before = torch.get_num_threads()
    if wanted is None or wanted == before or wanted > processors():
        yield
        return
    torch.set_num_threads(wanted)
    try:
        yield
    finally:
        torch.set_num_threads(before)
