"""Scores in parts: which images, which parts, what is done already, and that a part has the scores of any other way."""

import json
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.data.decode import decode_image, to_square
from core.errors import ConfigError, DataError
from core.model.scorer import Scorer
from core.part_scores import PLAN, SKIPPED, ImagesToScore, Parts, PartScorer, images_to_score

CLASSES = ("NORMAL", "PNEUMONIA")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty images below two folders, whose names have a space, and one file that is damaged."""
    place, draw = tmp_path_factory.mktemp("images"), np.random.default_rng(2)
    for number in range(40):
        file = place / f"ward {number % 2}" / f"{number:03}.png"
        file.parent.mkdir(exist_ok=True)
        cv2.imwrite(str(file), draw.integers(0, 256, (90, 70), dtype=np.uint8))
    (place / "ward 0" / "damaged.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    (place / "notes.txt").write_text("no image")
    return place


@pytest.fixture(scope="module")
def scorer(network_file: Path) -> Scorer:
    return Scorer.load(network_file, temperature=1.7)


def many(count: int) -> ImagesToScore:
    return ImagesToScore(root="/data", paths=tuple(f"{number}.png" for number in range(count)))


def test_folder_address_and_table_name_the_same_images(folder: Path, tmp_path: Path):
    in_folder = images_to_score(str(folder), CLASSES)
    at_address = images_to_score(folder.as_uri(), CLASSES)
    paths = [f"{folder.name}/{path}" for path in in_folder.paths]
    pq.write_table(pa.table({"path": paths, "age": [3] * 41}), folder.parent / "table.parquet")
    of_table = images_to_score(str(folder.parent / "table.parquet"), CLASSES)
    assert len(in_folder.paths) == 41
    assert sorted(at_address.paths) == sorted([*in_folder.paths, "notes.txt"]), "every file below an address"
    assert list(of_table.paths) == paths


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"file": ["a.png"]}, "column 'path'"),
        ({"path": ["a.png", "a.png", "b.png"]}, "1 of 3 rows repeat a path"),
        ({"path": ["a.png", None]}, "1 of 2 rows repeat a path or have none"),
        ({"path": pa.array([], pa.string())}, "has no rows"),
    ],
)
def test_a_table_that_names_no_images_is_refused(tmp_path: Path, columns, said):
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    with pytest.raises(DataError, match=said):
        images_to_score(str(tmp_path / "t.parquet"), CLASSES)


def test_an_address_that_cannot_be_listed_is_refused(tmp_path: Path):
    with pytest.raises(DataError, match="cannot be listed"):
        images_to_score((tmp_path / "nothing").as_uri(), CLASSES)


@pytest.mark.parametrize("total", [1, 16, 41, 5_000, 1_000_000])
def test_every_image_is_in_one_part_and_parts_are_whole_batches(tmp_path: Path, total):
    parts = Parts(tmp_path / "to", many(total), "abc")
    sizes = [len(parts.paths(part)) for part in range(len(parts))]
    assert sum(sizes) == total
    assert all(size == sizes[0] and size % 16 == 0 for size in sizes[:-1])
    assert 0 < sizes[-1] <= 1024
    if total >= 5_000:
        assert len(parts) >= 64


def test_a_stopped_job_goes_on_and_another_one_is_refused(folder: Path, tmp_path: Path, scorer: Scorer):
    images = images_to_score(str(folder), CLASSES)
    parts = Parts(tmp_path / "to", images, "abc")
    assert parts.to_do() == [0, 1, 2]
    worker = PartScorer(scorers={"": scorer}, root=images.root)
    parts.write(1, worker.scores(parts.paths(1)))
    again = Parts(tmp_path / "to", images, "abc")
    assert again.to_do() == [0, 2]
    for part in again.to_do():
        again.write(part, worker.scores(again.paths(part)))
    assert again.to_do() == []
    assert again.counts() == (40, 1)
    for other in (Parts, images, "def"), (Parts, many(41), "abc"):
        with pytest.raises(ConfigError, match="other images or of another network"):
            other[0](tmp_path / "to", *other[1:])
    with pytest.raises(ConfigError, match="is not empty"):
        Parts(folder, images, "abc")
    assert json.loads((tmp_path / "to" / PLAN).read_text())["images"] == 41
    assert (tmp_path / "to" / SKIPPED).read_text().splitlines()[1].startswith('"notes.txt","not a JPEG')


@pytest.mark.parametrize("as_address", [False, True])
def test_parts_have_the_scores_of_the_scorer_and_a_reason_for_each_other_image(folder, tmp_path, scorer, as_address):
    images = images_to_score(folder.as_uri() if as_address else str(folder), CLASSES)
    parts = Parts(tmp_path / "to", images, "abc")
    for part in parts.to_do():
        parts.write(part, PartScorer(scorers={"": scorer}, root=images.root).scores(parts.paths(part)))
    table = pq.read_table(tmp_path / "to").to_pandas()  # all parts, and nothing else that lies there
    assert sorted(table["image_id"]) == sorted(images.paths)
    unread = table[table["logit"].isna()]
    assert set(unread["image_id"]) == {"ward 0/damaged.png", *(["notes.txt"] if as_address else [])}
    assert unread["reason"].str.len().min() > 5
    table = table.dropna(subset=["logit"])
    squares = np.stack([to_square(decode_image(folder / name, at_least=64).gray, 64) for name in table["image_id"]])
    logit = scorer.logits(squares[::-1])[::-1]
    assert (table["logit"] == logit).all(), "to the last bit, in other company"
    np.testing.assert_allclose(table["probability"], 1 / (1 + np.exp(-logit / 1.7)))
    assert table["reason"].isna().all()
