"""Scores of more images than one program should wait for: which are scored together, what is done, and one part's.

A part is a Parquet file of the images that one worker scores in one go. What is there is not made again, so that a job
that was stopped goes on; ``pyarrow.parquet.read_table(FOLDER)`` reads all of them as one table.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs

from core.data.decode import DecodedImage, decode_file, decode_image, to_square
from core.data.index import index_site
from core.data.limits import image_error
from core.data.records import SkippedFile
from core.disk import write_whole
from core.errors import ConfigError, DataError, ImageError
from core.model.scorer import BATCH, Scorer
from core.runs.files import reason
from core.runs.unread import REASON
from core.tables.writing import csv_text

PLAN, SKIPPED = "_scores.json", "_skipped.csv"
"""Files beside the parts; readers of a folder of Parquet files pass over names that begin so."""
PATH = "path"
"""The column of a table of images: where each lies, as seen from the table, or an address."""

FINDING = "finding"
_LARGEST, _PARTS = 1024, 64
_SCHEMA = pa.schema(
    [("image_id", pa.string()), ("logit", pa.float64()), ("probability", pa.float64()), (REASON, pa.string())]
)
_SEVERAL = _SCHEMA.insert(1, pa.field(FINDING, pa.string()))


@dataclass(frozen=True, kw_only=True, slots=True)
class ImagesToScore:
    """Images at ``paths`` below ``root``: a folder, or an address that pyarrow knows, ``s3://bucket/folder``."""

    root: str
    paths: tuple[str, ...]
    skipped: tuple[SkippedFile, ...] = ()


def images_to_score(place: str, class_names: tuple[str, str]) -> ImagesToScore:
    """The images of a folder (as :func:`core.data.index.index_site` finds them), of an address, or of a table of paths.

    A table is a Parquet file with the column ``path``: paths relative to the table, or addresses. Below an address
    every file is taken for an image. Raises DataError.
    """
    if "://" in place:
        return _at_address(place)
    if place.casefold().endswith(".parquet"):
        return _of_table(Path(place))
    index = index_site(Path(place), class_names)
    paths = tuple(record.path or record.image_id for record in index.records)
    return ImagesToScore(root=str(Path(place).absolute()), paths=paths, skipped=index.skipped)


def _at_address(address: str) -> ImagesToScore:
    try:
        where, root = fs.FileSystem.from_uri(address)
        files = [found for found in where.get_file_info(fs.FileSelector(root, recursive=True)) if found.is_file]
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{address}: cannot be listed ({reason(error)})") from error
    paths = sorted(PurePosixPath(found.path).relative_to(root).as_posix() for found in files)
    if not paths:
        raise DataError(f"{address}: no files found")
    return ImagesToScore(root=address, paths=tuple(paths))


def _of_table(file: Path) -> ImagesToScore:
    try:
        paths = pq.read_table(file, columns=[PATH])[PATH].cast(pa.string()).to_pylist()
    except (OSError, pa.ArrowException, KeyError) as error:
        raise DataError(f"{file}: not a Parquet file with a column {PATH!r} ({reason(error)})") from error
    named = [path for path in paths if path]
    if len(set(named)) < len(paths):
        raise DataError(f"{file}: {len(paths) - len(set(named)):,} of {len(paths):,} rows repeat a path or have none")
    if not paths:
        raise DataError(f"{file}: has no rows")
    return ImagesToScore(root=str(file.absolute().parent), paths=tuple(named))


@dataclass(frozen=True, slots=True)
class _Plan:
    """What a folder of parts is of; another job must not add to it."""

    checkpoint_sha256: str
    paths_sha256: str
    images: int
    images_a_part: int


