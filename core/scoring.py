"""A folder of images scored by the network of a run: a further site with its images, or a table of scores."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.data.index import index_site
from core.data.pixels import DecodedDataset, decode_dataset
from core.data.records import DataIndex, SkippedFile, subgroup_columns
from core.data.sources import FolderSource
from core.dataset import without_odd
from core.evaluation.evaluation_set import EvaluationSet
from core.kept import KeptFiles
from core.run_scorer import run_scorer
from core.runs.files import CHECKPOINT
from core.runs.site_tables import ImageFiles
from core.runs.site_writing import add_sites
from core.runs.store import Run

if TYPE_CHECKING:
    from core.model.scorer import Scorer

_BLOCK = 256
"""So many logits are kept at once: what an interruption may lose."""

Progress = Callable[[str, int, int], None]
"""What is being done, how many images it is done for, and of how many."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class ScoredFolder:
    """The images of a folder that could be read: ``sets`` has them by each finding of the run, with its logits and
    truths; their files, what is odd about which (image_id -> why), and the ``index`` without its records."""

    index: DataIndex
    sets: dict[str, EvaluationSet]
    files: ImageFiles
    odd: dict[str, str]

    @property
    def images(self) -> EvaluationSet:
        """The images as the run's first finding has them."""
        return next(iter(self.sets.values()))

    @property
    def left_out(self) -> dict[str, int]:
        """How many files are not used, by reason."""
        return dict(Counter(reason for _, reason in self.files.skipped))


def score_folder(
    run: Run,
    folder: Path,
    *,
    labels: Path | None = None,
    finding: str | None = None,
    leave_out: Collection[str] = (),
    odd: str = "judge",
    progress: Progress = lambda what, done, total: None,
) -> ScoredFolder:
    """Every image in ``folder`` that the readers of the fit can read, with what the network of ``run`` gives it.

    Labels are those of :func:`core.data.index.index_site`, which is told ``finding`` and ``leave_out`` too. Pixels go
    into the cache beside the run, as those of a fit do, and logits into the run's own: what was stopped goes on from
    there, and what was scored once is not scored again. ``odd`` as in ``train.py --odd``. ``progress`` is told how far
    it is.

    Raises DataError where the folder or its table cannot be used, and as :func:`core.run_scorer.run_scorer`.
    """
    scorer = run_scorer(run)
    index = index_site(
        folder, class_names_of(run), labels=labels, finding=finding, leave_out=leave_out, findings=run.findings
    )
    decoded = decode_dataset(
        index.records,
        FolderSource(folder),
        image_size=scorer.preprocessing.image_size,
        cache=run.folder.parent / ".cache" / "pixels",
        progress=partial(progress, "decoding"),
    )
    index = replace(index, records=())  # ``decoded`` has them, with what it found: twice would be memory an image
    decoded, said = without_odd(decoded, index.class_names, odd)
    records = decoded.records
    truths = np.array([record.truths or [record.label] * len(run.findings) for record in records], dtype=np.float64)
    outputs = _outputs(run, scorer, decoded, partial(progress, "scoring"))
    first = EvaluationSet(
        image_id=np.array([record.image_id for record in records], dtype=object),
        patient_id=np.array([record.patient_id for record in records], dtype=object),
        y_true=truths[:, 0],
        logit=outputs[:, 0],
        date=np.full(len(records), "NaT", dtype="datetime64[D]"),
        subgroups=subgroup_columns(records),
    )
    return ScoredFolder(
        index=index,
        sets={
            name: replace(first, y_true=truths[:, place].copy(), logit=outputs[:, place].copy())
            for place, name in enumerate(run.findings)
        },
        files=ImageFiles(
            path=np.array([record.path for record in records], dtype=object),
            sha256=np.array([record.sha256 for record in records], dtype=object),
            width=decoded.width,
            height=decoded.height,
            skipped=_rows(index.skipped + decoded.skipped),
        ),
        odd=said,
    )


def class_names_of(run: Run) -> tuple[str, str]:
    """What the run calls its negative and its positive class."""
    negative, positive = run.manifest["data"]["class_names"]
    return str(negative), str(positive)


def add_scored(run: Run, name: str, scored: ScoredFolder, *, labels: Path | None = None) -> None:
    """Make ``scored`` the site ``name`` of ``run``, with images; its log says so. Raises as
    :func:`core.runs.site_writing.add_sites`."""
    index = scored.index
    source: dict[str, Any] = {
        "kind": "folder",
        "name": index.name,
        "data": str(None if index.root is None else index.root.absolute()),
        "labels": None if labels is None else str(labels.absolute()),
        "layout": index.layout,
        "changed_in_reading": list(index.changed),
        "odd_pictures": scored.odd,
        "checkpoint_sha256": run.manifest["files"][CHECKPOINT]["sha256"],
    }
    add_sites(run, {name: scored.sets}, source, pictures={name: scored.files})


def fitted_on(run: Run, scored: ScoredFolder) -> int:
    """How many of the files lie in the train split of ``run`` too, byte by byte."""
    train = set(run.records.loc[run.records["split"] == "train", "sha256"].dropna())
    return sum(digest in train for digest in scored.files.sha256)


def _rows(skipped: Sequence[SkippedFile]) -> tuple[tuple[str, str], ...]:
    return tuple((file.path, file.reason) for file in skipped)


def _outputs(
    run: Run, scorer: Scorer, decoded: DecodedDataset, progress: Callable[[int, int], None]
) -> NDArray[np.float64]:
    """The logit of each image and finding, (n, k), in blocks that are kept by the network and the images' pixels."""
    kept = KeptFiles(run.folder, "scores", ".logits")
    checkpoint, n = run.manifest["files"][CHECKPOINT]["sha256"], len(decoded.rows)
    outputs = np.empty((n, len(run.findings)), dtype=np.float64)
    progress(0, n)
    for start in range(0, n, _BLOCK):
        block = slice(start, min(start + _BLOCK, n))
        pixels = hashlib.sha256(" ".join(decoded.pixel_sha256[block]).encode()).hexdigest()
        key = f"{checkpoint} {scorer.device.type} {scorer.threads} {pixels}"
        content = kept.read(key)
        if content is None:
            content = scorer.scores(decoded.pixels, decoded.rows[block]).outputs.tobytes()
            kept.write(key, content)
        outputs[block] = np.frombuffer(content, dtype=np.float64).reshape(-1, outputs.shape[1])
        progress(block.stop, n)
    return outputs
