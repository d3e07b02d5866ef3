"""The two tables of a run folder, ``records.parquet`` and ``predictions.parquet``: written, read and checked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from core.disk import writing_whole
from core.errors import RunFolderError, TableError, WorkbenchError
from core.evaluation.evaluation_set import DateArray
from core.evaluation.predictions import IntArray, ObjectArray, Predictions, all_distinct
from core.runs.encoded import arrow, encoded, ids_column, texts
from core.runs.files import PREDICTIONS, RECORDS, REMEDY, reason, regular_size
from core.tables.on_disk import PART, columns_of, is_text, let_go

RECORD_TYPES: dict[str, pa.DataType] = {
    "image_id": pa.string(),
    "path": pa.string(),
    "label": pa.int64(),
    "patient_id": pa.string(),
    "split": pa.string(),
    "sha256": pa.string(),
    "width": pa.int64(),
    "height": pa.int64(),
}
"""Columns of ``records.parquet``; every further one is a subgroup, of text or null."""
PREDICTION_TYPES: dict[str, pa.DataType] = {
    "split": pa.string(),
    "image_id": pa.string(),
    "patient_id": pa.string(),
    "y_true": pa.int64(),
    "logit": pa.float64(),
}
NULLABLE = frozenset({"path", "sha256", "width", "height"})
SITE_PREDICTION_TYPES: dict[str, pa.DataType] = {
    "finding": pa.string(),
    "image_id": pa.string(),
    "patient_id": pa.string(),
    "y_true": pa.int64(),
    "logit": pa.float64(),
    "date": pa.date32(),
}
"""Columns of a site's ``predictions.parquet``."""
RESERVED = frozenset(RECORD_TYPES) | frozenset(PREDICTION_TYPES)
"""Names that no subgroup can have."""
_NAMES = frozenset({"finding", "image_id", "patient_id", "split"})
"""Columns of text without nulls, which stay in Arrow's form."""
COMPARED = ("image_id", "patient_id", "label", "split")
"""Columns of ``records.parquet`` that predictions must agree with."""
EVALUATED = ("validation", "test")
SPLITS = ("train", *EVALUATED)
_ROW_GROUP = 1 << 20


def records_table(records: pd.DataFrame) -> pa.Table:
    """``records`` as it is stored; :class:`RunFolderError` names the column that is missing or of another type."""
    return typed_records(records, RECORD_TYPES)


def typed_records(records: pd.DataFrame, types: Mapping[str, pa.DataType]) -> pa.Table:
    """As :func:`records_table`, with columns of these ``types``; every further one is a subgroup."""
    subgroups = [str(name) for name in records.columns if name not in types]
    types = {**types, **dict.fromkeys(subgroups, pa.string())}
    columns = {}
    for name, kind in types.items():
        try:
            columns[name] = pa.array(records[name], type=kind, from_pandas=True)
        except (KeyError, ValueError, TypeError, pa.ArrowException) as error:
            raise RunFolderError(f"{RECORDS}: column {name!r} cannot be written ({reason(error)})") from error
    return pa.table(columns)


def predictions_table(
    predictions: Mapping[str, Predictions], dates: Mapping[str, DateArray] = MappingProxyType({})
) -> pa.Table:
    """The predictions of validation and test, in this order, as they are stored. Logits keep every bit.

    A column of ``dates``, by split, is added where a day is known.
    """
    unknown = sorted(set(predictions) - set(EVALUATED))
    if unknown:
        raise RunFolderError(f"{PREDICTIONS}: holds validation and test only, not {', '.join(unknown)}")
    parts = [
        pa.table(
            {
                "split": repeated(split, predictions[split].n, pa.string()),
                "image_id": ids_column(predictions[split], "image_id"),
                "patient_id": ids_column(predictions[split], "patient_id"),
                "y_true": pa.array(predictions[split].y_true),
                "logit": pa.array(predictions[split].logit),
            }
        )
        for split in EVALUATED
        if split in predictions
    ]
    table = pa.concat_tables(parts) if parts else pa.schema(list(PREDICTION_TYPES.items())).empty_table()
    return with_days(table, [dates[split] for split in EVALUATED if split in dates])


