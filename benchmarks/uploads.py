"""What fifty radiographs of 12 megapixels cost, and whether the range of a film finds the errors.

    python benchmarks/uploads.py runs/children [--kind jpeg|png|dicom]

The first reads the films as the page Bring data does, one after the other, and prints the process's peak memory beside
that of the films' own bytes. The second looks at every image of test in nine ways and asks how well the range of its
logit tells wrong calls (at Youden's threshold) from right ones: the area under the curve, beside that of being near the
threshold, which costs nothing. Needs Linux, which tells memory at its peak.
"""

from __future__ import annotations

import argparse
import io
import resource
import time
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.metrics import roc_auc_score

from core.explain.pictures import Pictures
from core.films.film import read_film
from core.films.looks import LOOKS, looks
from core.films.reading import input_size, read
from core.run_scorer import run_scorer
from core.runs.store import Run, read_run

FILMS, WIDTH, HEIGHT = 50, 4000, 3000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--kind", choices=("jpeg", "png", "dicom"), default="jpeg")
    asked = parser.parse_args()
    run = read_run(asked.run)
    memory(run, asked.kind)
    if asked.kind == "jpeg":
        ranges(run)


def memory(run: Run, kind: str) -> None:
    film = content(kind)
    read(run, read_film(film, input_size(run)))  # the network is loaded before it is counted
    contents = [bytes(bytearray(film)) for _ in range(FILMS)]
    before, began, kept = peak(), time.perf_counter(), []
    for own in contents:
        decoded = read_film(own, input_size(run))
        kept.append((decoded, read(run, decoded)))
    seconds = time.perf_counter() - began
    print(
        f"{FILMS} films of {WIDTH * HEIGHT / 1e6:.0f} megapixels, {kind}: {FILMS * len(film) / 1e6:,.0f} MB of files, "
        f"peak {peak():,.0f} MB, of which {peak() - before:,.0f} MB on reading them; {seconds / FILMS:.2f} s a film"
    )


def content(kind: str) -> bytes:
    coarse = np.random.default_rng(0).integers(0, 256, (30, 40), dtype=np.uint8)
    film = Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    if kind != "dicom":
        film.save(file, kind)
        return file.getvalue()
    from pydicom.dataset import Dataset, FileMetaDataset

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.1"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.Rows, dataset.Columns, dataset.SamplesPerPixel = HEIGHT, WIDTH, 1
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PixelData = (np.asarray(film).astype(np.uint16) * 16).tobytes()
    dataset["PixelData"].VR = "OW"
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def peak() -> float:
    """Largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def ranges(run: Run) -> None:
    test, pictures, scorer = run.predictions("test"), Pictures(run), run_scorer(run)
    threshold = next(p["threshold"] for p in run.operating_points or () if p["name"] == "youden")
    size = scorer.preprocessing.image_size
    logit = np.concatenate(
        [
            scorer.logits(np.concatenate([looks(pictures.square(str(one), size)) for one in part]))
            for part in np.array_split(test.image_id, -(-test.n // 64))
        ]
    ).reshape(test.n, LOOKS)
    wrong = (logit[:, 0] >= threshold) != (test.y_true == 1)
    crosses = (logit >= threshold) != (logit[:, :1] >= threshold)
    crossing = crosses.any(axis=1)
    signs = {
        "range of the logit (highest less lowest of nine looks)": np.ptp(logit, axis=1),
        "near the threshold (less the distance on the logit)": -np.abs(logit[:, 0] - threshold),
        "looks on the other side of the threshold": crosses.sum(axis=1),
    }
    print(f"\nOf {test.n} calls on test {wrong.sum()} are wrong at Youden's threshold. How well they are told:")
    for name, sign in signs.items():
        print(f"  AUROC {roc_auc_score(wrong, sign):.3f}  {name}")
    print(
        f"Some look crosses the threshold in {crossing.sum()} films, {wrong[crossing].mean():.0%} of whose calls are "
        f"wrong; in the others {wrong[~crossing].mean():.1%}."
    )


if __name__ == "__main__":
    main()
