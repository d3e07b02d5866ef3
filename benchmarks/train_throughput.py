"""How fast a fit is fed: the figures of the README's table of speed.

    python benchmarks/train_throughput.py [--data DIR] [--image-size 96]

1. images per second of the fit's own epoch against the same step on one fixed tensor;
2. the second epoch on 1,500 x 1,200 JPEG files against the plain way: Pillow, torchvision's transforms and a
   DataLoader, decoding every file in every epoch;
3. memory of the process's own (anonymous pages, so not the mapped file's) by number of images;
4. how long a second run waits for its pixels.

The two sides of a comparison take turns, so that a machine whose speed drifts is unfair to neither.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

from core.config import TrainConfig, resolve
from core.data.index import index_images
from core.data.pixels import decode_dataset
from core.data.sources import FolderSource
from core.model.augment import augment
from core.model.fit import Examples, Fit
from core.model.recipe import batches

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "chest-xray-pneumonia"
CPU = torch.device("cpu")


def decoded(folder: Path, cache: Path, image_size: int) -> Examples:
    """Every image of ``folder``, through the cache."""
    index = index_images(folder)
    data = decode_dataset(index.records, FolderSource(folder), image_size=image_size, cache=cache)
    label = np.array([record.label for record in data.records], dtype=np.int8)
    return Examples(pixels=data.pixels, rows=data.rows, label=label)


def some(examples: Examples, count: int) -> Examples:
    """``count`` images spread over ``examples``, so that both classes are in it."""
    chosen = np.linspace(0, len(examples.rows) - 1, count).astype(int)
    return Examples(pixels=examples.pixels, rows=examples.rows[chosen], label=examples.label[chosen])


def new_fit(config: TrainConfig, count: int) -> Fit:
    return Fit(config=config, device=CPU, steps=max(1, count // int(config.batch_size or 1)))


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def taking_turns(first: Callable[[], object], second: Callable[[], object], rounds: int) -> tuple[float, float, float]:
    """Median seconds of each, and the median of the ratios first / second round by round."""
    first(), second()  # warm up
    pairs = [(seconds(first), seconds(second)) for _ in range(rounds)]
    one, two = zip(*pairs, strict=True)
    return statistics.median(one), statistics.median(two), statistics.median(a / b for a, b in pairs)


def loop_against_fixed_tensor(examples: Examples, config: TrainConfig, *, count: int = 640, rounds: int = 5) -> None:
    """Figure 1. The fixed tensor is a batch already read and augmented; the step is the same."""
    train, state = some(examples, count), new_fit(config, count)
    size = int(config.batch_size or 1)
    fixed = torch.from_numpy(np.asarray(train.pixels[train.rows[:size]])).float()
    label = torch.from_numpy(train.label[:size].astype(np.float32))
    steps = sum(1 for _ in batches(train.rows, size))

    def fixed_steps() -> None:
        state.network.train()
        for _ in range(steps):
            state.step(fixed, label, 1e-4)

    def epoch() -> None:
        state.run_epoch(train, lambda done, total: None)

    slow, fast, ratio = taking_turns(fixed_steps, epoch, rounds)
    print(f"fit loop                 {count / fast:8.1f} images/s")
    print(f"same step, fixed tensor  {count / slow:8.1f} images/s")
    print(f"fit loop reaches         {100 * ratio:8.1f} % (median of {rounds} rounds)")


class PlainDataset(Dataset[tuple[torch.Tensor, torch.Tensor]]):
    """The plain way: decode, resize and augment each file when it is asked for."""

    def __init__(self, files: list[Path], labels: list[int], size: int) -> None:
        self.files, self.labels = files, labels
        self.transform = v2.Compose(
            [
                v2.Resize((size, size), antialias=True),
                v2.RandomAffine(12, translate=(0.1, 0.1), scale=(0.8, 1.2)),
                v2.ColorJitter(0.3, 0.3),
                v2.PILToTensor(),
            ]
        )

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, i: int) -> tuple[torch.Tensor, torch.Tensor]:
        with Image.open(self.files[i]) as image:
            return self.transform(image.convert("L"))[0], torch.tensor(float(self.labels[i]))


def large_files(source: Path, folder: Path, count: int) -> None:
    """``count`` JPEG files of 1,500 x 1,200, enlarged from ``source``, in two class folders."""
    draw = np.random.default_rng(0)
    for name in ("NORMAL", "PNEUMONIA"):
        (folder / name).mkdir(parents=True)
        for file in sorted((source / "train" / name).iterdir())[: count // 2]:
            image = cv2.resize(cv2.imread(str(file), cv2.IMREAD_GRAYSCALE), (1500, 1200), interpolation=cv2.INTER_CUBIC)
            grain = draw.normal(0, 3, image.shape)
            cv2.imwrite(str(folder / name / file.name), np.clip(image + grain, 0, 255).astype(np.uint8))


def second_epoch_against_plain(source: Path, scratch: Path, config: TrainConfig, *, count: int = 320) -> None:
    """Figure 2."""
    size, batch = int(config.image_size or 0), int(config.batch_size or 1)
    large_files(source, scratch / "large", count)
    examples = decoded(scratch / "large", scratch / "cache", size)
    state, plain_state = new_fit(config, count), new_fit(config, count)
    files = [file for name in ("NORMAL", "PNEUMONIA") for file in sorted((scratch / "large" / name).iterdir())]
    plain = PlainDataset(files, [int(file.parent.name == "PNEUMONIA") for file in files], size)
    loader = DataLoader(plain, batch_size=batch, shuffle=True, num_workers=2, drop_last=True)

    def plain_epoch() -> None:
        plain_state.network.train()
        for images, label in loader:
            plain_state.step(images, label, 1e-4)

    slow, fast, ratio = taking_turns(plain_epoch, lambda: state.run_epoch(examples, lambda done, total: None), rounds=3)
    print(f"1,500 x 1,200 JPEG, second epoch {count / fast:8.1f} images/s; plain way {count / slow:8.1f} images/s")
    print(f"  {ratio:.2f} times as fast at {size} px (median of 3 rounds)")


def own_memory() -> float:
    """Anonymous memory of this process in MiB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


def memory_by_images(examples: Examples, config: TrainConfig) -> None:
    """Figure 3: reading and augmenting only, which is what could grow."""
    state = new_fit(config, 32)
    for count in (1000, 2000, len(examples.rows)):
        part = some(examples, count)
        for chosen in batches(np.random.default_rng(0).permutation(count), int(config.batch_size or 1)):
            images = torch.from_numpy(np.asarray(part.pixels[part.rows[chosen]]))
            augment(images, state.recipe.augmentation, torch.Generator())
        print(f"own memory after {count:,} images: {own_memory():.0f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast a fit is fed.")
    parser.add_argument("--data", type=Path, default=REAL_DATA)
    parser.add_argument("--image-size", type=int, default=96)
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"error: {options.data} is not there; name the real data with --data DIR")
    config = resolve(TrainConfig(data=str(options.data), weights="none", image_size=options.image_size, device="cpu"))
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        first = seconds(lambda: decoded(options.data, scratch / "cache", options.image_size))
        second = seconds(lambda: decoded(options.data, scratch / "cache", options.image_size))
        examples = decoded(options.data, scratch / "cache", options.image_size)
        print(f"{len(examples.rows):,} files: first run decodes in {first:.1f} s, second run starts in {second:.2f} s")
        memory_by_images(examples, config)
        loop_against_fixed_tensor(examples, config)
        second_epoch_against_plain(options.data, scratch, config)


if __name__ == "__main__":
    main()