def repeated(value: str | None, n: int, kind: pa.DataType) -> pa.ChunkedArray:
    """``value`` n times, which takes the memory of a part of them."""
    part = pa.repeat(pa.scalar(value, kind), min(n, PART))
    return pa.chunked_array([part[: n - start] for start in range(0, n, PART)], kind)


def with_days(table: pa.Table, dates: Sequence[DateArray]) -> pa.Table:
    """``table`` with the ``dates`` of its rows as a column, where a day is known."""
    days = np.concatenate([np.zeros(0, "datetime64[D]"), *dates])
    return table if np.isnat(days).all() else table.append_column("date", pa.array(days, type=pa.date32()))


def write_table(path: Path, table: pa.Table) -> None:
    """Write Parquet with a checksum on every page, whole or not at all, a part at a time; columns are stored in the
    types of :data:`RECORD_TYPES` and :data:`PREDICTION_TYPES`."""
    types = RECORD_TYPES | PREDICTION_TYPES
    kinds = [pa.string() if is_text(one.type) else types.get(one.name, one.type) for one in table.schema]
    schema = pa.schema(zip(table.column_names, kinds, strict=True))
    with writing_whole(path) as file, pq.ParquetWriter(file, schema, write_page_checksum=True) as writer:
        for start in range(0, len(table), _ROW_GROUP):
            writer.write_table(table.slice(start, _ROW_GROUP).cast(schema))
            let_go()


def read_table(path: Path) -> pa.Table:
    """A Parquet file whose page checksums hold, columns of much text on a disk; :class:`RunFolderError` with the reason
    otherwise."""
    with _opened(path) as file:
        schema = file.schema_arrow
        columns = columns_of(schema.types, (batch.columns for batch in file.iter_batches(batch_size=PART)))
        return pa.table(columns, schema.names)


def _parts(path: Path) -> Iterator[pa.Table]:
    """The rows of :func:`read_table` in parts, at least one, for whoever keeps less of each than is read."""
    with _opened(path) as file:
        groups = range(file.num_row_groups)
        yield from map(file.read_row_group, groups) if groups else [file.read()]


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    regular_size(path)
    try:
        with path.open("rb") as file:
            yield pq.ParquetFile(file, page_checksum_verification=True)
    except (OSError, ValueError, MemoryError, TableError, pa.ArrowException) as error:
        raise RunFolderError(f"{path}: is not readable as Parquet ({reason(error)}); {REMEDY}") from error


def _records(table: pa.Table, path: Path, names: Collection[str] | None = None) -> pd.DataFrame:
    subgroups = [name for name in table.column_names if name not in RECORD_TYPES]
    return checked_frame(table, RECORD_TYPES | dict.fromkeys(subgroups, pa.string()), path, names=names)


def check_tables(records: pa.Table, predictions: pa.Table, folder: Path) -> None:
    """The reader's own checks of tables that are to lie in ``folder``: :class:`RunFolderError` where it would refuse
    them. Where both have the same rows, as those of an import do, these are checked a part at a time."""
    records_at, path = folder / RECORDS, folder / PREDICTIONS

    starts = range(0, len(records), _ROW_GROUP)
    both = [tuple(table.slice(start, _ROW_GROUP) for table in (records, predictions)) for start in starts]
    same = len(both) > 1 and all(own["image_id"].equals(theirs["image_id"]) for own, theirs in both)
    distinct = same and all_distinct(texts(records["image_id"]))
    for own, theirs in both if distinct else [(records, predictions)]:
        frame = _records(own, records_at, COMPARED)
        _check_rows(frame, "label", SPLITS, records_at, distinct=distinct)
        check_agreement(predictions_frame(theirs, path, frame), frame, path)
        let_go()


