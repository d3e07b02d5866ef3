"""The main job on one page: index, decode, split, fit, infer, calibrate, choose, save."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from core.config import TrainConfig
from core.data.contents import BLANK, MASK
from core.data.phantom import GENERATOR_VERSION
from core.dataset import Dataset, load_dataset
from core.errors import ConfigError, RunFolderError, WorkbenchError
from core.evaluation.predictions import Predictions
from core.evaluation.summary import evaluate
from core.model.fit import Fit, fit
from core.model.infer import choose_device, predict_logits
from core.model.network import check_weights, save_checkpoint
from core.progress import ProgressLine, duration
from core.runs.hiding import open_run
from core.runs.odd_pictures import odd_in_words, two_labels_in_words
from core.runs.report import told
from core.runs.store import PartialRun, finished_run, partial_folder, read_run, resume_command


def train(config: TrainConfig, *, resume: str | None = None, given: frozenset[str] = frozenset()) -> Path:
    """Make a run, or continue the one called ``resume``; returns its folder.

    ``given`` names the settings that stood on the command line beside ``--resume``.
    """
    out = Path(config.out)
    if resume is not None and (whole := finished_run(out, resume)) is not None:
        _check_same(config, read_run(whole).config, resume, given)
        print(f"run {resume} is whole; there is nothing to resume")
        return whole
    fresh = resume is None or not partial_folder(out, resume).exists()
    with _open_run(config, out, resume) as partial:
        if resume is not None:
            _check_same(config, partial.config, resume, given)
        try:
            folder = _make(partial, fresh=fresh)
        except WorkbenchError:
            if fresh and not _checkpoint(partial).exists():
                partial.discard()  # nothing was done that could be continued
            raise
        except KeyboardInterrupt:
            print(f"\nstopped; continue with: {resume_command(partial.out, partial.run_id)}", flush=True)
            raise
    run = open_run(folder)
    print(told(run))
    print(f"\n{folder}\nnext: streamlit run dashboard/Home.py -- --out {out}")
    return folder


def _open_run(config: TrainConfig, out: Path, resume: str | None) -> PartialRun:
    if resume is not None:
        return PartialRun.resume(out, resume, config)
    data_name = "phantom" if config.data is None else Path(config.data).resolve().name
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", data_name).strip("-.")[:80] or "data"
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return PartialRun.begin(out, config.name or f"{plain}-{stamp}", config)


def _check_same(config: TrainConfig, saved: TrainConfig, resume: str, given: frozenset[str]) -> None:
    """Refuse a setting that was given and differs from the one the run was begun with."""
    if config.name not in (None, resume):
        raise ConfigError(f"--name {config.name} differs from --resume {resume}: a run keeps its name")
    for name in sorted(given - {"name", "out"}):
        before, now = getattr(saved, name), getattr(config, name)
        if before != now:
            flag = "--" + name.replace("_", "-")
            raise ConfigError(f"{flag} {now} differs from {before}, with which {resume} was begun; leave {flag} out")


def _make(partial: PartialRun, *, fresh: bool) -> Path:
    config = partial.config
    device = choose_device(config.device)
    begun = "begun" if fresh else "continued"
    print(
        f"run {partial.run_id} is {begun} (if it is stopped: {resume_command(partial.out, partial.run_id)})", flush=True
    )
    if not _checkpoint(partial).exists():
        check_weights(str(config.weights))
    dataset = load_dataset(config, partial.out)
    _check_unchanged(partial, dataset)
    _describe(dataset, hide_test=config.hide_test)
    state = _fit(config, dataset, _checkpoint(partial), device)
    return _finish(partial, dataset, state)


def _checkpoint(partial: PartialRun) -> Path:
    return partial.path / "checkpoint.pt"


def _check_unchanged(partial: PartialRun, dataset: Dataset) -> None:
    """A run is fitted on one set of images from first epoch to last."""
    note, fingerprint = partial.path / "fingerprint.txt", dataset.fingerprint()
    if not _checkpoint(partial).exists():
        note.write_text(fingerprint, encoding="utf-8")
    elif not note.exists() or note.read_text(encoding="utf-8") != fingerprint:
        raise RunFolderError(
            f"the images have changed since {partial.run_id} was begun, so it cannot be continued; bring them back, or "
            f"start anew under another --name and delete {partial.path}"
        )


def _describe(dataset: Dataset, *, hide_test: bool) -> None:
    """What was read, what was left out, and what leaks; of a test that is hidden only how large it is."""
    print(f"data: {dataset.index.name}, {dataset.index.layout}")
    for line in dataset.index.changed:
        print(f"  {line}")
    for split in ("train", "validation", "test"):
        label = dataset.label[dataset.split == split]
        patients = len(set(dataset.patient_id[dataset.split == split]))
        positive = "hidden" if hide_test and split == "test" else f"{int(label.sum()):,}"
        print(
            f"  {split:<10} {len(label):>7,} images, {positive:>7} {dataset.index.class_names[1]}, "
            f"{patients:>7,} patients"
        )
    if dataset.skipped:
        first = dataset.skipped[0]
        for reason, count in Counter(f.reason for f in dataset.skipped if f.reason in (BLANK, MASK)).items():
            print(f"  {count:,} left out: {reason}; see skipped.csv, and train.py --odd keep uses them")
        print(f"  {len(dataset.skipped):,} files skipped, see skipped.csv; the first: {first.path}: {first.reason}")
    seen = [
        r.image_id
        for r, split in zip(dataset.decoded.records, dataset.split, strict=True)
        if not (hide_test and split == "test")
    ]
    for sentence in (two_labels_in_words(dataset.two_labels, seen), *odd_in_words(dataset.odd, seen)):
        if sentence:
            print(f"  {sentence}")
    if dataset.leakage.images or dataset.leakage.patients:
        print(
            f"  possible leakage into test: {len(dataset.leakage.images):,} identical images, "
            f"{len(dataset.leakage.patients):,} patient ids that stand on both sides"
        )
    if dataset.leakage.validation_images or dataset.leakage.validation_patients:
        print(
            f"  possible leakage into validation: {len(dataset.leakage.validation_images):,} identical images, "
            f"{len(dataset.leakage.validation_patients):,} patient ids that stand in train too"
        )


def _fit(config: TrainConfig, dataset: Dataset, checkpoint: Path, device: Any) -> Fit:
    progress = ProgressLine(label="")

    def on_step(epoch: int, done: int, total: int) -> None:
        progress.label = f"epoch {epoch} of {config.epochs}, step"
        progress(done + (epoch - 1) * total, total * int(config.epochs or 0))

    def on_epoch(row: dict[str, float], images: int) -> None:
        progress.close()
        print(
            f"epoch {row['epoch']:>3.0f}  loss {row['train_loss']:.4f}  AUROC {row['val_auroc']:.4f}  "
            f"AUPRC {row['val_auprc']:.4f}  sensitivity {row['val_sensitivity_at_0.5']:.3f}  "
            f"specificity {row['val_specificity_at_0.5']:.3f}  {duration(row['seconds'])}  "
            f"{images / row['seconds']:.0f} images/s",
            flush=True,
        )

    return fit(
        config,
        dataset.examples("train"),
        dataset.examples("validation"),
        device=device,
        checkpoint=checkpoint,
        on_step=on_step,
        on_epoch=on_epoch,
    )


def _finish(partial: PartialRun, dataset: Dataset, state: Fit) -> Path:
    """Infer, calibrate, choose and save."""
    predictions = {split: _predict(dataset, split, state) for split in ("validation", "test")}
    weights = partial.path / "best_model.pt"
    save_checkpoint(weights, state.result, state.preprocessing)
    embedded = partial.config.data is None
    return partial.finish(
        records=dataset.records(),
        predictions=predictions,
        evaluation=evaluate(predictions["validation"], predictions["test"]),
        history=pd.DataFrame(state.history),
        skipped=[(file.path, file.reason) for file in dataset.skipped],
        checkpoint=weights,
        data={
            "kind": "phantom" if embedded else "folder",
            "name": dataset.index.name,
            "layout": dataset.index.layout,
            "changed_in_reading": list(dataset.index.changed),
            "class_names": list(dataset.index.class_names),
            "generator_version": GENERATOR_VERSION if embedded else None,
            "checkpoint_chosen_on_validation": state.average is None,
            "leakage": asdict(dataset.leakage),
            "odd_pictures": dataset.odd,
            "two_labels": [list(group) for group in dataset.two_labels],
            "fingerprint": dataset.fingerprint(),
        },
    )


def _predict(dataset: Dataset, split: str, state: Fit) -> Predictions:
    member, images = np.flatnonzero(dataset.split == split), dataset.examples(split)
    records = [dataset.decoded.records[i] for i in member]
    names = dict.fromkeys(key for record in records for key in record.subgroups)
    return Predictions(
        image_id=np.array([record.image_id for record in records], dtype=object),
        patient_id=dataset.patient_id[member],
        y_true=dataset.label[member],
        logit=predict_logits(state.result, state.preprocessing, images.pixels, images.rows, device=state.device),
        subgroups={name: np.array([record.subgroups.get(name) for record in records], object) for name in names},
    )
