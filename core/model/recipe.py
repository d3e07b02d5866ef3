"""How to fit, beyond the numbers on the command line: the recipes, their schedule and their batches."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config import TrainConfig
from core.model.augment import Augmentation


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What a recipe does.

    ``average`` is the span of the moving average of weights that is kept, as a fraction of the fit; None keeps the
    epoch with the best validation AUROC instead, as the published baseline does: validation is then no longer fresh.
    ``warm_up`` is the fraction of steps in which the learning rate rises; None leaves it constant.
    """

    augmentation: Augmentation | None
    average: float | None
    warm_up: float | None


RECIPES = {
    "seed": Recipe(augmentation=None, average=None, warm_up=None),
    "default": Recipe(augmentation=Augmentation(), average=0.1, warm_up=0.2),
}


def batches(order: NDArray[np.int64], size: int) -> Iterator[NDArray[np.int64]]:
    """``order`` in pieces of ``size``; a last piece of one joins the one before, as batch statistics need two."""
    start = 0
    while start < len(order):
        end = len(order) if len(order) - start - size <= 1 else start + size
        yield order[start:end]
        start = end


def scheduled(config: TrainConfig, recipe: Recipe, progress: float) -> float:
    """Learning rate at ``progress`` in [0, 1): constant, or a linear warm-up and then a cosine down to nothing."""
    largest = float(config.learning_rate or 0)
    if recipe.warm_up is None:
        return largest
    if progress < recipe.warm_up:
        return largest * (0.04 + 0.96 * progress / recipe.warm_up)
    return largest * 0.5 * (1 + math.cos(math.pi * (progress - recipe.warm_up) / (1 - recipe.warm_up)))