def read_tables(folder: Path) -> tuple[pd.DataFrame, dict[str, Predictions]]:
    """Both tables of a run. The rows of ``records.parquet``: ``width`` and ``height`` are ``Int64``; ids and split are
    pandas' text, other text is Python's, None where it is absent. And the predictions of validation and test with the
    subgroups of its records; a split without images has n = 0.

    Raises :class:`RunFolderError` when one is not such a table or contradicts the other.
    """
    records_at, path = folder / RECORDS, folder / PREDICTIONS
    records = _records(read_table(records_at), records_at)
    evaluated = _evaluated(records)
    with ThreadPoolExecutor(2) as pool:  # Arrow lets go of the interpreter's lock
        checking = pool.submit(_check_rows, records, "label", SPLITS, records_at)
        encoding = pool.submit(encoded, arrow(evaluated["patient_id"].array))
        frame = _read_predictions(path, evaluated)
        checking.result()
        _check_predictions(frame, path, evaluated)
        of_them = check_agreement(frame, evaluated, path)
        patients = encoding.result()
    if of_them is not evaluated:
        patients = encoded(arrow(of_them["patient_id"].array))
    names = [str(name) for name in records.columns if name not in RECORD_TYPES]

    def of(split: str) -> Predictions:
        rows = _stretch(np.flatnonzero(frame["split"] == split))
        # Ids are those of the records, so that a run has them in memory once.
        return Predictions(
            image_id=of_them["image_id"].array[rows],
            patient_id=patients[rows],
            y_true=frame["y_true"].to_numpy(dtype=np.int8)[rows],
            logit=frame["logit"].to_numpy(dtype=np.float64)[rows],
            subgroups={name: of_them[name].to_numpy(dtype=object)[rows] for name in names},
        )

    try:
        with ThreadPoolExecutor(len(EVALUATED)) as pool:
            sets = dict(zip(EVALUATED, pool.map(of, EVALUATED), strict=True))
    except WorkbenchError as error:
        raise RunFolderError(f"{path}: {error}; {REMEDY}") from error
    return records, sets


def _read_predictions(path: Path, evaluated: pd.DataFrame) -> pd.DataFrame:
    """The table of predictions, its types checked. Where its ids are those of ``evaluated`` in the same order, as every
    writer leaves them, they are taken from there and never lie in memory twice."""
    ids = ["image_id", "patient_id"]
    parts: list[pd.DataFrame] = []
    begins = 0
    for part in _parts(path):
        frame = checked_frame(part, PREDICTION_TYPES, path)
        here = evaluated.iloc[begins : begins + len(frame)]
        if len(here) < len(frame) or any((frame[name].array != here[name].array).any() for name in ids):
            return checked_frame(read_table(path), PREDICTION_TYPES, path)
        parts.append(frame.drop(columns=ids))
        begins += len(frame)
    if begins < len(evaluated):
        return checked_frame(read_table(path), PREDICTION_TYPES, path)
    return pd.concat(parts, ignore_index=True).assign(**{name: evaluated[name].array for name in ids})


def _stretch(rows: IntArray) -> slice | IntArray:
    """Ascending ``rows`` as a slice where none is missing between them: Arrow then copies no text."""
    if len(rows) and rows[-1] - rows[0] == len(rows) - 1:
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def predictions_frame(table: pa.Table, path: Path, records: pd.DataFrame) -> pd.DataFrame:
    """``table`` as a DataFrame; :class:`RunFolderError` naming ``path`` when it is not a table of predictions. The ids
    of the checked ``records`` are distinct, which need not be found out again of the same ids."""
    frame = checked_frame(table, PREDICTION_TYPES, path)
    _check_predictions(frame, path, records)
    return frame


def _check_predictions(frame: pd.DataFrame, path: Path, records: pd.DataFrame) -> None:
    _check_rows(frame, "y_true", EVALUATED, path, distinct=_same_images(frame, _evaluated(records)))
    if not np.isfinite(frame["logit"].to_numpy(dtype=np.float64)).all():
        raise RunFolderError(f"{path}: column 'logit' has values that are not finite; {REMEDY}")


def checked_frame(
    table: pa.Table,
    types: Mapping[str, pa.DataType],
    path: Path,
    *,
    filled: frozenset[str] = RESERVED - NULLABLE,
    names: Collection[str] | None = None,
) -> pd.DataFrame:
    """The columns of ``types`` as a DataFrame, or those of ``names`` among them; :class:`RunFolderError` naming
    ``path`` where one of ``types`` is missing, of another type, or has empty cells though it is one of ``filled``."""
    columns = _columns(table, types, path, filled)
    series = {name: _series(name, column) for name, column in columns.items() if names is None or name in names}
    return pd.DataFrame(series, copy=False)


