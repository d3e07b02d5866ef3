"""How fast a folder is scored, and how much memory that takes: the figures of the README.

    python benchmarks/score.py [--data DIR] [--images 64] [--memory 1000,10000]

1. images per second of ``python -m core score`` (reading, decoding, hashing, judging, scoring, keeping) against the
   bare forward pass on one fixed tensor of the scorer's batch: JPEG files as they are at 224 and 96 pixels, and at 224
   pixels JPEG of 12 megapixels and DICOM of 12 bits and 2,000 x 2,500;
2. memory of the process's own (anonymous pages, so not the mapped file's) at its highest, by number of images.

The two sides of a comparison take turns. Ratios are of wall time and of processor time; on a machine with other work
the second tells more.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pydicom
import torch
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import DigitalXRayImageStorageForPresentation, ExplicitVRLittleEndian, generate_uid

from core.model.network import Preprocessing, build_network, prepare, save_checkpoint
from core.model.scorer import BATCH
from core.runs.files import CHECKPOINT, sha256_of
from core.runs.importer import import_predictions
from core.runs.store import Run, read_run
from core.scoring import score_folder

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "chest-xray-pneumonia"
ROUNDS = 3


def run_of(folder: Path, size: int) -> Run:
    """A run with a network that was not fitted: what it says is of no matter here."""
    rows = [f"{split}{i},{i % 2},{i % 2 - 0.4},{split}" for split in ("validation", "test") for i in range(20)]
    (folder / "rows.csv").write_text("image_id,y_true,logit,split\n" + "\n".join(rows), encoding="utf-8")
    run = read_run(import_predictions(folder / "rows.csv", name=f"of{size}", out=folder / "runs"))
    file = run.folder / CHECKPOINT
    save_checkpoint(file, build_network(), Preprocessing(image_size=size))
    files = {**run.manifest["files"], CHECKPOINT: {"sha256": sha256_of(file), "bytes": file.stat().st_size}}
    data = {**run.manifest["data"], "class_names": ["NORMAL", "PNEUMONIA"]}
    manifest = {**run.manifest, "files": files, "data": data}
    return replace(run, checkpoint=file, manifest=manifest, opened_for="PNEUMONIA")


def as_they_are(source: Path, folder: Path, count: int) -> None:
    files = sorted(source.rglob("*.jp*g"))
    for number in np.linspace(0, len(files) - 1, count).astype(int):
        shutil.copyfile(files[number], folder / f"{number}{files[number].suffix}")


def twelve_megapixels(source: Path, folder: Path, count: int) -> None:
    for number, file in enumerate(sorted(source.rglob("*.jp*g"))[:count]):
        image = cv2.resize(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), (4000, 3000), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{number}.jpeg"), image, [cv2.IMWRITE_JPEG_QUALITY, 95])


def dicom_files(source: Path, folder: Path, count: int) -> None:
    for number, file in enumerate(sorted(source.rglob("*.jp*g"))[:count]):
        image = cv2.resize(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), (2000, 2500), interpolation=cv2.INTER_CUBIC)
        meta = FileMetaDataset()
        meta.TransferSyntaxUID, meta.MediaStorageSOPInstanceUID = ExplicitVRLittleEndian, generate_uid()
        meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
        one = FileDataset(str(number), {}, file_meta=meta, preamble=b"\0" * 128)
        one.SOPClassUID, one.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
        one.Rows, one.Columns, one.SamplesPerPixel, one.PixelRepresentation = 2500, 2000, 1, 0
        one.PhotometricInterpretation, one.BitsAllocated, one.BitsStored, one.HighBit = "MONOCHROME2", 16, 12, 11
        one.PixelData = (image.astype(np.uint16) * 16).tobytes()
        pydicom.dcmwrite(folder / f"{number}.dcm", one, enforce_file_format=True)


def times(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the wall and of all processors."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def compare(run: Run, folder: Path, count: int, size: int) -> tuple[float, float, float, float]:
    """Images a second scored and by the bare forward pass, and the ratios of the two in wall and processor time."""
    network = build_network().eval()
    fixed = torch.from_numpy(np.random.default_rng(0).integers(0, 256, (BATCH, size, size), dtype=np.uint8))

    def bare() -> None:
        with torch.inference_mode():
            for _ in range(-(-count // BATCH)):
                network(prepare(fixed, Preprocessing(image_size=size)))

    def scored() -> None:
        for kept in (run.folder / "cache", run.folder.parent / ".cache"):
            shutil.rmtree(kept, ignore_errors=True)
        assert score_folder(run, folder, odd="keep").images.n == count

    scored(), bare()  # warm up
    pairs = [(times(bare), times(scored)) for _ in range(ROUNDS)]
    whole = -(-count // BATCH) * BATCH / count  # what the last batch was filled up with is no image
    wall = statistics.median(slow[0] / fast[0] for slow, fast in pairs) / whole
    processor = statistics.median(slow[1] / fast[1] for slow, fast in pairs) / whole
    bare_rate = count * whole / statistics.median(slow[0] for slow, _ in pairs)
    return count / statistics.median(fast[0] for _, fast in pairs), bare_rate, wall, processor


def own_memory() -> float:
    """Anonymous memory of this process in MiB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def highest_memory(count: int) -> float:
    """MiB at the highest while ``count`` images of 64 pixels are made, read and scored by a network of 32 pixels."""
    highest, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            highest[0] = max(highest[0], own_memory())

    with tempfile.TemporaryDirectory() as place:
        folder, draw = Path(place) / "images", np.random.default_rng(0)
        folder.mkdir()
        for number in range(count):
            cv2.imwrite(str(folder / f"{number:06d}.png"), draw.integers(0, 256, (64, 64), dtype=np.uint8))
        run = run_of(Path(place), 32)
        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        score_folder(run, folder)
        done.set()
        watcher.join()
    return highest[0]


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast a folder is scored.")
    parser.add_argument("--data", type=Path, default=REAL_DATA)
    parser.add_argument("--images", type=int, default=64, help="of each kind whose speed is measured; 0 for none")
    parser.add_argument("--memory", default="1000,10000", help="numbers of images, with commas between; empty for none")
    parser.add_argument("--measure", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(highest_memory(options.measure))
        return
    if not options.data.is_dir():
        raise SystemExit(f"error: {options.data} is not there; name the real data with --data DIR")
    kinds = (
        ("JPEG as they are", as_they_are, 224),
        ("JPEG as they are", as_they_are, 96),
        ("JPEG of 12 megapixels", twelve_megapixels, 224),
        ("DICOM, 2,000 x 2,500", dicom_files, 224),
    )
    if options.images:
        print(f"{'files':<22} {'px':>4} {'scored':>10} {'bare':>10}   wall  processor")
    for name, make, size in kinds if options.images else ():
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place) / "images"
            folder.mkdir()
            make(options.data, folder, options.images)
            scored, bare, wall, processor = compare(run_of(Path(place), size), folder, options.images, size)
        print(f"{name:<22} {size:>4} {scored:>8.1f}/s {bare:>8.1f}/s {wall:>6.2f} {processor:>10.2f}", flush=True)
    for count in (int(number) for number in options.memory.split(",") if number):
        command = [sys.executable, "-m", "benchmarks.score", "--measure", str(count)]
        found = subprocess.run(
            command, cwd=Path(__file__).parents[1], capture_output=True, encoding="utf-8", check=True
        )
        print(f"own memory at its highest, {count:>7,} images: {float(found.stdout):.0f} MiB", flush=True)


if __name__ == "__main__":
    main()
