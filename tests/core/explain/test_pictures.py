"""The radiographs of a run: as the fit saw them or not at all, thumbnails that survive, and nothing from outside."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.data.decode import decode_image, to_square
from core.data.phantom import PhantomSource, opacity_mask
from core.errors import DataError, ImageError, RunFolderError
from core.explain.pictures import THUMBNAIL_SIDE, Pictures
from core.runs.importer import import_predictions
from core.runs.store import Run, read_run


@pytest.fixture
def run(write_run_with_images, tmp_path: Path) -> Run:
    return read_run(write_run_with_images(tmp_path, "run"))


@pytest.fixture(scope="module")
def phantoms(write_run_with_images, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return read_run(write_run_with_images(tmp_path_factory.mktemp("phantoms"), "run", phantoms=True))


def data_of(run: Run) -> Path:
    return Path(str(run.config.data))


def kept_thumbnails(run: Run) -> list[Path]:
    return sorted((run.folder / "cache" / "thumbnails").iterdir())


def decoded(jpeg: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_UNCHANGED)


def test_each_id_gives_its_own_file(run: Run):
    pictures = Pictures(run)
    for image_id in run.records["image_id"]:
        gray = pictures.radiograph(image_id)
        assert gray.shape == (240, 300)
        assert (gray == decode_image(data_of(run) / image_id).gray).all()
        assert (pictures.square(image_id, 64) == to_square(decode_image(data_of(run) / image_id).gray, 64)).all()


@pytest.fixture
def large(write_run_with_images, tmp_path: Path) -> tuple[Pictures, str, Path]:
    """A JPEG of 1200 x 960 with detail that only its full size holds, its id, and its file."""
    path = tmp_path / "data" / "large.jpeg"

    def change(records):
        rng = np.random.default_rng(9)
        coarse = cv2.resize(rng.integers(0, 256, (6, 8), dtype=np.uint8), (1200, 960), interpolation=cv2.INTER_CUBIC)
        gray = np.clip(coarse + rng.normal(0, 40, (960, 1200)), 0, 255).astype(np.uint8)
        cv2.imwrite(str(path), gray, [cv2.IMWRITE_JPEG_QUALITY, 95])
        records.loc[0, ["path", "sha256"]] = "large.jpeg", _sha256(path)
        return records

    run = read_run(write_run_with_images(tmp_path, "run", change=change))
    return Pictures(run), run.records["image_id"][0], path


def at_scale(path: Path, scale: int) -> np.ndarray:
    """The file as libjpeg decodes it at 1 / ``scale`` of its size."""
    with Image.open(path) as image:
        image.draft("L", (image.width // scale, image.height // scale))
        return np.asarray(image)


@pytest.mark.parametrize(
    ("at_least", "scale"), [(60, 8), (61, 4), (64, 4), (120, 4), (121, 2), (240, 2), (241, 1), (960, 1), (None, 1)]
)
def test_a_large_file_is_decoded_as_small_as_leaves_twice_what_is_needed(large, at_least: int | None, scale: int):
    """Its shorter side of 960 is 120 at an eighth, 240 at a quarter and 480 at a half."""
    pictures, image_id, path = large
    gray = pictures.radiograph(image_id, at_least=at_least)
    assert gray.shape == (960 // scale, 1200 // scale)
    assert (gray == at_scale(path, scale)).all()


@pytest.mark.parametrize(("size", "scale"), [(60, 8), (64, 4), (224, 2), (512, 1)])
def test_a_square_is_made_from_the_reduced_file_as_in_the_fit(large, size: int, scale: int):
    pictures, image_id, path = large
    square = pictures.square(image_id, size)
    expected = cv2.resize(at_scale(path, scale), (size, size), interpolation=cv2.INTER_AREA)
    assert (square == expected).all()
    if scale > 1:
        whole = cv2.resize(at_scale(path, 1), (size, size), interpolation=cv2.INTER_AREA)
        assert (square != whole).any(), "the two can be told apart"


def test_a_thumbnail_is_no_smaller_than_its_side(large):
    """192 of 1200: the shorter side is decoded at 240, the longest stays above the thumbnail's."""
    pictures, image_id, path = large
    small = decoded(pictures.thumbnail(image_id))
    assert small.shape == (154, 192)
    expected = cv2.resize(at_scale(path, 4), (192, 154), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - expected).mean() < 6


