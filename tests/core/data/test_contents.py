"""What pictures show: blank ones and masks are told from radiographs, all else is only said."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.config import TrainConfig, resolve
from core.data.contents import (
    BLANK,
    DARK,
    FEW_LEVELS,
    MASK,
    NO_CONTRAST,
    OTHER_SIZE,
    TWO_VALUED,
    UNLIKE,
    Judgement,
    judge,
    two_labels,
)
from core.data.records import ImageRecord
from core.dataset import load_dataset

NAMES = ("NORMAL", "PNEUMONIA")


def disc(side: int = 64, radius: int = 20) -> np.ndarray:
    y, x = np.mgrid[:side, :side] - side // 2
    return np.where(x**2 + y**2 < radius**2, 255, 0).astype(np.uint8)


@pytest.fixture
def judged(gray: Callable[..., Any]) -> Callable[..., Judgement]:
    """Twelve radiographs in ``PNEUMONIA/images`` and ``NORMAL/images``, and these pictures besides."""

    def judging(extra: dict[str, np.ndarray], **sizes: tuple[int, int]) -> Judgement:
        pictures = {f"{NAMES[i % 2]}/images/{i}.png": gray(64, 64, i) for i in range(12)} | extra
        records = [
            ImageRecord(image_id=name, path=name, label=int(name.startswith("P")), patient_id=name) for name in pictures
        ]
        size = [sizes.get(Path(name).stem, (64, 64)) for name in pictures]
        return judge(records, np.stack(list(pictures.values())), np.arange(len(pictures)), size, NAMES)

    return judging


def test_radiographs_are_not_odd(judged):
    assert judged({}) == Judgement(left_out={}, said={})


@pytest.mark.parametrize("level", [0, 77, 255])
def test_a_blank_picture_is_left_out(judged, level):
    blank = np.full((64, 64), level, np.uint8)
    assert judged({"NORMAL/images/b.png": blank}).left_out == {"NORMAL/images/b.png": BLANK}


@pytest.mark.parametrize(
    "name",
    [
        "PNEUMONIA/lungs/1.png",  # a sibling folder of equal names
        "PNEUMONIA/masks/COVID-29.png",  # a folder called after masks
        "PNEUMONIA/Lung Masks/other.png",
        "PNEUMONIA/segmentation/1_mask.png",
        "PNEUMONIA/images/1_mask.png",  # an ending beside the picture
    ],
)
def test_a_mask_is_left_out_where_two_things_agree(judged, name):
    assert judged({name: disc()}).left_out == {name: MASK}
    assert judged({name: np.zeros((64, 64), np.uint8)}).left_out == {name: MASK}  # of a lung without a finding


@pytest.mark.parametrize("name", ["PNEUMONIA/images/x.png", "PNEUMONIA/lungs/x.png", "NORMAL/lungs/1.png"])
def test_black_and_white_alone_is_only_said(judged, name):
    found = judged({name: disc()})
    assert (found.left_out, found.said) == ({}, {name: TWO_VALUED})


def test_a_radiograph_in_a_folder_of_masks_is_kept(judged, gray):
    assert judged({"PNEUMONIA/masks/1.png": gray(64, 64, 99)}) == Judgement(left_out={}, said={})


def test_equal_names_in_the_two_classes_are_no_masks(gray):
    names = ["NORMAL/1.png", "PNEUMONIA/1.png", "train/NORMAL/2.png", "test/NORMAL/2.png"]
    records = [ImageRecord(image_id=n, path=n, label=int("PNEU" in n), patient_id=n) for n in names]
    pixels = np.stack([gray(64, 64, 0), disc(), gray(64, 64, 1), disc()])
    found = judge(records, pixels, np.arange(4), [(64, 64)] * 4, NAMES)
    assert found == Judgement(left_out={}, said={names[1]: TWO_VALUED, names[3]: TWO_VALUED})


def test_what_is_held_hardly_grows_with_the_pictures(gray):
    pixels, most = np.stack([gray(64, 64, i) for i in range(12)]), 8_000
    records = [ImageRecord(image_id=f"{i:06}.png", path=None, label=0, patient_id="") for i in range(most)]
    rows, size = np.arange(most) % len(pixels), [(64, 64)] * most

    def highest(count: int) -> int:
        tracemalloc.start()
        try:
            assert judge(records[:count], pixels, rows[:count], size[:count], NAMES) == Judgement(left_out={}, said={})
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert (highest(most) - highest(most // 2)) / (most // 2) < 100  # bytes


def test_little_contrast_few_levels_and_another_size_are_said(judged, gray):
    dark, posterised = gray(64, 64, 50) // 16, gray(64, 64, 51) // 32 * 32
    said = judged(
        {"NORMAL/images/d.png": dark, "NORMAL/images/p.png": posterised, "NORMAL/images/s.png": gray(64, 64, 52)},
        s=(12, 2000),
    ).said
    assert said == {
        "NORMAL/images/d.png": NO_CONTRAST,
        "NORMAL/images/p.png": FEW_LEVELS,
        "NORMAL/images/s.png": OTHER_SIZE,
    }


def test_pictures_with_two_labels_are_grouped():
    records = [
        ImageRecord(image_id=n, path=n, label=y, patient_id=n) for n, y in zip("abcde", (0, 1, 1, 1, 0), strict=True)
    ]
    assert two_labels(records, ["1", "1", "2", "2", "3"]) == (("a", "b"),)
    assert two_labels(records, ["1", "2", "3", "4", "5"]) == ()


@pytest.mark.parametrize(("odd", "images", "said"), [("judge", 42, 1), ("keep", 44, 3), ("drop", 41, 0)])
def test_the_flag_keeps_or_drops_what_is_odd(tmp_path, fill_folder, odd, images, said):
    data = tmp_path / "data"
    for number, name in enumerate(NAMES):
        fill_folder(data / name, [f"{i}.png" for i in range(20)], shape=(48, 48), seed=number)
    fill_folder(data / "NORMAL", ["same.png"], shape=(48, 48), seed=7)
    (data / "PNEUMONIA" / "same.png").write_bytes((data / "NORMAL" / "same.png").read_bytes())
    Image.fromarray(np.zeros((48, 48), np.uint8)).save(data / "NORMAL" / "blank.png")
    (data / "NORMAL" / "masks").mkdir()
    Image.fromarray(disc(48, 15)).save(data / "NORMAL" / "masks" / "0.png")
    Image.fromarray(disc(48, 10)).save(data / "NORMAL" / "lonely.png")
    (data / "NORMAL" / "19.png").unlink()
    config = resolve(TrainConfig(data=str(data), out=str(tmp_path), weights="none", image_size=48, odd=odd))
    found = load_dataset(config, tmp_path)
    assert len(found.decoded.records) == images
    assert len(found.odd) == said
    assert found.two_labels == (("NORMAL/same.png", "PNEUMONIA/same.png"),)
    assert {file.reason for file in found.skipped} >= ({BLANK, MASK} if odd != "keep" else set())


def write_set(folder: Path, write: Callable[[Path, np.ndarray], None], n: int = 16) -> None:
    """``n`` noisy pictures of 48 pixels in both classes, values 0 to 255, as ``write`` stores them."""
    rng = np.random.default_rng(1)
    for i in range(n):
        place = folder / NAMES[i % 2] / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        write(place, rng.integers(0, 256, (48, 48)))


def odd_of(folder: Path, out: Path) -> dict[str, str]:
    return load_dataset(resolve(TrainConfig(data=str(folder), image_size=32, weights="none")), out).odd


@pytest.mark.parametrize(("bits", "reason"), [(12, DARK[16]), (11, DARK[16]), (14, DARK[64]), (16, None), (15, None)])
def test_few_bits_in_16_bit_files_are_said_of_the_whole_set(tmp_path: Path, bits: int, reason: str | None) -> None:
    def write(place: Path, values: np.ndarray) -> None:
        Image.fromarray((values * ((1 << bits) - 1) // 255).astype(np.uint16)).save(place)

    write_set(tmp_path / "data", write)
    said = odd_of(tmp_path / "data", tmp_path / "out")
    assert set(said.values()) == ({reason} if reason else set())
    assert len(said) == (16 if reason else 0)


@pytest.mark.parametrize(
    ("mode", "usual", "words"),
    [
        ("RGB", "L", "colour, whereas nearly all others are 8-bit grey"),
        ("L", "RGB", "8-bit grey, whereas nearly all others are colour"),
        ("P", "L", "colours of a palette, whereas nearly all others are 8-bit grey"),
        ("RGBA", "L", "colour with transparency, whereas nearly all others are 8-bit grey"),
        ("I;16", "L", "16-bit grey, whereas nearly all others are 8-bit grey"),
    ],
)
def test_one_file_of_another_colour_mode_is_said(tmp_path: Path, mode: str, usual: str, words: str) -> None:
    def write(place: Path, values: np.ndarray) -> None:
        grey = Image.fromarray(values.astype(np.uint8))
        other = mode if place.stem == "5" else usual
        (Image.fromarray((values * 257).astype(np.uint16)) if other == "I;16" else grey.convert(other)).save(place)

    write_set(tmp_path / "data", write)
    for _ in range(2):  # the second time no file is opened: the cache knows
        assert odd_of(tmp_path / "data", tmp_path / "out") == {"PNEUMONIA/5.png": words}


def test_half_of_another_mode_is_no_odd_one(tmp_path: Path) -> None:
    def write(place: Path, values: np.ndarray) -> None:
        Image.fromarray(values.astype(np.uint8)).convert("RGB" if int(place.stem) % 4 else "L").save(place)

    write_set(tmp_path / "data", write)
    assert odd_of(tmp_path / "data", tmp_path / "out") == {}


def test_the_reported_masks_beside_radiographs_are_left_out_by_name(cases: Path, tmp_path: Path) -> None:
    place = cases / "images-beside-masks" / "COVID-19_Radiography_Dataset"
    config = TrainConfig(data=str(place), image_size=32, weights="none", positive_class="COVID")
    dataset = load_dataset(resolve(config), tmp_path)
    kept = [record.image_id for record in dataset.decoded.records]
    left_out = [skipped.path for skipped in dataset.skipped if skipped.reason == MASK]
    assert (len(kept), len(left_out)) == (70, 70)
    assert all("/images/" in image for image in kept) and all("/masks/" in path for path in left_out)


def test_the_reported_pictures_in_both_classes_are_named(cases: Path, tmp_path: Path) -> None:
    place = cases / "one-picture-two-labels"
    groups = load_dataset(resolve(TrainConfig(data=str(place), image_size=32, weights="none")), tmp_path).two_labels
    assert [pair[0] for pair in groups] == [f"NORMAL/IM-88{i}0-0001.jpeg" for i in range(5)]
    assert all(pair[1].startswith("PNEUMONIA/") for pair in groups)


@pytest.mark.parametrize("values", [(0, 1), (0, 255), (3, 7)])
def test_masks_of_any_two_values_are_left_out_though_they_are_shrunk(tmp_path: Path, values: tuple[int, int]) -> None:
    def write(place: Path, levels: np.ndarray) -> None:
        Image.fromarray(levels.astype(np.uint8)).save(place)

    write_set(tmp_path / "data", write)
    (tmp_path / "data" / "NORMAL" / "masks").mkdir()
    outline = np.where(disc(48, 15) != disc(48, 14), values[1], values[0]).astype(np.uint8)
    Image.fromarray(outline).save(tmp_path / "data" / "NORMAL" / "masks" / "0.png")
    dataset = load_dataset(resolve(TrainConfig(data=str(tmp_path / "data"), image_size=32, weights="none")), tmp_path)
    assert [(one.path, one.reason) for one in dataset.skipped] == [("NORMAL/masks/0.png", MASK)]


@pytest.mark.parametrize("step", [16, 32, 85])
def test_few_grey_levels_are_seen_before_the_picture_is_shrunk(tmp_path: Path, step: int) -> None:
    def write(place: Path, values: np.ndarray) -> None:
        Image.fromarray((values // step * step if place.stem == "5" else values).astype(np.uint8)).save(place)

    write_set(tmp_path / "data", write)
    for _ in range(2):  # the second time no file is opened: the cache knows
        assert odd_of(tmp_path / "data", tmp_path / "out") == {"PNEUMONIA/5.png": FEW_LEVELS}


CHANGES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "inverted": lambda gray: 255 - gray,
    "on its side": np.rot90,
    "a ramp": lambda gray: np.broadcast_to(np.arange(gray.shape[1], dtype=np.uint8), gray.shape),
    "noise": lambda gray: np.random.default_rng(5).integers(0, 256, gray.shape, dtype=np.uint8),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_picture_unlike_all_other_radiographs_is_said(cases: Path, tmp_path: Path, change: str) -> None:
    files = sorted((cases / "images-beside-masks").rglob("images/*.jpeg"))[:40]
    assert len(files) == 40
    for i, file in enumerate(files):
        gray = np.asarray(Image.open(file).convert("L"))
        place = tmp_path / "data" / NAMES[i % 2] / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.ascontiguousarray(CHANGES[change](gray) if i == 7 else gray)).save(place)
    assert odd_of(tmp_path / "data", tmp_path / "out") == {"PNEUMONIA/7.png": UNLIKE}


def test_pictures_of_two_kinds_are_not_unlike(cases: Path, tmp_path: Path) -> None:
    for i, file in enumerate(sorted((cases / "images-beside-masks").rglob("images/*.jpeg"))[:40]):
        gray = np.asarray(Image.open(file).convert("L"))
        place = tmp_path / "data" / NAMES[i % 2] / f"{i}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - gray if i % 4 < 2 else gray).save(place)
    assert odd_of(tmp_path / "data", tmp_path / "out") == {}


@pytest.mark.parametrize("copies", [1, 3, 4])
def test_other_pictures_in_both_classes_are_named(tmp_path: Path, copies: int) -> None:
    def write(place: Path, values: np.ndarray) -> None:
        Image.fromarray(values.astype(np.uint8)).save(place)

    write_set(tmp_path / "data", write)
    for i in range(copies):
        picture = (tmp_path / "data" / "NORMAL" / f"{2 * i}.png").read_bytes()
        (tmp_path / "data" / "PNEUMONIA" / f"copy{i}.png").write_bytes(picture)
    config = resolve(TrainConfig(data=str(tmp_path / "data"), image_size=32, weights="none"))
    groups = load_dataset(config, tmp_path / "out").two_labels
    assert set(groups) == {(f"NORMAL/{2 * i}.png", f"PNEUMONIA/copy{i}.png") for i in range(copies)}
