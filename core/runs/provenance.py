"""Where a run's figures come from: versions, commit and a fingerprint of the data."""

from __future__ import annotations

import hashlib
import json
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pyarrow as pa

from core.runs.finding_tables import LABEL

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
    images, in the order of image_id."""
    ordered = records.sort_by("image_id")
    labels = [name for name in records.column_names if name == "label" or name.startswith(LABEL)]
    columns = [ordered.column(name).to_pylist() for name in ("image_id", "patient_id", "split", *labels, "sha256")]
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()


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
