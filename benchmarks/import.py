"""How long an import takes, and how much memory at its peak, beside the bare Arrow reader on the same file.

    python benchmarks/import.py [--rows 100000 1000000] [--formats csv parquet] [--works bare read import] [--limit 1.5]

``--limit`` is how many GiB of data of its own each process may have (RLIMIT_DATA). Each figure is of a process of its
own, which begins with nothing read; seconds of the processor include its start. Half of the patients are validation,
with two images on average; the scores have eight decimals, so that nearly all are distinct. Needs Linux, which tells
memory at its peak.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def write_table(file: Path, rows: int) -> None:
    """Predictions of ``rows`` images, as CSV or Parquet by the name of ``file``."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.csv
    import pyarrow.parquet

    def called(before: str, numbers: np.ndarray, digits: int, after: str) -> pa.Array:
        numerals = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), digits, padding="0")
        return pc.binary_join_element_wise(before, numerals, after, "")

    rng = np.random.default_rng(0)
    y_true, patient = rng.integers(0, 2, rows), rng.integers(0, rows // 2, rows)
    table = pa.table(
        {
            "image_id": called("image-", np.arange(rows), 9, ".png"),
            "patient_id": called("patient-", patient, 8, ""),
            "y_true": y_true,
            "probability": np.round(1 / (1 + np.exp(-rng.normal(3 * y_true - 1.5))), 8),
            "split": np.where(patient % 2, "validation", "test"),
        }
    )
    if file.suffix == ".csv":
        pyarrow.csv.write_csv(table, file)
    else:
        pyarrow.parquet.write_table(table, file)


def read_bare(file: Path) -> None:
    """What Arrow alone needs for the file."""
    import pyarrow.csv
    import pyarrow.parquet

    if file.suffix == ".csv":
        pyarrow.csv.read_csv(file)
    else:
        pyarrow.parquet.read_table(file)


def read_rows(file: Path) -> None:
    """Every row read and judged, before figures are computed and a run is written."""
    from core.runs.prediction_rows import read_rows

    read_rows(file)


def import_whole(file: Path) -> None:
    """A whole run made of it."""
    from core.runs.importer import import_predictions

    import_predictions(file, name="benchmark", out=file.parent / f"runs-{file.suffix[1:]}")


WORK = {"bare": read_bare, "read": read_rows, "import": import_whole}


def measured(work: str, file: Path, limit: float | None) -> str:
    """Seconds and peak memory of a process that does ``work`` within ``limit`` GiB, in words, or how it failed."""
    command = [sys.executable, __file__, "--work", work, "--file", str(file)]
    command += [] if limit is None else ["--limit", str(limit)]
    done = subprocess.run(command, check=False, capture_output=True, encoding="utf-8")
    if done.returncode and limit is None:
        raise SystemExit(done.stderr)
    return f"failed ({done.stderr.strip().splitlines()[-1]})" if done.returncode else done.stdout.strip()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--formats", nargs="+", default=["csv", "parquet"], choices=["csv", "parquet"])
    parser.add_argument("--works", nargs="+", default=list(WORK), choices=WORK)
    parser.add_argument("--limit", type=float)
    parser.add_argument("--work", choices=WORK)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    if options.work:
        if options.limit:
            most = int(options.limit * 2**30)
            resource.setrlimit(resource.RLIMIT_DATA, (most, most))
        begun = time.perf_counter()
        WORK[options.work](options.file)
        seconds = time.perf_counter() - begun
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(f"{seconds:.1f} s ({time.process_time():.1f} s of the processor), {peak:.2f} GiB")
        return
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            for kind in options.formats:
                file = Path(folder) / f"table.{kind}"
                write_table(file, rows)
                told = "; ".join(f"{work} {measured(work, file, options.limit)}" for work in options.works)
                print(f"{rows:,} rows, {kind}, {file.stat().st_size / 2**20:.0f} MiB: {told}", flush=True)


if __name__ == "__main__":
    main()
