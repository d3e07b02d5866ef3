"""A file of MedMNIST becomes pictures and a table that a fit reads; what it is not is said."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core import __main__ as program
from core.data.index import index_images
from core.data.layouts.medmnist import CHEST, unpack
from core.errors import ConfigError, DataError


def write(path: Path, *, columns: int = 1, **other: np.ndarray) -> Path:
    draw, arrays = np.random.default_rng(0), {}
    for split, n in (("train", 6), ("val", 2), ("test", 3)):
        arrays[f"{split}_images"] = draw.integers(0, 256, (n, 28, 28), dtype=np.uint8)
        arrays[f"{split}_labels"] = (np.arange(n * columns).reshape(n, columns) % 2).astype(np.uint8)
    np.savez(path, **{**arrays, **other})
    return path


def test_pictures_labels_and_splits(tmp_path, capsys):
    file = write(tmp_path / "pneumoniamnist.npz")
    assert program.main(["unpack", str(file), str(tmp_path / "out")]) == 0
    assert "11 pictures" in capsys.readouterr().out
    index = index_images(tmp_path / "out", labels=tmp_path / "out" / "labels.csv")
    with np.load(file) as arrays:
        for record in index.records:
            split, number = record.image_id.removesuffix(".png").split("/")
            found = cv2.imread(str(tmp_path / "out" / record.image_id), cv2.IMREAD_UNCHANGED)
            assert (found == arrays[f"{split}_images"][int(number)]).all()
            assert record.label == arrays[f"{split}_labels"][int(number), 0]
    assert [record.split for record in index.records].count("validation") == 2


def test_one_of_fourteen(tmp_path):
    labels = np.zeros((3, 14), np.uint8)
    labels[1, CHEST.index("pneumonia")] = 1
    file = write(tmp_path / "chestmnist.npz", columns=14, test_labels=labels)
    unpack(file, tmp_path / "out", finding="Pneumonia")
    lines = (tmp_path / "out" / "labels.csv").read_text().splitlines()
    assert lines[-3:] == ["test/000000.png,0,test", "test/000001.png,1,test", "test/000002.png,0,test"]
    with pytest.raises(ConfigError, match="say which by --finding NAME"):
        unpack(file, tmp_path / "other")


def test_other_files_and_full_folders_are_refused(tmp_path):
    file = write(tmp_path / "m.npz")
    with pytest.raises(ConfigError, match="is there already and not empty"):
        unpack(file, tmp_path)
    with pytest.raises(ConfigError, match="one column of labels"):
        unpack(file, tmp_path / "out", finding="pneumonia")
    colour = write(tmp_path / "colour.npz", val_images=np.zeros((2, 28, 28, 3), np.uint8))
    with pytest.raises(DataError, match=r"val_images are uint8 \(2, 28, 28, 3\)"):
        unpack(colour, tmp_path / "out")
    short = write(tmp_path / "short.npz", val_labels=np.zeros((1, 1), np.uint8))
    with pytest.raises(DataError, match="val_labels do not fit its 2 pictures"):
        unpack(short, tmp_path / "out")
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(DataError, match="cannot be read as"):
        unpack(tmp_path / "text.npz", tmp_path / "out")
    np.savez(tmp_path / "else.npz", a=np.zeros(3))
    with pytest.raises(DataError, match="is no file of MedMNIST"):
        unpack(tmp_path / "else.npz", tmp_path / "out")
    assert not (tmp_path / "out").exists()
