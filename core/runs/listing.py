"""Which runs there are: the list that a picker shows, and finding the one that was asked for."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from core.errors import RunFolderError
from core.evaluation.estimates.intervals import Estimate
from core.runs.files import MANIFEST, RECORDS, RUN_FILES, is_plain_name, partial_folder, reason
from core.runs.findings import finding_names
from core.runs.listed_files import check_files
from core.runs.partial import unfinished
from core.runs.reading import is_synthetic, read_manifest, read_metrics
from core.runs.seal import is_sealed
from core.runs.shapes import created_at
from core.tables.sheet import shown


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEntry:
    """A run in the list. Its figure is one of validation: test is looked at after the choice, not for it.
    ``validation_auroc`` is the value that was saved: interval methods change, and are applied once a run is opened.

    ``run_id`` is the folder's name, by which the run is found. ``problem`` says why a run cannot be opened, and the
    fields after it are then None; without a problem, only ``validation_auroc`` can be None. ``n_hidden`` of the images
    are those of test in a run that hides its test figures until a threshold is locked; whether one was, only its log
    tells (:func:`core.runs.hiding.nothing_revealed`). ``sealed`` says whether the manifest guards itself. ``findings``
    are their names where there are several, which then have no area in common.
    """

    run_id: str
    folder: Path
    problem: str | None = None
    created: datetime | None = None
    synthetic: bool | None = None
    sealed: bool | None = None
    n_images: int | None = None
    n_hidden: int | None = None
    validation_auroc: float | None = None
    findings: tuple[str, ...] = ()


def list_runs(out: Path) -> list[RunEntry]:
    """Every run in ``out``, the newest first, those with a problem last; empty when there is no such folder.

    Looks at manifest, metrics and the sizes of the files; that nothing was changed, only ``read_run`` can tell.
    Folders that are hidden or hold no file of a run are left out.
    """
    try:
        folders = sorted(entry for entry in out.iterdir() if not entry.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunFolderError(f"{out}: runs cannot be listed there ({reason(error)}); name another folder") from error
    entries = [_entry(folder) for folder in folders if _may_be_run(folder)]
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(entries, key=lambda entry: (entry.created is not None, entry.created or oldest), reverse=True)


def find_run(run: str, out: Path) -> Path:
    """The folder of the run that a person asked for by its id in ``out``, or by the folder's path.

    Raises :class:`RunFolderError` with the nearest names when there is none.
    """
    if is_plain_name(run) and (out / run).is_dir():
        return out / run
    if is_plain_name(run) and partial_folder(out, run).is_dir():
        raise RunFolderError(unfinished(out, run))
    try:
        if run and ((Path(run) / MANIFEST).exists() or (Path(run).is_dir() and not is_plain_name(run))):
            return Path(run)
    except (OSError, ValueError):
        pass  # too long for a path, or no path at all: then it is a name that is not found
    names = [entry.run_id for entry in list_runs(out)]
    if not names:
        raise RunFolderError(f"no run {shown(run)}: there are no runs in {out}; `python train.py` makes one")
    near = difflib.get_close_matches(run, names, n=3, cutoff=0.5) or names[:3]
    raise RunFolderError(f"no run {shown(run)} in {out}; there are {len(names)}, among them {', '.join(near)}")


def _images_of_test(folder: Path) -> int:
    splits: list[str] = pq.read_table(folder / RECORDS, columns=["split"])["split"].to_pylist()
    return splits.count("test")


def _may_be_run(folder: Path) -> bool:
    try:
        return folder.is_dir() and any((folder / name).exists() for name in (MANIFEST, *RUN_FILES))
    except OSError:
        return True  # a folder that cannot be looked into is listed with that as its problem


def _entry(folder: Path) -> RunEntry:
    try:
        manifest = read_manifest(folder)
        check_files(folder, manifest, hashes=False)
        names = finding_names(manifest)
        validations = [own["validation"] for own in read_metrics(folder, names).values()]
        hides = any(own is not None for own in validations) and manifest["config"]["hide_test"]
        auroc = validations[0]["auroc"] if len(names) == 1 and validations[0] is not None else None
        return RunEntry(
            run_id=folder.name,
            folder=folder,
            created=created_at(manifest, folder / MANIFEST),
            synthetic=is_synthetic(manifest),
            sealed=is_sealed(manifest),
            n_images=pq.read_metadata(folder / RECORDS).num_rows,
            n_hidden=_images_of_test(folder) if hides else 0,
            validation_auroc=None if auroc is None else Estimate.from_dict(auroc).value,
            findings=names if len(names) > 1 else (),
        )
    except (RunFolderError, OSError, ValueError, pa.ArrowException) as error:
        return RunEntry(run_id=folder.name, folder=folder, problem=reason(error))