def test_thumbnails_are_small_true_and_made_once(run: Run, monkeypatch: pytest.MonkeyPatch):
    pictures = Pictures(run)
    made = {image_id: pictures.thumbnail(image_id) for image_id in run.records["image_id"]}
    for image_id, jpeg in made.items():
        small = decoded(jpeg)
        assert small.shape == (154, THUMBNAIL_SIDE)
        expected = cv2.resize(pictures.radiograph(image_id), (192, 154), interpolation=cv2.INTER_AREA)
        assert np.abs(small.astype(int) - expected).mean() < 3
    assert len(kept_thumbnails(run)) == len(made)
    shutil.rmtree(data_of(run) / "train")
    again = Pictures(run)
    assert {image_id: again.thumbnail(image_id) for image_id in made} == made


@pytest.mark.parametrize("shape", [(2400, 300), (300, 2400), (40, 50), (8, 8)])
def test_thumbnails_keep_the_shape_and_never_grow(write_run_with_images, tmp_path: Path, shape: tuple[int, int]):
    def change(records):
        cv2.imwrite(str(tmp_path / "data" / "x.jpeg"), np.full(shape, 90, np.uint8))
        records.loc[0, ["path", "sha256"]] = "x.jpeg", _sha256(tmp_path / "data" / "x.jpeg")
        return records

    run = read_run(write_run_with_images(tmp_path, "run", change=change))
    small = decoded(Pictures(run).thumbnail(run.records["image_id"][0]))
    scale = min(1, THUMBNAIL_SIDE / max(shape))
    assert small.shape == tuple(round(side * scale) for side in shape)


@pytest.mark.parametrize("content", [b"", b"\xff\xd8\xff\xd9", b"not a jpeg"])
def test_a_damaged_thumbnail_is_made_again(run: Run, content: bytes):
    pictures, image_id = Pictures(run), run.records["image_id"][0]
    jpeg = pictures.thumbnail(image_id)
    (kept,) = kept_thumbnails(run)
    kept.write_bytes(content)
    assert pictures.thumbnail(image_id) == jpeg
    assert decoded(kept.read_bytes()).shape == (154, 192), "viewers can show what is kept"


def test_without_a_cache_thumbnails_are_made_each_time(run: Run):
    (run.folder / "cache").write_text("a file in the way")
    jpeg = Pictures(run).thumbnail(run.records["image_id"][0])
    assert decoded(jpeg).shape == (154, 192)


def test_many_threads_get_their_own_thumbnails(run: Run):
    alone = [Pictures(run).thumbnail(image_id) for image_id in run.records["image_id"]]
    shutil.rmtree(run.folder / "cache")
    pictures = Pictures(run)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(pictures.thumbnail, list(run.records["image_id"]) * 4)) == alone * 4


def test_an_image_that_was_changed_is_not_shown(run: Run):
    pictures, (first, second) = Pictures(run), run.records["image_id"][:2]
    shutil.copyfile(data_of(run) / second, data_of(run) / first)
    for ask in (pictures.radiograph, pictures.thumbnail, lambda image_id: pictures.square(image_id, 64)):
        with pytest.raises(ImageError, match="changed since the fit"):
            ask(first)
    assert pictures.radiograph(second).shape == (240, 300)


def test_images_that_cannot_be_shown_are_image_errors(run: Run):
    pictures, (missing, folder, pipe) = Pictures(run), run.records["image_id"][:3]
    for image_id in (missing, folder, pipe):
        (data_of(run) / image_id).unlink()
    (data_of(run) / folder).mkdir()
    os.mkfifo(data_of(run) / pipe)
    for image_id in (missing, folder, pipe):
        with pytest.raises(ImageError, match="missing or not a regular file"):
            pictures.thumbnail(image_id)
    for image_id in ("", "no such image", "../x"):
        with pytest.raises(ImageError, match="not an image of this run"):
            pictures.radiograph(image_id)
        with pytest.raises(ImageError):
            pictures.opacity(image_id)


