"""A run under way, and how it becomes whole: built in a hidden folder, sealed by its manifest, renamed into place."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.config import TrainConfig
from core.errors import RunFolderError
from core.evaluation.predictions import Predictions
from core.evaluation.summary import METHODS, Evaluation
from core.runs import files
from core.runs.attachments import copy_checkpoint, write_history, write_skipped
from core.runs.files import (
    check_run_id,
    partial_folder,
    put_in_place,
    reason,
    refuse_taken,
    regular_size,
    resume_command,
    sha256_of,
    sync,
    write_json,
)
from core.runs.folder_lock import FolderLock, lock_folder, unlock
from core.runs.provenance import git_commit, package_versions
from core.runs.reading import read_run, read_settings
from core.runs.tables import (
    SPLITS,
    check_agreement,
    predictions_frame,
    predictions_table,
    records_frame,
    records_table,
    write_table,
)

KEPT = frozenset({"overlays", "cache"})
"""Folders that the manifest does not cover and that are no scratch either."""


class PartialRun:
    """A run that is being written, in ``<out>/.<run_id>.partial/``; no other process can write it meanwhile.

    What the caller puts into :attr:`path` beside the run's own files is scratch, and goes when the run is whole.
    """

    def __init__(self, *, out: Path, run_id: str, path: Path, config: TrainConfig, lock: FolderLock) -> None:
        self.out = out
        self.run_id = run_id
        self.path = path
        self.config = config
        self._lock = lock

    @classmethod
    def begin(cls, out: Path, run_id: str, config: TrainConfig) -> PartialRun:
        """Make the partial folder and save ``config`` in it before anything else.

        Raises :class:`RunFolderError` when the name is impossible, taken, or that of a run that was not finished.
        """
        path = partial_folder(out, run_id)
        refuse_taken(out, run_id)
        with _disk(path):
            out.mkdir(parents=True, exist_ok=True)
            try:
                path.mkdir()
            except FileExistsError as error:
                unfinished = f"run {run_id!r} was begun and not finished ({path})"
                remedy = f"continue it with `{resume_command(out, run_id)}`, delete that folder, or choose another name"
                raise RunFolderError(f"{unfinished}: {remedy}") from error
            return cls._open(out, run_id, config)

    @classmethod
    def resume(cls, out: Path, run_id: str, config: TrainConfig | None = None) -> PartialRun:
        """Continue a run that was begun, with the settings saved in it.

        ``config`` begins the run where nothing of it is left. Raises :class:`RunFolderError` when there is nothing to
        continue, when the run is whole already, and when another process is writing it.
        """
        path = partial_folder(out, run_id)
        refuse_taken(out, run_id)
        if not path.is_dir():
            if config is None:
                raise RunFolderError(f"{path}: there is no unfinished run {run_id!r} to resume in {out}")
            return cls.begin(out, run_id, config)
        with _disk(path):
            return cls._open(out, run_id, config)

    @classmethod
    def _open(cls, out: Path, run_id: str, fresh: TrainConfig | None) -> PartialRun:
        path = partial_folder(out, run_id)
        lock = lock_folder(path, to_be_renamed=True)
        try:
            saved = path / files.CONFIG
            if not saved.exists():  # begun just now, or stopped between making the folder and saving the settings
                if fresh is None:
                    raise RunFolderError(f"{path}: has no {files.CONFIG}; delete the folder and begin the run again")
                write_json(saved, fresh.to_dict())
                sync(out)
            return cls(out=out, run_id=run_id, path=path, config=read_settings(saved), lock=lock)
        except BaseException:
            unlock(lock)
            raise

    def finish(
        self,
        *,
        records: pd.DataFrame,
        predictions: Mapping[str, Predictions],
        evaluation: Evaluation,
        history: pd.DataFrame | None = None,
        skipped: Sequence[tuple[str, str]] | None = None,
        checkpoint: Path | None = None,
        data: Mapping[str, Any],
    ) -> Path:
        """Write every file of the run, its manifest last, and rename the folder into place. Returns that place.

        ``skipped`` holds pairs of path and reason, ``checkpoint`` is a file in :attr:`path` under any name. ``data`` is
        what the manifest says about where the images came from: its ``kind`` is ``folder``, ``phantom`` or
        ``predictions``, by default told from the config; its ``fingerprint`` becomes ``data_fingerprint``.
        None leaves a file out. Interrupted anywhere, it leaves the partial folder or the whole run, and can be called
        again. Raises :class:`RunFolderError` when a table contradicts the format, the disk fails or the name is taken.
        """
        refuse_taken(self.out, self.run_id)
        with _disk(self.path):
            (self.path / files.MANIFEST).unlink(missing_ok=True)
            table = self._write_tables(records, predictions)
            write_json(self.path / files.CALIBRATION, evaluation.calibration)
            write_json(self.path / files.OPERATING_POINTS, evaluation.operating_points)
            write_json(self.path / files.METRICS, evaluation.metrics)
            listed = list(files.ALWAYS)
            if history is not None:
                listed.append(write_history(self.path, history))
            if skipped is not None:
                listed.append(write_skipped(self.path, skipped))
            if checkpoint is not None:
                listed.append(copy_checkpoint(self.path, checkpoint))
            manifest = self._manifest(table, data, listed)
            sync(self.path)
            write_json(self.path / files.MANIFEST, manifest)
            final = _seal(self.path, self.out / self.run_id, keep={*listed, files.MANIFEST})
        self.close()
        return final

    def close(self) -> None:
        """Let another process write this run; happens by itself when this one ends."""
        unlock(self._lock)

    def discard(self) -> None:
        """Remove what was written so far, unless the run is whole."""
        shutil.rmtree(self.path, ignore_errors=True)
        self.close()

    def __enter__(self) -> PartialRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _write_tables(self, records: pd.DataFrame, predictions: Mapping[str, Predictions]) -> pa.Table:
        table, evaluated = records_table(records), predictions_table(predictions)
        # The reader's own checks, so that nothing is written that could not be read again.
        frame = records_frame(table, self.path / files.RECORDS)
        path = self.path / files.PREDICTIONS
        check_agreement(predictions_frame(evaluated, path), frame, path)
        write_table(self.path / files.RECORDS, table)
        write_table(path, evaluated)
        return table

    def _manifest(self, records: pa.Table, data: Mapping[str, Any], listed: Sequence[str]) -> dict[str, Any]:
        kind = "folder" if self.config.data is not None else "phantom"
        images = {name: pc.sum(pc.equal(records["split"], name)).as_py() or 0 for name in SPLITS}
        described = {"kind": kind, "images": images, **data}
        fingerprint = described.pop("fingerprint", None)
        return {
            "schema_version": files.SCHEMA_VERSION,
            "methods": METHODS,
            "run_id": self.run_id,
            "created": datetime.now(UTC).isoformat(timespec="microseconds"),
            "config": self.config.to_dict(),
            "package_versions": package_versions(),
            "git_commit": git_commit(Path(__file__).resolve().parents[2]),
            "data": described,
            "data_fingerprint": fingerprint,
            "files": {
                name: {"sha256": sha256_of(self.path / name), "bytes": regular_size(self.path / name)}
                for name in listed
            },
        }


def finished_run(out: Path, run_id: str) -> Path | None:
    """The folder of the run ``run_id`` if it is whole, None if it is unfinished or there is none.

    A run that was stopped after its manifest was written and before it was renamed is put into its place first.
    Raises :class:`RunFolderError` when the run was finished and has been damaged since.
    """
    final, partial = out / check_run_id(run_id), partial_folder(out, run_id)
    if (final / files.MANIFEST).exists():
        return read_run(final).folder
    if not (partial / files.MANIFEST).exists():
        return None
    lock = lock_folder(partial, to_be_renamed=True)
    try:
        run = read_run(partial)
    except RunFolderError:
        return None  # `resume` writes it anew
    else:
        refuse_taken(out, run_id)
        with _disk(partial):
            return _seal(partial, final, keep={*run.manifest["files"], files.MANIFEST})
    finally:
        unlock(lock)


def _seal(partial: Path, final: Path, *, keep: set[str]) -> Path:
    for entry in partial.iterdir():
        if entry.name in keep | KEPT:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
    sync(partial)
    put_in_place(partial, final)
    sync(final.parent)
    return final


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    """What the operating system refuses, in words."""
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise RunFolderError(f"{where}: cannot be written ({reason(error)}); make room or use another --out") from error
