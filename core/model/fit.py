"""The fit: pixels and labels to weights, epoch by epoch, so that a stop costs at most the epoch under way."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from core.config import TrainConfig
from core.errors import ConfigError, RunFolderError
from core.model.augment import augment
from core.model.infer import half_precision, mixed_precision, predict_logits, take
from core.model.network import Preprocessing, build_network, prepare
from core.model.recipe import RECIPES, Recipe, batches, scheduled


@dataclass(frozen=True, kw_only=True, slots=True)
class Examples:
    """Labelled images: ``label`` (n,) in {0, 1}; image i lies at ``pixels[rows[i]]``, uint8 (h, w)."""

    pixels: NDArray[np.uint8]
    rows: NDArray[np.int64]
    label: NDArray[np.int8]


@dataclass(kw_only=True)
class Fit:
    """A fit under way: everything an epoch changes, and everything a checkpoint must hold."""

    config: TrainConfig
    device: torch.device
    steps: int  # of the whole fit
    continued: bool = False
    network: nn.Module = field(init=False)
    average: AveragedModel | None = field(init=False, default=None)
    optimizer: torch.optim.Optimizer = field(init=False)
    scaler: torch.amp.GradScaler = field(init=False)
    history: list[dict[str, float]] = field(init=False, default_factory=list)
    best: dict[str, Tensor] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        torch.manual_seed(self.config.seed)
        weights = "none" if self.continued else str(self.config.weights)  # a checkpoint brings its own
        self.network = build_network(weights).to(self.device)
        if self.recipe.average is not None:
            span = max(1.0, self.recipe.average * self.steps)
            average = get_ema_multi_avg_fn(1 - 1 / span)  # type: ignore[no-untyped-call]
            self.average = AveragedModel(self.network, multi_avg_fn=average, use_buffers=True)
        self.optimizer = _optimizer(self.network, self.config)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=half_precision(self.device) == torch.float16)

    @property
    def recipe(self) -> Recipe:
        return RECIPES[self.config.recipe]

    @property
    def preprocessing(self) -> Preprocessing:
        return Preprocessing(image_size=int(self.config.image_size or 0))

    @property
    def result(self) -> nn.Module:
        """The weights to keep so far: the average, or the best epoch's, or the last."""
        if self.average is not None:
            return self.average.module
        if self.best is not None:
            self.network.load_state_dict(self.best)
        return self.network

    def step(self, images: Tensor, label: Tensor, learning_rate: float) -> Tensor:
        """One step on uint8-range images (b, h, w) and labels (b,); returns the loss, still on the device."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        with mixed_precision(self.device):
            logit = self.network(prepare(images, self.preprocessing))[:, 0]
            loss = binary_cross_entropy_with_logits(logit, label)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()  # type: ignore[no-untyped-call]
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average is not None:
            self.average.update_parameters(self.network)
        return loss.detach()

    def run_epoch(self, train: Examples, progress: Callable[[int, int], None]) -> dict[str, float]:
        """One pass over ``train``. Order and augmentation depend on seed and epoch alone, so an epoch can be redone."""
        epoch, epochs, size = len(self.history), int(self.config.epochs or 0), int(self.config.batch_size or 0)
        draw = np.random.default_rng([self.config.seed, epoch])
        generator = torch.Generator().manual_seed(int(draw.integers(2**62)))
        steps = list(batches(draw.permutation(len(train.rows)), size))
        label = torch.from_numpy(train.label.astype(np.float32)).to(self.device)
        total_loss = torch.zeros((), device=self.device)
        learning_rate, started = 0.0, time.perf_counter()
        self.network.train()
        for number, chosen in enumerate(steps):
            learning_rate = scheduled(self.config, self.recipe, (epoch * len(steps) + number) / (epochs * len(steps)))
            images = take(train.pixels, train.rows[chosen], self.device)
            if self.recipe.augmentation is not None:
                images = augment(images, self.recipe.augmentation, generator)
            total_loss += self.step(images, label[torch.from_numpy(chosen).to(self.device)], learning_rate) * len(
                chosen
            )
            progress(number + 1, len(steps))
        loss = float(total_loss) / len(train.rows)  # waits for the device, so the time below is the whole epoch's
        if not math.isfinite(loss):
            raise ConfigError(
                f"the fit diverged in epoch {epoch + 1} (loss {loss}); begin a new run with a --learning-rate below "
                f"{self.config.learning_rate:g}"
            )
        seconds = time.perf_counter() - started
        return {"epoch": epoch + 1, "train_loss": loss, "learning_rate": learning_rate, "seconds": seconds}

    def finish_epoch(self, row: dict[str, float], validation: Examples) -> dict[str, float]:
        """Append ``row`` with its validation figures to the history; remember the epoch if it is the best."""
        network = self.network if self.average is None else self.average.module
        logit = predict_logits(
            network,
            self.preprocessing,
            validation.pixels,
            validation.rows,
            device=self.device,
        )
        self.history.append(row | validation_figures(validation.label, logit))
        if self.average is None and row_is_best(self.history):
            self.best = {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}
        return self.history[-1]

    def save(self, file: Path) -> None:
        """Write the checkpoint so that ``file`` is at every moment either the old one or the new one."""
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "history": self.history,
            "best": self.best,
        }
        scratch = file.with_suffix(".writing")
        with scratch.open("wb") as stream:
            torch.save(state, stream)
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(file)

    def load(self, file: Path) -> None:
        """Continue from :meth:`save`. Raises :class:`RunFolderError` for a file that does not fit."""
        try:
            state = torch.load(file, map_location=self.device, weights_only=True)
            self.network.load_state_dict(state["network"])
            if self.average is not None:
                self.average.load_state_dict(state["average"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.scaler.load_state_dict(state["scaler"])
            self.history, self.best = state["history"], state["best"]
        except Exception as error:  # whatever foreign bytes make the unpickler raise
            raise RunFolderError(
                f"{file}: not a checkpoint of this run ({type(error).__name__}); delete it to begin at the first epoch"
            ) from error


def fit(
    config: TrainConfig,
    train: Examples,
    validation: Examples,
    *,
    device: torch.device,
    checkpoint: Path,
    on_step: Callable[[int, int, int], None] = lambda epoch, done, total: None,
    on_epoch: Callable[[dict[str, float], int], None] = lambda row, images: None,
) -> Fit:
    """Fit from the start, or from ``checkpoint`` where it exists, to the last epoch; both end with the same weights.

    ``on_step(epoch, done, total)`` and ``on_epoch(history row, images in the epoch)`` are told what happens.
    """
    steps_an_epoch = sum(1 for _ in batches(train.rows, int(config.batch_size or 0)))
    continued = checkpoint.exists()
    state = Fit(config=config, device=device, steps=steps_an_epoch * int(config.epochs or 0), continued=continued)
    if continued:
        state.load(checkpoint)
    while len(state.history) < int(config.epochs or 0):
        epoch = len(state.history) + 1
        try:
            row = state.run_epoch(train, lambda done, total, epoch=epoch: on_step(epoch, done, total))  # type: ignore[misc]
        except torch.OutOfMemoryError as error:
            raise ConfigError(f"{device} has too little memory; begin a new run with a smaller --batch-size") from error
        on_epoch(state.finish_epoch(row, validation), len(train.rows))
        state.save(checkpoint)
    return state


def validation_figures(label: NDArray[np.int8], logit: NDArray[np.float64]) -> dict[str, float]:
    """The validation columns of ``history.csv``; NaN where a class is missing or the fit has diverged."""
    positive = logit >= 0  # probability 0.5
    found, sent_home = positive[label == 1], ~positive[label == 0]
    defined = len(found) > 0 and len(sent_home) > 0 and bool(np.isfinite(logit).all())
    return {
        "val_auroc": float(roc_auc_score(label, logit)) if defined else math.nan,
        "val_auprc": float(average_precision_score(label, logit)) if defined else math.nan,
        "val_sensitivity_at_0.5": float(found.mean()) if len(found) else math.nan,
        "val_specificity_at_0.5": float(sent_home.mean()) if len(sent_home) else math.nan,
    }


def row_is_best(history: list[dict[str, float]]) -> bool:
    """Whether the last epoch has the best validation AUROC so far; of equal ones the first counts."""
    earlier = [row["val_auroc"] for row in history[:-1] if not math.isnan(row["val_auroc"])]
    return not earlier or history[-1]["val_auroc"] > max(earlier)


def _optimizer(network: nn.Module, config: TrainConfig) -> torch.optim.Optimizer:
    """AdamW; in the default recipe biases and batch-norm parameters are not decayed."""
    learning_rate, decay = float(config.learning_rate or 0), float(config.weight_decay or 0)
    parameters = list(network.parameters())
    if config.recipe == "seed":
        return torch.optim.AdamW(parameters, lr=learning_rate, weight_decay=decay, fused=True)
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, fused=True)
