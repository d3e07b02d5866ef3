"""The main job on one page: index, decode, split, fit, infer, calibrate, choose, save."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from core.config import TrainConfig
from core.data.contents import BLANK, MASK
from core.data.phantom import GENERATOR_VERSION
from core.data.records import subgroup_columns
from core.dataset import Dataset, load_dataset
from core.disk import refusal, write_whole
from core.errors import ConfigError, DataError, RunFolderError, WorkbenchError
from core.evaluation.evaluation_set import EvaluationSet
from core.evaluation.predictions import Predictions
from core.evaluation.summary import evaluate
from core.films.features import SETS, Features, write_features
from core.model.distributed import ALONE, Processes
from core.model.fit import Fit, fit
from core.model.infer import choose_device
from core.model.network import check_weights, save_checkpoint
from core.model.scorer import Scorer, Scores
from core.progress import ProgressLine, duration
from core.runs.after_failure import read_again
from core.runs.files import FEATURES
from core.runs.hiding import open_run
from core.runs.odd_pictures import odd_in_words, two_labels_in_words
from core.runs.report import told
from core.runs.store import PartialRun, finished_run, partial_folder, read_run, resume_command
from core.runs.tables import EVALUATED
from core.runs.under_way import FitNote
from core.runs.writing import Answer


@dataclass(frozen=True, kw_only=True, slots=True)
class _Shared:
    """What the first of several processes tells the others, once it has read and decoded the images."""

    config: TrainConfig
    fingerprint: str
    how_to_go_on: str


def train(
    config: TrainConfig, *, resume: str | None = None, given: frozenset[str] = frozenset(), processes: Processes = ALONE
) -> Path:
    """Make a run, or continue the one called ``resume``; returns its folder.

    ``given`` names the settings that stood on the command line beside ``--resume``. Of several ``processes`` this is
    what the first does; the others do :func:`help_train`.
    """
    out = Path(config.out)
    if resume is not None and (whole := finished_run(out, resume)) is not None:
        _check_same(config, read_run(whole).config, resume, given)
        print(f"run {resume} is whole; there is nothing to resume")
        processes.from_first(None)
        return whole
    fresh = resume is None or not partial_folder(out, resume).exists()
    with _open_run(config, out, resume) as partial, processes.ending_together(_go_on(out, partial.run_id)):
        if resume is not None:
            _check_same(config, partial.config, resume, given)
        try:
            folder = _make(partial, processes, fresh=fresh)
        except (WorkbenchError, OSError) as error:
            nothing_done = fresh and not _checkpoint(partial).exists()
            if nothing_done:
                partial.discard()
            if isinstance(error, OSError):
                again = "begin again" if nothing_done else f"continue with `{resume_command(out, partial.run_id)}`"
                where = f"{error.filename or partial.path}: {refusal(error)}"
                raise RunFolderError(f"{where}; mend that, then {again}") from error
            raise
        except KeyboardInterrupt:
            print(f"\nstopped; continue with: {resume_command(partial.out, partial.run_id)}", flush=True)
            raise
    run = read_again(folder, open_run)
    print("\n\n".join(told(run.of(finding)) for finding in run.findings))
    print(f"\n{folder}\nnext: streamlit run dashboard/Home.py -- --out {out}")
    return folder


def help_train(processes: Processes) -> None:
    """What every process but the first does: its share of the fit, on the same images. It writes nothing of the run.

    Raises :class:`DataError` where it finds other images than the first one did.
    """
    shared: _Shared | None = processes.from_first(None)
    if shared is None:
        return
    config = shared.config
    with processes.ending_together(shared.how_to_go_on):
        device = processes.device(choose_device(config.device))
        dataset = load_dataset(config, Path(config.out))
        if dataset.fingerprint() != shared.fingerprint:
            raise DataError(
                f"process {processes.rank} finds other images in {config.data} than the first process; on several "
                "machines the data must be the same everywhere"
            )
        train, validation = dataset.examples("train"), dataset.examples("validation")
        fit(config, train, validation, device=device, checkpoint=None, processes=processes)


def _go_on(out: Path, run_id: str) -> str:
    return f"continue with `{resume_command(out, run_id)}`, by one process or by torchrun"


def _open_run(config: TrainConfig, out: Path, resume: str | None) -> PartialRun:
    if resume is not None:
        return PartialRun.resume(out, resume, config)
    return PartialRun.begin(out, config.name or fresh_name(config), config)


def fresh_name(config: TrainConfig) -> str:
    """The id of a run that was given none: the data's name and the UTC time."""
    data_name = "phantom" if config.data is None else Path(config.data).resolve().name
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", data_name).strip("-.")[:80] or "data"
    return f"{plain}-{datetime.now(UTC).strftime('%Y%m%dT%H%M%SZ')}"


def _check_same(config: TrainConfig, saved: TrainConfig, resume: str, given: frozenset[str]) -> None:
    """Refuse a setting that was given and differs from the one the run was begun with."""
    if config.name not in (None, resume):
        raise ConfigError(f"--name {config.name} differs from --resume {resume}: a run keeps its name")
    for name in sorted(given - {"name", "out"}):
        before, now = getattr(saved, name), getattr(config, name)
        if before != now:
            flag = "--" + name.replace("_", "-")
            raise ConfigError(f"{flag} {now} differs from {before}, with which {resume} was begun; leave {flag} out")


