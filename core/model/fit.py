"""The fit: pixels and labels to weights, epoch by epoch, so that a stop costs at most the epoch under way."""

from __future__ import annotations

import io
import math
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
from core.disk import write_whole
from core.errors import ConfigError, RunFolderError
from core.model.augment import augment
from core.model.distributed import ALONE, Processes
from core.model.infer import half_precision, mixed_precision, take
from core.model.network import Preprocessing, build_network, prepare
from core.model.recipe import RECIPES, Recipe, batches, scheduled
from core.model.scorer import Scorer


@dataclass(frozen=True, kw_only=True, slots=True)
class Examples:
    """Labelled images: ``label`` (n,) in {0, 1}; image i lies at ``pixels[rows[i]]``, uint8 (h, w). Of several findings
    ``label`` is (n, k), NaN where one is unknown; of each image one is known at least."""

    pixels: NDArray[np.uint8]
    rows: NDArray[np.int64]
    label: NDArray[np.int8] | NDArray[np.float32]

    @property
    def outputs(self) -> int:
        """How many findings the labels are of."""
        return 1 if self.label.ndim == 1 else self.label.shape[1]


@dataclass(kw_only=True)
class Fit:
    """A fit under way: everything an epoch changes, and everything a checkpoint must hold."""

    config: TrainConfig
    device: torch.device
    steps: int  # of the whole fit
    outputs: int = 1
    continued: bool = False
    processes: Processes = ALONE
    network: nn.Module = field(init=False)
    spread: nn.Module = field(init=False)  # the network as it is called in a step
    average: AveragedModel | None = field(init=False, default=None)
    optimizer: torch.optim.Optimizer = field(init=False)
    scaler: torch.amp.GradScaler = field(init=False)
    history: list[dict[str, float]] = field(init=False, default_factory=list)
    best: dict[str, Tensor] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        torch.manual_seed(self.config.seed)
        weights = "none" if self.continued else str(self.config.weights)  # a checkpoint brings its own
        self.network = build_network(weights, self.outputs).to(self.device)
        self.spread = self.processes.spread(self.network, self.device)
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

    def scorer(self) -> Scorer:
        """What gives the logits of :attr:`result`."""
        return self._scorer(self.result)

    def _scorer(self, network: nn.Module) -> Scorer:
        return Scorer(network, self.preprocessing, device=self.device)

    def step(self, images: Tensor, label: Tensor, learning_rate: float, *, of: int | None = None) -> Tensor:
        """One step on uint8-range images (b, h, w) and labels (b,) or (b, k); returns the loss, still on the device.

        Where these are a share of a batch ``of`` so many, the mean of what the processes return is its loss.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate
        with mixed_precision(self.device):
            outputs = self.spread(prepare(images, self.preprocessing))
            losses = loss_of_each(outputs, label)
            loss = self.processes.part_of_mean(losses, len(label) if of is None else of)
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
            share, of = self.processes.share(len(chosen)), len(chosen)
            own = chosen[share]
            images = take(train.pixels, train.rows[own], self.device)
            if self.recipe.augmentation is not None:
                images = augment(images, self.recipe.augmentation, generator, share=share, of=of)
            own_label = label[torch.from_numpy(own).to(self.device)]
            total_loss += self.step(images, own_label, learning_rate, of=of) * of
            progress(number + 1, len(steps))
        loss = float(self.processes.average(total_loss)) / len(
            train.rows
        )  # waits for the device, so the time below is the whole epoch's
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
        own = validation.rows[self.processes.share(len(validation.rows))]
        outputs = self.processes.joined(self._scorer(network).scores(validation.pixels, own).outputs)
        self.history.append(row | _mean_figures(validation.label, outputs))
        if self.average is None and row_is_best(self.history):
            self.best = {name: value.detach().cpu().clone() for name, value in self.network.state_dict().items()}
        return self.history[-1]

    def save(self, file: Path) -> None:
        """Write the checkpoint so that ``file`` is at every moment either the old one or the new one.

        Raises OSError where the disk refuses; torch's own writer would hide it. Holds it in memory meanwhile.
        """
        state: dict[str, Any] = {
            "network": self.network.state_dict(),
            "average": None if self.average is None else self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "history": self.history,
            "best": self.best,
        }
        content = io.BytesIO()
        torch.save(state, content)
        write_whole(file, content.getbuffer())

    def load(self, content: bytes, file: Path | None) -> None:
        """Continue from what :meth:`save` wrote into ``file``. Raises :class:`RunFolderError` where it does not fit."""
        try:
            state = torch.load(io.BytesIO(content), map_location=self.device, weights_only=True)
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
    checkpoint: Path | None,
    processes: Processes = ALONE,
    on_step: Callable[[int, int, int], None] = lambda epoch, done, total: None,
    on_epoch: Callable[[list[dict[str, float]], int], None] = lambda history, images: None,
) -> Fit:
    """Fit from the start, or from ``checkpoint`` where it exists, to the last epoch; both end with the same weights.

    Of several ``processes`` the first alone has a ``checkpoint``; the others are sent what it holds.
    ``on_step(epoch, done, total)`` and ``on_epoch(history so far, images in the epoch)`` are told what happens.
    """
    steps_an_epoch = sum(1 for _ in batches(train.rows, int(config.batch_size or 0)))
    saved = processes.from_first(checkpoint.read_bytes() if checkpoint is not None and checkpoint.exists() else None)
    state = Fit(
        config=config,
        device=device,
        steps=steps_an_epoch * int(config.epochs or 0),
        outputs=train.outputs,
        continued=saved is not None or not processes.is_first,
        processes=processes,
    )
    if saved is not None:
        state.load(saved, checkpoint)
    while len(state.history) < int(config.epochs or 0):
        epoch = len(state.history) + 1
        try:
            row = state.run_epoch(train, lambda done, total, epoch=epoch: on_step(epoch, done, total))  # type: ignore[misc]
        except torch.OutOfMemoryError as error:
            raise ConfigError(f"{device} has too little memory; begin a new run with a smaller --batch-size") from error
        state.finish_epoch(row, validation)
        if checkpoint is not None:
            state.save(checkpoint)
        on_epoch(state.history, len(train.rows))  # what is said to be done is kept
    return state


def loss_of_each(outputs: Tensor, label: Tensor) -> Tensor:
    """The binary cross-entropy of each image (b,) at ``outputs`` (b, k); of several findings the mean over those of
    which its truth is known."""
    if label.ndim == 1:
        return binary_cross_entropy_with_logits(outputs[:, 0], label, reduction="none")
    known = ~torch.isnan(label)
    losses = binary_cross_entropy_with_logits(outputs, label.nan_to_num(), reduction="none")
    return (losses * known).sum(dim=1) / known.sum(dim=1).clamp(min=1)


def _mean_figures(label: NDArray[np.int8] | NDArray[np.float32], outputs: NDArray[np.float64]) -> dict[str, float]:
    """:func:`validation_figures`; of several findings their mean over those of which each is defined."""
    if label.ndim == 1:
        return validation_figures(label.astype(np.int8), outputs[:, 0])
    known = ~np.isnan(label)
    each = [validation_figures(label[has, k].astype(np.int8), outputs[has, k]) for k, has in enumerate(known.T)]
    told = {name: [own[name] for own in each if not math.isnan(own[name])] for name in each[0]}
    return {name: float(np.mean(values)) if values else math.nan for name, values in told.items()}


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
