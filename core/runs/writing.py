"""A run under way, and how it becomes whole: built in a hidden folder, sealed by its manifest, renamed into place."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from core.config import TrainConfig
from core.disk import sync
from core.errors import RunFolderError
from core.evaluation.evaluation_set import DateArray, EvaluationSet
from core.evaluation.predictions import Predictions
from core.evaluation.summary import METHODS, Evaluation
from core.runs import files
from core.runs.attachments import copy_checkpoint, write_history, write_skipped
from core.runs.files import partial_folder, refuse_taken, resume_command, write_json
from core.runs.finding_tables import asked, predictions_of, records_of
from core.runs.folder_lock import FolderLock, lock_folder, unlock
from core.runs.listed_files import listed_files
from core.runs.partial import FIT, IMPORT, begun_by, read_settings, save_settings, unfinished
from core.runs.provenance import git_commit, package_versions
from core.runs.seal import sealed
from core.runs.sealing import MAKE_ROOM, disk, in_place, remove, seal
from core.runs.shapes import check_manifest
from core.runs.tables import SPLITS, check_tables, predictions_table, records_table, write_table

_FIGURES = {files.CALIBRATION: "calibration", files.OPERATING_POINTS: "operating_points", files.METRICS: "metrics"}


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Answer:
    """What a run with several findings says of one: its images of validation and of test, by set, with the truths that
    are known, and the figures of those."""

    sets: Mapping[str, EvaluationSet]
    evaluation: Evaluation


class PartialRun:
    """A run that is being written, in ``<out>/.<run_id>.partial/``; no other process can write it meanwhile.

    What the caller puts into :attr:`path` beside the run's own files is scratch, and goes when the run is whole.
    """

    def __init__(
        self, *, out: Path, run_id: str, path: Path, config: TrainConfig, command: str, lock: FolderLock
    ) -> None:
        self.out = out
        self.run_id = run_id
        self.path = path
        self.config = config
        self.command = command
        self._lock = lock

    @classmethod
    def begin(cls, out: Path, run_id: str, config: TrainConfig, *, command: str = FIT) -> PartialRun:
        """Make the partial folder and save ``config`` in it, and which ``command`` began it, before anything else.

        What is left of an import that was not finished is cleared away. Raises :class:`RunFolderError` when the name is
        impossible, taken, or that of a fit that was not finished; where the disk refuses, nothing is left.
        """
        refuse_taken(out, run_id)
        path = partial_folder(out, run_id)
        with disk(path, stands=lambda: False, remedy=MAKE_ROOM):
            out.mkdir(parents=True, exist_ok=True)
            path.mkdir(exist_ok=True)
            return cls._open(out, run_id, config, command, resuming=False)

    @classmethod
    def resume(cls, out: Path, run_id: str, config: TrainConfig | None = None) -> PartialRun:
        """Continue a fit that was begun, with the settings saved in it.

        ``config`` begins the run where nothing of it is left. Raises :class:`RunFolderError` when there is nothing to
        continue, when an import began it, when the run is whole already, and when another process is writing it.
        """
        refuse_taken(out, run_id)
        path = partial_folder(out, run_id)
        if not path.is_dir():
            if config is None:
                raise RunFolderError(f"{path}: there is no unfinished run {run_id!r} to resume in {out}")
            return cls.begin(out, run_id, config)
        with disk(path, stands=lambda: False, remedy=MAKE_ROOM):
            return cls._open(out, run_id, config, FIT, resuming=True)

    @classmethod
    def _open(cls, out: Path, run_id: str, fresh: TrainConfig | None, command: str, *, resuming: bool) -> PartialRun:
        path = partial_folder(out, run_id)
        lock = lock_folder(path, to_be_renamed=True)
        try:
            began = begun_by(path)
            if began == FIT and not resuming:
                raise RunFolderError(f"{unfinished(out, run_id)}, delete that folder, or choose another name")
            if began == IMPORT and resuming:
                raise RunFolderError(unfinished(out, run_id))
            if began == FIT:
                config = read_settings(path)
            elif fresh is None:
                raise RunFolderError(f"{path}: has no {files.CONFIG}; delete the folder and begin the run again")
            else:
                config = fresh
                _start_over(path, config, command)
            return cls(out=out, run_id=run_id, path=path, config=config, command=command, lock=lock)
        except BaseException:
            unlock(lock)
            raise

    def finish(
        self,
        *,
        records: pd.DataFrame | pa.Table,
        predictions: Mapping[str, Predictions] = MappingProxyType({}),
        evaluation: Evaluation | None = None,
        findings: Mapping[str, Answer] = MappingProxyType({}),
        history: pd.DataFrame | None = None,
        skipped: Sequence[tuple[str, str]] | None = None,
        checkpoint: Path | None = None,
        features: Path | None = None,
        dates: Mapping[str, DateArray] = MappingProxyType({}),
        data: Mapping[str, Any],
    ) -> Path:
        """Write every file of the run, its manifest last, and rename the folder into place. Returns that place.

        A run with several ``findings`` has their answers in the place of ``predictions``, ``evaluation`` and ``dates``,
        and in ``records`` a column ``label:NAME`` of each (:mod:`core.runs.finding_tables`).
        ``records`` may be the table already, as it is stored. ``skipped`` holds pairs of path and reason,
        ``checkpoint`` is a file in :attr:`path` under any name, ``features`` the one called ``features.npz``. ``dates``
        holds the day of each image by split. ``data`` is what the manifest says about where the images came from: its
        ``kind`` is ``folder``, ``phantom`` or ``predictions``, by default told from the config; its ``fingerprint``
        becomes ``data_fingerprint``.
        None leaves a file out. Interrupted anywhere, it leaves the partial folder or the whole run, and can be called
        again. Raises :class:`RunFolderError` when a table contradicts the format, the disk fails or the name is taken;
        :class:`UnconfirmedError` where the run is whole and in its place, and the disk did not confirm that.
        """
        refuse_taken(self.out, self.run_id)
        final = self.out / self.run_id
        with disk(final, stands=lambda: in_place(self.path, final), remedy=self._remedy):
            (self.path / files.MANIFEST).unlink(missing_ok=True)
            if findings:
                table = self._write_several(records, findings)
            else:
                table = self._write_tables(records, predictions_table(predictions, dates))
            self._write_figures(evaluation, {name: answer.evaluation for name, answer in findings.items()})
            listed = list(files.ALWAYS)
            if history is not None:
                listed.append(write_history(self.path, history))
            if skipped is not None:
                listed.append(write_skipped(self.path, skipped))
            if checkpoint is not None:
                listed.append(copy_checkpoint(self.path, checkpoint))
            if features is not None:
                listed.append(features.name)
            path = self.path / files.MANIFEST
            manifest = check_manifest(sealed(self._manifest(table, data, listed)), path)
            sync(self.path)
            write_json(path, manifest)
            seal(self.path, final, keep={*listed, files.MANIFEST})
        self.close()
        return final

    @property
    def _remedy(self) -> str:
        again = f"make room, then continue with `{resume_command(self.out, self.run_id)}`"
        return again if self.command == FIT else MAKE_ROOM

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

    def _write_tables(self, records: pd.DataFrame | pa.Table, evaluated: pa.Table) -> pa.Table:
        table = records if isinstance(records, pa.Table) else records_table(records)
        # The reader's own checks, so that nothing is written that could not be read again.
        check_tables(table, evaluated, self.path)
        write_table(self.path / files.RECORDS, table)
        write_table(self.path / files.PREDICTIONS, evaluated)
        return table

    def _write_several(self, records: pd.DataFrame | pa.Table, findings: Mapping[str, Answer]) -> pa.Table:
        table = records if isinstance(records, pa.Table) else records_of(records, list(findings))
        evaluated = predictions_of({name: answer.sets for name, answer in findings.items()})
        asked(table, evaluated, list(findings), self.path)  # the reader's own checks
        write_table(self.path / files.RECORDS, table)
        write_table(self.path / files.PREDICTIONS, evaluated)
        return table

    def _write_figures(self, evaluation: Evaluation | None, several: Mapping[str, Evaluation]) -> None:
        """The three files of figures: of several findings with an entry each."""
        for file, field in _FIGURES.items():
            entries = {name: getattr(own, field) for name, own in several.items()}
            write_json(self.path / file, entries if several else getattr(evaluation, field))

    def _manifest(self, records: pa.Table, data: Mapping[str, Any], listed: Sequence[str]) -> dict[str, Any]:
        kind = "folder" if self.config.data is not None else "phantom"
        images = {name: pc.sum(pc.equal(records["split"], name)).as_py() or 0 for name in SPLITS}
        described = {"kind": kind, "images": images, **data}
        fingerprint = described.pop("fingerprint", None)
        return {
            "schema_version": files.SEVERAL_FINDINGS if "findings" in described else files.SCHEMA_VERSION,
            "methods": METHODS,
            "run_id": self.run_id,
            "created": datetime.now(UTC).isoformat(timespec="microseconds"),
            "config": self.config.to_dict(),
            "package_versions": package_versions(),
            "git_commit": git_commit(Path(__file__).resolve().parents[2]),
            "data": described,
            "data_fingerprint": fingerprint,
            "files": listed_files(self.path, listed),
        }


def _start_over(path: Path, config: TrainConfig, command: str) -> None:
    """Save ``config`` in a partial folder that holds nothing to go on from; where that fails, it goes."""
    try:
        for entry in path.iterdir():
            remove(entry)
        save_settings(path, config, begun_by=command)
        sync(path.parent)
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