def _make(partial: PartialRun, processes: Processes, *, fresh: bool) -> Path:
    config, note = partial.config, FitNote(partial.path)
    device = processes.device(choose_device(config.device))
    begun = "begun" if fresh else "continued"
    print(
        f"run {partial.run_id} is {begun} (if it is stopped: {resume_command(partial.out, partial.run_id)})", flush=True
    )
    if not _checkpoint(partial).exists():
        check_weights(str(config.weights))
    dataset = load_dataset(config, partial.out, on_progress=note.tell)
    _check_unchanged(partial, dataset)
    _describe(dataset, hide_test=config.hide_test)
    remedy = _go_on(partial.out, partial.run_id)
    processes.from_first(_Shared(config=config, fingerprint=dataset.fingerprint(), how_to_go_on=remedy))
    state = _fit(config, dataset, _checkpoint(partial), device, note, processes)
    return _finish(partial, dataset, state)


def _checkpoint(partial: PartialRun) -> Path:
    return partial.path / "checkpoint.pt"


def _check_unchanged(partial: PartialRun, dataset: Dataset) -> None:
    """A run is fitted on one set of images from first epoch to last."""
    note, fingerprint = partial.path / "fingerprint.txt", dataset.fingerprint()
    if not _checkpoint(partial).exists():
        write_whole(note, fingerprint.encode())
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


def _fit(
    config: TrainConfig, dataset: Dataset, checkpoint: Path, device: Any, note: FitNote, processes: Processes
) -> Fit:
    progress = ProgressLine(label="")

    def on_step(epoch: int, done: int, total: int) -> None:
        progress.label = f"epoch {epoch} of {config.epochs}, step"
        of_all = done + (epoch - 1) * total, total * int(config.epochs or 0)
        progress(*of_all)
        note.tell(progress.at(*of_all))

    def on_epoch(history: list[dict[str, float]], images: int) -> None:
        row = history[-1]
        note.tell_epochs(history)
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
        processes=processes,
        on_step=on_step,
        on_epoch=on_epoch,
    )


def _finish(partial: PartialRun, dataset: Dataset, state: Fit) -> Path:
    """Infer, calibrate, choose and save."""
    scorer = state.scorer()
    scores = {split: _scores(dataset, split, scorer) for split in SETS}
    several = dataset.index.findings
    predictions = {} if several else {name: _predictions(dataset, name, scores[name].logit) for name in EVALUATED}
    weights = partial.path / "best_model.pt"
    save_checkpoint(weights, state.result, state.preprocessing)
    features = partial.path / FEATURES
    write_features(features, {split: _features(dataset, split, found) for split, found in scores.items()})
    embedded = partial.config.data is None
    return partial.finish(
        records=dataset.records(),
        predictions=predictions,
        evaluation=None if several else evaluate(predictions["validation"], predictions["test"]),
        findings=_answers(dataset, scores),
        history=pd.DataFrame(state.history),
        skipped=[(file.path, file.reason) for file in dataset.skipped],
        checkpoint=weights,
        features=features,
        data={
            "kind": "phantom" if embedded else "folder",
            "name": dataset.index.name,
            "layout": dataset.index.layout,
            "changed_in_reading": list(dataset.index.changed),
            **({} if several else {"class_names": list(dataset.index.class_names)}),
            **({"findings": [{"name": name} for name in several]} if several else {}),
            "generator_version": GENERATOR_VERSION if embedded else None,
            "checkpoint_chosen_on_validation": state.average is None,
            "leakage": asdict(dataset.leakage),
            "odd_pictures": dataset.odd,
            "two_labels": [list(group) for group in dataset.two_labels],
            "fingerprint": dataset.fingerprint(),
        },
    )


def _scores(dataset: Dataset, split: str, scorer: Scorer) -> Scores:
    images = dataset.examples(split)
    return scorer.scores(images.pixels, images.rows)


def _answers(dataset: Dataset, scores: Mapping[str, Scores]) -> dict[str, Answer]:
    """What is said of each of several findings; empty where there is one."""
    findings = dataset.index.findings
    sets: dict[str, dict[str, EvaluationSet]] = {name: {} for name in findings}
    for split in EVALUATED if findings else ():
        member, images = np.flatnonzero(dataset.split == split), dataset.examples(split)
        records = [dataset.decoded.records[i] for i in member]
        outputs = scores[split].outputs
        for place, name in enumerate(findings):
            sets[name][split] = EvaluationSet(
                image_id=np.array([record.image_id for record in records], dtype=object),
                patient_id=dataset.patient_id[member],
                y_true=images.label[:, place].astype(np.float64),
                logit=outputs[:, place],
                date=np.full(len(member), "NaT", dtype="datetime64[D]"),
                subgroups=subgroup_columns(records),
            )
    return {
        name: Answer(sets=own, evaluation=evaluate(own["validation"].labelled, own["test"].labelled))
        for name, own in sets.items()
    }


def _predictions(dataset: Dataset, split: str, logit: NDArray[np.float64]) -> Predictions:
    member = np.flatnonzero(dataset.split == split)
    records = [dataset.decoded.records[i] for i in member]
    return Predictions(
        image_id=np.array([record.image_id for record in records], dtype=object),
        patient_id=dataset.patient_id[member],
        y_true=dataset.label[member],
        logit=logit,
        subgroups=subgroup_columns(records),
    )


def _features(dataset: Dataset, split: str, scores: Scores) -> Features:
    member = np.flatnonzero(dataset.split == split)
    image_id = np.array([dataset.decoded.records[i].image_id for i in member], dtype=np.str_)
    return Features(image_id=image_id, values=scores.features.astype(np.float16))