def _columns(
    table: pa.Table, types: Mapping[str, pa.DataType], path: Path, filled: frozenset[str]
) -> dict[str, pa.ChunkedArray]:
    found = dict(zip(table.column_names, table.columns, strict=True))
    if len(found) != table.num_columns:
        raise RunFolderError(f"{path}: has two columns of one name; {REMEDY}")
    columns = {}
    for name, kind in types.items():
        if name not in found:
            raise RunFolderError(f"{path}: has no column {name!r}; {REMEDY}")
        column = found[name]
        if not _fits(column.type, kind):
            raise RunFolderError(f"{path}: column {name!r} is of type {column.type}, expected {kind}; {REMEDY}")
        if column.null_count and name in filled:
            raise RunFolderError(f"{path}: column {name!r} has empty cells; {REMEDY}")
        columns[name] = column if is_text(kind) and is_text(column.type) else column.cast(kind)
    return columns


def _fits(found: pa.DataType, expected: pa.DataType) -> bool:
    """Whether a cast keeps every value: another width of integer or float, or a column of nothing but null."""
    if pa.types.is_null(found):
        return True
    if pa.types.is_string(expected):
        return bool(pa.types.is_string(found) or pa.types.is_large_string(found))
    if pa.types.is_date(expected):
        return bool(pa.types.is_date(found))
    if pa.types.is_integer(expected):
        return bool(pa.types.is_integer(found)) and found != pa.uint64()
    return bool(pa.types.is_floating(found))


def _series(name: str, column: pa.ChunkedArray) -> pd.Series[Any]:
    if name in {"width", "height"}:
        return pd.Series(column.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get))
    if pa.types.is_string(column.type) and name not in _NAMES:
        return pd.Series(python_text(column), dtype=object)
    return pd.Series(column.to_pandas())


def python_text(column: pa.ChunkedArray) -> ObjectArray:
    """A column of text (n,) as Python's, each distinct one made once; None where there is none."""
    if column.null_count == len(column):
        return np.full(len(column), None, dtype=object)
    encoded = column.dictionary_encode().combine_chunks()
    words = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(words[encoded.indices.fill_null(len(words) - 1).to_numpy()], dtype=object)


def _evaluated(records: pd.DataFrame) -> pd.DataFrame:
    kept = records["split"].isin(EVALUATED)
    return records if kept.all() else records[kept]


def _same_images(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """Whether both have the same images in the same order."""
    return len(one) == len(other) and bool((one["image_id"].array == other["image_id"].array).all())


def _check_rows(
    frame: pd.DataFrame, label: str, splits: tuple[str, ...], path: Path, *, distinct: bool = False
) -> None:
    problems = {
        f"column {label!r} has values other than 0 and 1": ~frame[label].between(0, 1),
        f"column 'split' has values other than {', '.join(splits)}": ~frame["split"].isin(splits),
        **(
            {}
            if distinct or all_distinct(frame["image_id"].array)
            else {"image_id is repeated": frame["image_id"].duplicated()}
        ),
        "image_id is empty": frame["image_id"] == "",
    }
    for problem, bad in problems.items():
        if bad.any():
            first = int(np.flatnonzero(bad.to_numpy(dtype=bool))[0]) + 1
            raise RunFolderError(f"{path}: {problem} (row {first}); {REMEDY}")


def check_agreement(predictions: pd.DataFrame, records: pd.DataFrame, path: Path) -> pd.DataFrame:
    """The rows of ``records`` that are evaluated, in the order of ``predictions``, which must tell of the same images,
    with the same patients, labels and splits.

    Raises :class:`RunFolderError` naming ``path`` where they do not.
    """
    found, expected = predictions, _evaluated(records)
    images = found["image_id"]
    if not _same_images(found, expected):
        place = pd.Index(expected["image_id"]).get_indexer(pd.Index(images))  # dear, and an import keeps the order
        if len(images) != len(expected) or (place < 0).any():
            raise RunFolderError(f"{path}: its images are not those of validation and test in {RECORDS}; {REMEDY}")
        expected = expected.iloc[place]
    for column, own in (("patient_id", "patient_id"), ("y_true", "label"), ("split", "split")):
        differs = np.flatnonzero(found[column].array != expected[own].array)
        if len(differs):
            image = images.iloc[int(differs[0])]
            raise RunFolderError(f"{path}: {column} of {image!r} is another one in {RECORDS}; {REMEDY}")
    return expected
