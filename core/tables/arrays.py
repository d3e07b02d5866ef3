"""NumPy's .npz as Arrow columns: every array is a column, all of one length."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.errors import TableError
from core.tables.workbook import packed_names

_KINDS = "biufUSM"
_LARGEST = 2**33


def is_arrays(content: bytes) -> bool:
    names = packed_names(content)
    return bool(names) and all(name.endswith(".npy") for name in names)


def parse_arrays(file: Path, content: bytes) -> tuple[list[str], list[pa.ChunkedArray]]:
    """Header and columns. An array of shape (n, 1) is a column as one of shape (n,) is.

    Raises :class:`TableError` for an array that cannot be read (one of Python objects never is), has several columns or
    another length than the first.
    """
    size = sum(entry.file_size for entry in zipfile.ZipFile(io.BytesIO(content)).infolist())
    if size > _LARGEST:
        raise TableError(f"{file}: holds {size / 2**30:.1f} GB once unpacked; save it as Parquet")
    header, columns = [], []
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            for name in arrays.files:
                header.append(name)
                columns.append(arrays[name])
    except (ValueError, OSError, zipfile.BadZipFile, EOFError, MemoryError) as error:
        raise TableError(f"{file}: is not readable as NumPy's .npz ({' '.join(str(error).split())})") from error
    rows = next((len(array) for array in columns if np.ndim(array)), 0)
    return header, [_column(file, name, array, rows) for name, array in zip(header, columns, strict=True)]


def _column(file: Path, name: str, array: np.ndarray | bytes, rows: int) -> pa.ChunkedArray:
    if isinstance(array, bytes):
        raise TableError(f"{file}: {name!r} is no array; write the file by numpy.savez")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1 or len(array) != rows:
        raise TableError(
            f"{file}: the array {name!r} has the shape {array.shape}; save each column as an array of its own, all of "
            "one length"
        )
    if array.dtype.kind not in _KINDS:
        raise TableError(f"{file}: the array {name!r} is of type {array.dtype}, expected numbers or text")
    try:
        if array.dtype.kind in "SU":
            text = np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array
            return pa.chunked_array([pa.array(text.tolist(), pa.string())])
        return pa.chunked_array([pa.array(np.ascontiguousarray(array.astype(_held(array.dtype))))])
    except (UnicodeError, pa.ArrowException) as error:
        raise TableError(f"{file}: the array {name!r} holds what cannot be read ({error})") from error


def _held(kind: np.dtype) -> np.dtype | str:
    """The type that Arrow has for what NumPy's ``kind`` holds."""
    if kind.kind == "M":
        return "datetime64[us]"
    return np.dtype(np.float64) if kind.kind == "f" and kind.itemsize > 8 else kind.newbyteorder("=")