@pytest.mark.parametrize("path", ["../secret.jpeg", "{outside}/secret.jpeg", "train/../../secret.jpeg", "..", "a\0b"])
def test_a_record_never_leads_out_of_the_data_folder(write_run_with_images, tmp_path: Path, path: str):
    secret = tmp_path / "secret.jpeg"
    cv2.imwrite(str(secret), np.full((50, 50), 100, np.uint8))

    def change(records):
        records.loc[0, ["path", "sha256"]] = path.format(outside=tmp_path), _sha256(secret)
        return records

    pictures = Pictures(read_run(write_run_with_images(tmp_path, "run", change=change)))
    for ask in (pictures.radiograph, pictures.thumbnail):
        with pytest.raises(ImageError):
            ask(pictures.run.records["image_id"][0])


def test_hostile_hashes_and_ids_write_inside_the_cache_only(write_run_with_images, tmp_path: Path):
    def change(records):
        records.loc[0, "image_id"], records.loc[0, "sha256"] = "../../x", "../../../x"
        return records

    run = read_run(write_run_with_images(tmp_path, "run", change=change))
    before = set(tmp_path.rglob("*"))
    with pytest.raises(ImageError):
        Pictures(run).thumbnail("../../x")
    Pictures(run).thumbnail(run.records["image_id"][1])
    assert {path.parent for path in set(tmp_path.rglob("*")) - before if path.is_file()} == {
        run.folder / "cache" / "thumbnails"
    }


def test_without_a_hash_on_record_nothing_is_shown(write_run_with_images, tmp_path: Path):
    run = read_run(write_run_with_images(tmp_path, "run", change=lambda records: records.assign(sha256=None)))
    with pytest.raises(ImageError, match="no SHA-256 on record"):
        Pictures(run).thumbnail(run.records["image_id"][0])


def test_a_moved_folder_is_named_and_can_be_given(run: Run):
    moved = data_of(run).rename(data_of(run).with_name("moved"))
    with pytest.raises(DataError, match=f"{run.config.data}.*bring it back, or name"):
        Pictures(run)
    with pytest.raises(DataError, match="elsewhere"):
        Pictures(run, moved.with_name("elsewhere"))
    assert Pictures(run, moved).radiograph(run.records["image_id"][0]).shape == (240, 300)


def test_a_run_without_images_says_so(tmp_path: Path):
    rows = "image_id,y_true,logit,split\n" + "".join(f"{i},{i % 2},{i - 5},validation\n" for i in range(10))
    (tmp_path / "p.csv").write_text(rows)
    with pytest.raises(RunFolderError, match="imported from predictions"):
        Pictures(read_run(import_predictions(tmp_path / "p.csv", name="i", out=tmp_path)))


def test_phantoms_are_made_again(phantoms: Run):
    pictures = Pictures(phantoms)
    for row in phantoms.records.itertuples():
        gray, opacity = pictures.radiograph(row.image_id), pictures.opacity(row.image_id)
        if row.label == 0:
            assert opacity is None
        else:
            assert opacity.shape == gray.shape
            assert (opacity == opacity_mask(row.image_id)).all()
    image_id = phantoms.records["image_id"][0]
    assert (gray := PhantomSource().read(pictures._record(image_id)).gray).shape == pictures.radiograph(image_id).shape
    assert decoded(pictures.thumbnail(image_id)).shape[1] == min(THUMBNAIL_SIDE, gray.shape[1])
    assert Pictures(phantoms, Path("/no/such/folder")).data_folder is None, "phantoms lie in no folder"


def test_real_images_have_no_known_opacity(run: Run):
    assert {Pictures(run).opacity(image_id) for image_id in run.records["image_id"]} == {None}


def test_phantoms_of_another_version_are_refused(write_run_with_images, tmp_path: Path):
    folder = write_run_with_images(tmp_path, "run", phantoms=True, data={"generator_version": 0})
    with pytest.raises(RunFolderError, match="another version"):
        Pictures(read_run(folder))


def _sha256(path: Path) -> str:
    from hashlib import sha256

    return sha256(path.read_bytes()).hexdigest()
