"""What a run's network says of films that are not like its own: the table of docs/strangers.md.

    python benchmarks/strangers.py runs/children [--films DIR]

Films of the run's test are shown as they are, and inverted, turned and mirrored; pages, noise, a hand and a lateral
chest are drawn here; photographs come with scikit-learn, and an adult's chest, a leg, ultrasound, CT and MR with the
package pydicom-data, where it is installed (`pip install pydicom-data`). ``--films`` adds a folder of image files.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import math
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import sklearn.datasets
from numpy.typing import NDArray
from PIL import Image

from core.errors import ImageError
from core.explain.pictures import Pictures
from core.films.features import read_features
from core.films.film import read_film
from core.films.reading import Reading, input_size, known_to, read
from core.films.strangeness import Acquaintance, alarms, conformal_limit
from core.runs.store import Run, read_run

Gray = NDArray[np.uint8]
MOST = 60
HALVES = 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path)
    parser.add_argument("--data", type=Path, help="where the images of the run lie now")
    parser.add_argument("--films", type=Path, help="a folder of further films")
    asked = parser.parse_args()
    run = read_run(asked.run)
    known = known_to(run)
    if known is None:
        raise SystemExit(f"{asked.run}: was made without features")
    print(
        f"Run {run.run_id}: {len(known.image_id):,} films of train, {len(known.validation):,} patients of validation.\n"
    )
    for line in measured(run, known):
        print(f"- {line}")
    print(
        "\n| shown | films | no radiograph | strange | known | as strange, of validation |"
        "\n|---|---:|---:|---:|---:|---:|"
    )
    for name, contents in shown(Pictures(run, asked.data), run, asked.films):
        print(row(run, known, name, contents))


def measured(run: Run, known: Acquaintance) -> Iterator[str]:
    """The share of films called strange by mistake, on test, and on halves of validation's patients."""
    sets = read_features(run) or {}
    if run.predictions("test").n:
        found = alarms(known, run.predictions("test"), sets["test"])
        interval = f"{100 * found.low:.1f} to {100 * found.high:.1f}" if math.isfinite(found.low) else "no interval"
        yield f"of test, {100 * found.value:.1f} % ({interval}) are called strange" + (
            f" ({found.reason})" if found.reason else ""
        )
    rates = list(halves(known.validation))
    if rates:
        yield (
            f"limit set on a random half of validation's patients, share of the other half beyond it: mean "
            f"{100 * np.mean(rates):.2f} %, middle 90 % of {len(rates)} halvings "
            f"{100 * np.quantile(rates, 0.05):.1f} to {100 * np.quantile(rates, 0.95):.1f} %"
        )
    else:
        yield "validation has too few patients to be halved (198 are needed)"


