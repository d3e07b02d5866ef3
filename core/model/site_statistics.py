"""A network with batch-norm statistics of other images: what adapts to an acquisition without a label.

Adaptive batch normalisation (Li, Wang, Shi, Liu and Hou, ICLR workshop 2017; Schneider et al., NeurIPS 2020).
"""

from __future__ import annotations

import copy

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from core.model.infer import take
from core.model.network import prepare
from core.model.scorer import Scorer

_BATCH = 16
FEWEST = 8
"""Images from which statistics are worth something."""


def with_statistics_of(scorer: Scorer, squares: NDArray[np.uint8]) -> Scorer:
    """A scorer like ``scorer``, whose batch-norm layers have the means and variances of ``squares`` (k, size, size).

    All weights stay. The given one is not changed. Each batch of at most 16 counts by its number of images. Raises
    ValueError below :data:`FEWEST` images.
    """
    if len(squares) < FEWEST:
        raise ValueError(f"{len(squares)} images, of which no statistics are taken; at least {FEWEST} are needed")
    network = copy.deepcopy(scorer.network).eval()
    layers = [layer for layer in network.modules() if isinstance(layer, nn.BatchNorm2d)]
    for layer in layers:
        layer.reset_running_stats()
        layer.train()
    seen = 0
    with torch.inference_mode():
        for rows in np.array_split(np.arange(len(squares)), -(-len(squares) // _BATCH)):
            seen += len(rows)
            for layer in layers:
                layer.momentum = len(rows) / seen
            network(prepare(take(squares, rows, scorer.device), scorer.preprocessing))
    return Scorer(
        network.eval(),
        scorer.preprocessing,
        device=scorer.device,
        temperature=scorer.temperature,
        threads=scorer.threads,
    )
