"""Where a run's figures come from: versions, commit and a fingerprint of the data."""

from __future__ import annotations

import hashlib
import json
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.evaluation.predictions import IntArray, ascend
from core.runs.encoded import take, texts
from core.runs.finding_tables import LABEL
from core.tables.on_disk import is_text, let_go

_PART = 100_000
_ESCAPED = r'[^ -~]|["\\]'
"""Signs that JSON of nothing but ASCII does not write as they are."""
PACKAGES = (
    "numpy",
    "scipy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "torch",
    "torchvision",
    "opencv-python-headless",
    "Pillow",
    "pydicom",
)


def data_fingerprint(records: pa.Table) -> str:
    """SHA-256 over image_id, patient_id, split, label (that of each finding, where there are several) and sha256 of all
    images, in the order of image_id: of these columns as JSON, which is made a part at a time."""
    labels = [name for name in records.column_names if name == "label" or name.startswith(LABEL)]
    ordered = records.select(["image_id", "patient_id", "split", *labels, "sha256"])
    rows = ordered_rows(ordered["image_id"])
    digest = hashlib.sha256()
    for place, column in enumerate(ordered.columns):
        digest.update(b"[[" if not place else b", [")
        for start in range(0, len(column), _PART):
            digest.update(b", " if start else b"")
            part = column.slice(start, _PART) if rows is None else take(column, rows[start : start + _PART])
            digest.update(_in_json(part))
            let_go()
        digest.update(b"]")
    digest.update(b"]")
    return digest.hexdigest()


def ordered_rows(ids: pa.ChunkedArray) -> IntArray | None:
    """The rows (n,) in the order of ``ids``; None where that is their own. Two sets that ascend, as those of an import
    often do, are merged, which is faster than to sort."""
    if ascend(texts(ids)):
        return None
    first, *others = ids.chunks
    if len(others) != 1 or not all(ascend(texts(pa.chunked_array([one]))) for one in ids.chunks):
        return np.asarray(pc.sort_indices(ids).to_numpy(), dtype=np.int64)
    before = pc.search_sorted(first, others[0], side="right").to_numpy().astype(np.int64)
    rows = np.full(len(ids), -1, dtype=np.int64)
    rows[before + np.arange(len(before))] = len(first) + np.arange(len(before))
    rows[rows < 0] = np.arange(len(first))
    return rows


def _in_json(column: pa.Array | pa.ChunkedArray) -> pa.Buffer:
    """The cells of a column of text or whole numbers as ``json.dumps`` writes a list of them, without its brackets."""
    written = column.cast(pa.string())
    if is_text(column.type):
        if pc.any(pc.match_substring_regex(written, _ESCAPED)).as_py():
            written = pa.chunked_array([[json.dumps(cell) for cell in written.to_pylist()]])
        else:
            written = pc.binary_join_element_wise('"', written, '"', "")
    cells = pc.fill_null(written, "null")
    cells = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    one = pa.ListArray.from_arrays([0, len(written)], cells)
    return pc.binary_join(one, ", ")[0].as_buffer()


def package_versions() -> dict[str, str]:
    """Versions of the installed packages that a run's figures depend on; those not installed are left out."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def git_commit(project: Path) -> str | None:
    """The commit of the folder ``project``; None without git, or when the folder is no repository of its own."""
    command = ["git", "-C", str(project), "rev-parse", "--show-toplevel", "HEAD"]
    try:
        answer = subprocess.run(
            command, capture_output=True, encoding="utf-8", timeout=10, check=True, errors="replace"
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = answer.stdout.splitlines()
    return lines[1] if len(lines) == 2 and Path(lines[0]).resolve() == project.resolve() else None