class Parts:
    """The folder of parts of one job: which are to be done, and their files."""

    def __init__(self, folder: Path, images: ImagesToScore, checkpoint_sha256: str) -> None:
        """Make the folder, or go on in it. Raises ConfigError where it holds scores of another job or other files."""
        self.folder = folder
        self.images = images
        total = len(images.paths)
        # Full batches, and parts enough for every worker.
        self._size = BATCH * max(1, min(_LARGEST, total // _PARTS) // BATCH)
        paths = hashlib.sha256("\0".join((images.root, *images.paths)).encode("utf-8", "surrogateescape")).hexdigest()
        plan = _Plan(checkpoint_sha256, paths, total, self._size)
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / PLAN).exists():
            if json.loads((folder / PLAN).read_text(encoding="utf-8")) != asdict(plan):
                raise ConfigError(f"{folder}: holds scores of other images or of another network; name a new folder")
        elif any(folder.iterdir()):
            raise ConfigError(f"{folder}: is not empty, and holds no scores to go on with; name a new folder")
        else:
            write_whole(folder / PLAN, json.dumps(asdict(plan), indent=2).encode())
            rows = [(file.path, file.reason) for file in images.skipped]
            text = csv_text(("path", "reason"), rows, quoted=True)
            write_whole(folder / SKIPPED, text.encode(errors="backslashreplace"))

    def __len__(self) -> int:
        return -(-len(self.images.paths) // self._size)

    def file(self, part: int) -> Path:
        """Where the part of that number lies once it is done."""
        return self.folder / f"part-{part:06}.parquet"

    def paths(self, part: int) -> tuple[str, ...]:
        """The images of a part."""
        return self.images.paths[part * self._size : (part + 1) * self._size]

    def to_do(self) -> list[int]:
        """The parts that are not there yet."""
        return [part for part in range(len(self)) if not self.file(part).exists()]

    def write(self, part: int, scores: pa.Table) -> None:
        """Keep a part, whole or not at all. Raises OSError."""
        content, schema = io.BytesIO(), _SEVERAL if FINDING in scores.column_names else _SCHEMA
        pq.write_table(scores.select(schema.names).cast(schema), content, write_page_checksum=True)
        write_whole(self.file(part), content.getbuffer())

    def counts(self) -> tuple[int, int]:
        """How many images of the parts that are done have scores, and how many have none."""
        unread = 0
        for part in range(len(self)):
            scores = pq.read_table(self.file(part), columns=["image_id", "logit"])
            unread += len(scores.filter(scores["logit"].is_null())["image_id"].unique())
        return len(self.images.paths) - unread, unread


@dataclass(kw_only=True)
class PartScorer:
    """Scores images below ``root``: what a worker has in memory. ``scorers`` are those of one network by the findings
    of its run, in the order of its outputs."""

    scorers: Mapping[str, Scorer]
    root: str

    def scores(self, paths: Sequence[str]) -> pa.Table:
        """``image_id``, ``logit``, ``probability``, and the ``reason`` where an image could not be read; of a run with
        several findings a row each, with ``finding``."""
        scorer = next(iter(self.scorers.values()))
        size = scorer.preprocessing.image_size
        squares = np.empty((len(paths), size, size), dtype=np.uint8)
        reasons: list[str | None] = []
        for number, path in enumerate(paths):
            try:
                squares[number] = to_square(self._image(path, size).gray, size)
                reasons.append(None)
            except ImageError as error:
                reasons.append(str(error))
        read = np.array([reason is None for reason in reasons], dtype=bool)
        outputs = np.full((len(paths), len(self.scorers)), np.nan)
        outputs[read] = scorer.scores(squares, np.flatnonzero(read)).outputs
        tables = []
        for (finding, own), logit in zip(self.scorers.items(), outputs.T, strict=True):
            probability = own.probability(logit)
            columns = [list(paths), pa.array(logit, mask=~read), pa.array(probability, mask=~read), reasons]
            table = pa.table(columns, schema=_SCHEMA)
            if len(self.scorers) > 1:
                table = table.add_column(1, FINDING, [pa.array([finding] * len(paths), pa.string())])
            tables.append(table)
        return pa.concat_tables(tables)

    def _image(self, path: str, size: int) -> DecodedImage:
        if "://" not in path and self._address is None:
            return decode_image(Path(self.root) / path, at_least=size)
        try:
            where, name = fs.FileSystem.from_uri(path) if "://" in path else self._below_address(path)
            with where.open_input_file(name) as file:
                content = file.read()
        except (OSError, pa.ArrowException) as error:
            raise image_error(error) from error
        return decode_file(io.BytesIO(content), at_least=size)

    def _below_address(self, path: str) -> tuple[fs.FileSystem, str]:
        assert self._address is not None
        where, root = self._address
        return where, f"{root.rstrip('/')}/{path}"

    @cached_property
    def _address(self) -> tuple[fs.FileSystem, str] | None:
        return fs.FileSystem.from_uri(self.root) if "://" in self.root else None
