"""What the gallery gets: shared objects, reasons instead of exceptions, marks that are never stale."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.errors import DataError, ImageError, RunFolderError
from core.runs.marks import Mark, write_mark
from core.runs.store import Run
from core.scoring import add_scored, score_folder
from dashboard import gateway


@pytest.fixture
def run(write_run_with_images, tmp_path: Path) -> Run:
    return gateway.run(write_run_with_images(tmp_path, "run"))


def a_mark(image_id: str, note: str) -> Mark:
    return Mark(
        finding="PNEUMONIA",
        evaluation_set="test",
        image_id=image_id,
        label_error=True,
        poor_image=False,
        ambiguous=False,
        note=note,
        reviewer="R",
        marked="2026-01-02T03:04:05+00:00",
    )


def test_pictures_are_one_object_for_all_readers_of_a_run(run: Run, tmp_path: Path):
    pictures = gateway.pictures(run, None)
    assert gateway.pictures(run, None) is pictures
    moved = Path(str(run.config.data)).rename(tmp_path / "moved")
    with pytest.raises(DataError, match="bring it back"):
        gateway.pictures(run, None)
    assert gateway.pictures(run, moved).data_folder == moved
    moved.rename(str(run.config.data))
    assert gateway.pictures(run, None) is pictures
    os.utime(run.folder / "manifest.json")
    assert gateway.pictures(gateway.run(run.folder), None) is not pictures


def test_thumbnails_come_in_order_and_with_reasons(run: Run):
    pictures, image_ids = gateway.pictures(run, None), [*run.records["image_id"][:6], "../x", "no such image"]
    (Path(str(run.config.data)) / image_ids[2]).unlink()
    (Path(str(run.config.data)) / image_ids[3]).write_bytes(b"changed")
    found = gateway.thumbnails(pictures, image_ids)
    for i in (0, 1, 4, 5):
        assert found[i] == pictures.thumbnail(image_ids[i])
    assert found[2] == "file is missing or not a regular file"
    assert "changed since the fit" in str(found[3])
    assert found[6] == found[7] == "is not an image of this run"
    assert gateway.thumbnails(pictures, []) == []


def test_radiographs_are_shared_and_cannot_be_changed(run: Run, tmp_path: Path):
    pictures, (first, second) = gateway.pictures(run, None), run.records["image_id"][:2]
    gray = gateway.radiograph(pictures, first)
    assert (gray == pictures.radiograph(first)).all()
    assert (gateway.radiograph(pictures, second) != gray).any()
    with pytest.raises(ValueError, match="read-only"):
        gray[0, 0] = 1
    with pytest.raises(ImageError):
        gateway.radiograph(pictures, "no such image")


def test_a_radiograph_is_that_of_its_run(write_run_with_images, tmp_path: Path):
    """The same image id in two runs, whose files differ."""
    grays = {}
    for name in ("one", "two"):
        run = gateway.run(write_run_with_images(tmp_path / name, "run"))
        image_id = run.records["image_id"][0]
        if name == "two":
            turned = tmp_path / "two" / "data" / image_id
            cv2.imwrite(str(turned), 255 - cv2.imread(str(turned), 0))
            run.records.loc[0, "sha256"] = sha256(turned.read_bytes()).hexdigest()
        grays[name] = gateway.radiograph(gateway.pictures(run, None), image_id)
        assert (grays[name] == cv2.imread(str(tmp_path / name / "data" / image_id), 0)).mean() > 0.9
    assert np.abs(grays["one"].astype(int) + grays["two"] - 255).mean() < 3


def test_every_part_of_a_heat_maps_name_gives_another(run: Run):
    asked = [
        (run.records["image_id"][0], "grad_cam", "layer3"),
        (run.records["image_id"][1], "grad_cam", "layer3"),
        (run.records["image_id"][0], "hires_cam", "layer3"),
        (run.records["image_id"][0], "grad_cam", "layer4"),
    ]
    maps = [gateway.heat_map(gateway.pictures(run, None), *one) for one in asked]
    for i, first in enumerate(maps):
        assert first.shape == (64, 64)
        assert all(np.abs(first - other).max() > 0.01 for other in maps[i + 1 :])
        assert (gateway.heat_map(gateway.pictures(run, None), *asked[i]) == first).all()


def test_heat_maps_of_many_readers_are_each_their_own(run: Run):
    asked = [(image_id, method) for image_id in run.records["image_id"][:3] for method in ("grad_cam", "hires_cam")]
    alone = [gateway.heat_map(gateway.pictures(run, None), image_id, method, "layer3") for image_id, method in asked]
    for path in (run.folder / "cache" / "heat_maps").rglob("*.png"):
        path.unlink()
    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(lambda one: gateway.heat_map(gateway.pictures(run, None), *one, "layer3"), asked * 3))
    assert all((found[i] == alone[i % len(alone)]).all() for i in range(len(found)))


def test_pointing_game_is_kept(write_run_with_images, tmp_path: Path):
    run = gateway.run(write_run_with_images(tmp_path, "run", phantoms=True))
    assert gateway.kept_pointing_game(run, "test", "grad_cam", "layer4") is None
    told: list[tuple[int, int]] = []
    game = gateway.pointing_game(
        gateway.pictures(run, None), "test", "grad_cam", "layer4", progress=lambda *step: told.append(step)
    )
    assert told[-1] == (4, 4)
    assert gateway.kept_pointing_game(run, "test", "grad_cam", "layer4") == game
    others = ("validation", "grad_cam", "layer4"), ("test", "hires_cam", "layer4"), ("test", "grad_cam", "layer3")
    for other in others:
        assert gateway.kept_pointing_game(run, *other) is None


def test_marks_are_read_again_when_anybody_marks(run: Run):
    assert gateway.marks(run) == {}
    first, second = run.predictions("test").image_id[:2]
    gateway.mark(run, a_mark(first, "one"))
    assert {mark.image_id: mark.note for mark in gateway.marks(run).values()} == {first: "one"}
    for note in ("two", "six"):  # of one length, and at once
        write_mark(run.folder, a_mark(second, note))
        assert gateway.marks(run)[(run.finding, "test", second, "R")].note == note
    write_mark(run.folder, replace(a_mark(first, "S's"), reviewer="S"))
    write_mark(run.folder, replace(a_mark(first, "of another set"), evaluation_set="north"))
    found = gateway.marks_of(run, "test")
    assert {name: [mark.note for mark in marks] for name, marks in found.items()} == {
        first: ["one", "S's"],
        second: ["six"],
    }
    assert gateway.marks_of(run, "validation") == {}
    gateway.marks(run).clear()
    assert len(gateway.marks(run)) == 4, "what one reader does to the marks is not seen by another"
    assert gateway.run(run.folder) is run, "marks do not make the run another one"
    (run.folder / "marks.csv").write_text("damaged")
    with pytest.raises(RunFolderError, match=r"marks\.csv"):
        gateway.marks(run)
    with pytest.raises(RunFolderError, match=r"marks\.csv"):
        gateway.mark(run, a_mark(first, "three"))


def test_an_image_the_size_of_the_input_gives_the_same_map_through_every_door(run: Run):
    from core.explain.gradcam import HeatMaps
    from core.model.scorer import Scorer

    image_id = run.records["image_id"][1]
    square = gateway.pictures(run, None).square(image_id, 64)
    found = gateway.heat_map(gateway.pictures(run, None), image_id, "layer_cam", "layer4")
    assert np.abs(found - HeatMaps(Scorer.load(run.checkpoint))(square, method="layer_cam")).max() < 1e-4


def test_the_images_of_a_site_come_from_its_own_folder(run, tmp_path):
    """A site whose image ids are those of test, and whose pictures are others."""
    folder = tmp_path / "far"
    (folder / "test").mkdir(parents=True)
    image_id = str(run.predictions("test").image_id[0])
    cv2.imwrite(str(folder / image_id), np.full((30, 20), 9, np.uint8) + np.arange(20, dtype=np.uint8))
    add_scored(run, "far", score_folder(run, folder))
    again = gateway.run(run.folder)
    grays = {name: gateway.radiograph(gateway.pictures(again, None, name), image_id) for name in ("test", "far")}
    assert (grays["test"].shape, grays["far"].shape) == ((240, 300), (30, 20))
    maps = [gateway.heat_map(gateway.pictures(again, None, name), image_id, "grad_cam", "layer2") for name in grays]
    assert (maps[0] != maps[1]).any()
    with pytest.raises(RunFolderError, match="one site at a time"):
        gateway.pictures(again, None, "all")
    folder.rename(tmp_path / "moved")
    with pytest.raises(DataError, match="the data folder of this site is not there"):
        gateway.pictures(again, None, "far")
    assert gateway.pictures(again, tmp_path / "moved", "far").data_folder == tmp_path / "moved"