def halves(distances: NDArray[np.float64]) -> Iterator[float]:
    draw = np.random.default_rng(0)
    for _ in range(HALVES):
        order = draw.permutation(len(distances))
        own, other = np.split(distances[order], [len(order) // 2])
        limit = conformal_limit(np.sort(own))
        if not math.isnan(limit):
            yield float((other > limit).mean())


def row(run: Run, known: Acquaintance, name: str, contents: list[bytes]) -> str:
    counts, beyond = {"no radiograph": 0, "strange": 0, "known": 0}, []
    for content in contents:
        try:
            film = read_film(content, input_size(run))
        except ImageError:
            continue
        reading: Reading = read(run, film)
        beyond.append(known.as_strange(reading.distance))
        strange = reading.distance > (known.limit if math.isfinite(known.limit) else known.validation[-1])
        counts["no radiograph" if film.no_film else "strange" if strange else "known"] += 1
    share = f"{100 * np.median(beyond):.1f} %" if beyond else "—"
    return f"| {name} | {len(beyond)} | " + " | ".join(str(count) for count in counts.values()) + f" | {share} |"


def shown(pictures: Pictures, run: Run, folder: Path | None) -> Iterator[tuple[str, list[bytes]]]:
    ids = run.predictions("test").image_id
    own = [pictures.radiograph(str(name)) for name in np.random.default_rng(0).permutation(ids)[:MOST]]
    changes: dict[str, Callable[[Gray], Gray]] = {
        "test, as it is": lambda gray: gray,
        "test, inverted": lambda gray: 255 - gray,
        "test, turned by 90°": lambda gray: np.rot90(gray),
        "test, upside down": lambda gray: gray[::-1, ::-1],
        "test, mirrored": lambda gray: gray[:, ::-1],
        "test, its middle third alone": lambda gray: gray[gray.shape[0] // 3 : -gray.shape[0] // 3],
    }
    for name, change in changes.items():
        yield name, [png(np.ascontiguousarray(change(gray))) for gray in own]
    draw = np.random.default_rng(1)
    yield "noise", [png(draw.integers(0, 256, (256, 256), dtype=np.uint8)) for _ in range(20)]
    yield "smooth noise", [png(smooth(draw)) for _ in range(20)]
    yield "page of text, drawn", [png(page(draw)) for _ in range(10)]
    yield "hand, drawn", [png(hand(draw)) for _ in range(10)]
    yield "lateral chest, drawn", [png(lateral(draw)) for _ in range(10)]
    photographs = sklearn.datasets.load_sample_images().images
    yield "photograph in colour (scikit-learn)", [png(photograph) for photograph in photographs]
    yield "the same in grey", [png(cv2.cvtColor(photograph, cv2.COLOR_RGB2GRAY)) for photograph in photographs]
    if (found := importlib.util.find_spec("data_store")) is not None and found.submodule_search_locations:
        files = Path(next(iter(found.submodule_search_locations))) / "data"
        kinds = {
            "adult's chest": "RG1_UNCI",
            "adult's leg": "RG3_UNCI",
            "ultrasound": "US1_UNCI",
            "CT": "693_UNCI",
            "MR": "MR2_UNCI",
        }
        for name, file in kinds.items():
            yield f"{name} (pydicom-data, {file})", [(files / f"{file}.dcm").read_bytes()]
    if folder is not None:
        every = sorted(path for path in folder.rglob("*") if path.is_file())
        chosen = np.random.default_rng(0).permutation(len(every))[:MOST]
        yield f"films of {folder.name}", [every[at].read_bytes() for at in chosen]


def png(pixels: NDArray[np.uint8]) -> bytes:
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, "PNG")
    return content.getvalue()


def smooth(draw: np.random.Generator) -> Gray:
    return np.asarray(
        cv2.resize(draw.integers(0, 256, (8, 8), dtype=np.uint8), (256, 256), interpolation=cv2.INTER_CUBIC)
    )


def page(draw: np.random.Generator) -> Gray:
    """Lines of words on grey paper, as a scanned report has them."""
    paper = np.full((800, 600), 225, dtype=np.uint8)
    for line in range(30):
        words = "  ".join("".join(draw.choice(list("abcdefghijklmnoprstu"), draw.integers(2, 9))) for _ in range(8))
        cv2.putText(paper, words, (40, 50 + 24 * line), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 40, 1, cv2.LINE_AA)
    return np.asarray(np.clip(paper + draw.normal(0, 4, paper.shape), 0, 255).astype(np.uint8))


def hand(draw: np.random.Generator) -> Gray:
    """Five rays of bones in soft tissue on black."""
    picture = np.zeros((512, 400), dtype=np.float32)
    for angle, length in zip((-50, -18, -4, 10, 25), (190, 280, 300, 280, 230), strict=True):
        turn = np.deg2rad(angle + draw.normal(0, 3))
        end = (int(200 + length * np.sin(turn)), int(360 - length * np.cos(turn)))
        cv2.line(picture, (200, 380), end, 70, 46)
        for part in range(4):
            at = [(200 + (end[0] - 200) * f, 380 + (end[1] - 380) * f) for f in (part / 4 + 0.06, part / 4 + 0.2)]
            cv2.line(picture, *[(int(x), int(y)) for x, y in at], 190, 14)
    cv2.ellipse(picture, (200, 420), (80, 70), 0, 0, 360, 90, -1)
    return grained(picture, draw)


def lateral(draw: np.random.Generator) -> Gray:
    """A chest from the side: a bright spine behind, a heart in front, one dark field between."""
    picture = np.full((512, 420), 90, dtype=np.float32)
    cv2.ellipse(picture, (210, 240), (150, 210), 0, 0, 360, 45, -1)
    cv2.ellipse(picture, (130, 330), (90, 80), 20, 0, 360, 150, -1)
    cv2.ellipse(picture, (210, 470), (210, 70), -12, 0, 360, 180, -1)
    for vertebra in range(11):
        cv2.rectangle(
            picture, (320 - 2 * vertebra, 30 + 40 * vertebra), (360 - 2 * vertebra, 58 + 40 * vertebra), 200, -1
        )
    return grained(picture, draw)


def grained(picture: NDArray[np.float32], draw: np.random.Generator) -> Gray:
    soft = cv2.GaussianBlur(picture, (0, 0), 4) + draw.normal(0, 5, picture.shape)
    return np.asarray(np.clip(soft, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    main()
