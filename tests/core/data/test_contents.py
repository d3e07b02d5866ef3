"""What pictures show: blank ones and masks are told from radiographs, all else is only said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.config import TrainConfig, resolve
from core.data.contents import (
    BLANK,
    FEW_LEVELS,
    MASK,
    NO_CONTRAST,
    OTHER_SIZE,
    TWO_VALUED,
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
