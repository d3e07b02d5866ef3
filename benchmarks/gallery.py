"""How long the gallery waits for its thumbnails: a run of 10,000 JPEG files of about 1,200 x 1,000 pixels.

    python benchmarks/gallery.py [--images 10000]

The files are made here: 40 pictures, saved again and again with another comment, so that every file has its own
content and hash. They lie in the memory of the operating system, so a slow disk adds to what is measured.
"""

from __future__ import annotations

import argparse
import hashlib
import logging
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from core.config import TrainConfig
from core.evaluation.predictions import Predictions
from core.evaluation.summary import evaluate
from core.runs.store import PartialRun
from dashboard import gateway

PAGE = 60
DISTINCT = 40
TURNS = 20


def jpegs(rng: np.random.Generator) -> list[bytes]:
    """Pictures with the soft shapes and the grain of a radiograph, some 250 kB each."""
    made = []
    for _ in range(DISTINCT):
        height, width = rng.integers(950, 1050), rng.integers(1150, 1250)
        soft = cv2.resize(rng.uniform(20, 230, (9, 11)), (int(width), int(height)), interpolation=cv2.INTER_CUBIC)
        image = np.clip(soft + rng.normal(0, 5, soft.shape), 0, 255).astype(np.uint8)
        made.append(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
    return made


def commented(jpeg: bytes, text: str) -> bytes:
    """``jpeg`` with a comment segment after its first marker."""
    comment = text.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def write_run(folder: Path, count: int) -> Path:
    """A run whose test split has ``count`` images. Its network is never asked."""
    rng = np.random.default_rng(0)
    pictures, rows = jpegs(rng), []
    (folder / "data").mkdir()
    for i in range(count):
        content, name = commented(pictures[i % DISTINCT], str(i)), f"{i:06d}.jpeg"
        (folder / "data" / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        rows.append({"image_id": name, "path": name, "label": i % 2, "patient_id": f"p{i // 2}", "sha256": digest})
    records = pd.DataFrame(rows).assign(split="test", width=1200, height=1000)
    label = records["label"].to_numpy(np.int8)
    names = {key: records[key].to_numpy(object) for key in ("image_id", "patient_id")}
    test = Predictions(**names, y_true=label, logit=rng.normal(4.0 * label - 2), subgroups={})
    nothing = np.array([], dtype=object)
    validation = Predictions(
        image_id=nothing, patient_id=nothing, y_true=np.array([], np.int8), logit=np.array([]), subgroups={}
    )
    with PartialRun.begin(folder, "run", TrainConfig(data=str(folder / "data"), image_size=96)) as partial:
        (partial.path / "weights.pt").write_bytes(b"no network")
        return partial.finish(
            records=records,
            predictions={"validation": validation, "test": test},
            evaluation=evaluate(validation, test),
            checkpoint=partial.path / "weights.pt",
            data={},
        )


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def report(label: str, times: list[float]) -> None:
    print(f"{label:<42} {1000 * statistics.median(times):7.0f} ms (longest {1000 * max(times):.0f} ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description="Thumbnails of a large run.")
    parser.add_argument("--images", type=int, default=10_000)
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # the caches of Streamlit say that there is no server
    with tempfile.TemporaryDirectory() as scratch:
        started = time.perf_counter()
        folder = write_run(Path(scratch), options.images)
        bytes_of = sum(path.stat().st_size for path in (Path(scratch) / "data").iterdir())
        print(f"{options.images:,} files, {bytes_of / options.images / 1000:.0f} kB each", end="")
        print(f" (made in {time.perf_counter() - started:.0f} s)")
        run = gateway.run(folder)
        print(
            f"{'the run is opened for its pictures':<42} {1000 * seconds(lambda: gateway.pictures(run, None)):7.0f} ms"
        )
        pictures, image_ids = gateway.pictures(run, None), list(run.predictions("test").image_id)
        rng = np.random.default_rng(1)
        pages = [list(rng.choice(image_ids, PAGE, replace=False)) for _ in range(TURNS)]
        cold = []
        for page in pages:
            shutil.rmtree(folder / "cache", ignore_errors=True)
            cold.append(seconds(partial(gateway.thumbnails, pictures, page)))
        report(f"a page of {PAGE} that nobody has seen", cold)
        everything = seconds(lambda: gateway.thumbnails(pictures, image_ids))
        print(f"{'all thumbnails':<42} {len(image_ids) / everything:7.0f} images/s ({everything:.0f} s)")
        warm = [seconds(partial(gateway.thumbnails, pictures, page)) for page in pages]
        report(f"a page of {PAGE} that was made before", warm)


if __name__ == "__main__":
    main()
