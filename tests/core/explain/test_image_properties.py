"""Properties of images against plain numpy, and what is kept of them."""

import numpy as np
import pytest

from core.explain.image_properties import PROPERTIES, image_properties, kept_properties, properties_of
from core.explain.pictures import Pictures
from core.runs.store import read_run


def test_properties_are_those_of_their_definitions():
    gray = np.random.default_rng(0).integers(0, 256, (40, 60), dtype=np.uint8)
    brightness, contrast, sharpness, size = properties_of(gray, 6_000_000)
    values = gray / 255
    around = np.pad(values, 1, mode="edge")
    laplacian = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:] - 4 * values
    assert (brightness, contrast) == pytest.approx((values.mean(), values.std()))
    assert sharpness == pytest.approx(laplacian.var())
    assert size == pytest.approx(6_000_000**0.5)


def test_a_blurred_image_is_less_sharp_and_a_flat_one_has_neither_contrast_nor_sharpness():
    flat = np.full((50, 50), 128, dtype=np.uint8)
    assert properties_of(flat, 2500)[1:3] == (0, 0)
    edge = np.repeat([[0] * 25 + [255] * 25], 50, axis=0).astype(np.uint8)
    ramp = np.repeat([np.linspace(0, 255, 50)], 50, axis=0).astype(np.uint8)
    assert properties_of(edge, 2500)[2] > 100 * properties_of(ramp, 2500)[2]


@pytest.mark.parametrize("phantoms", [False, True])
def test_they_are_found_once_with_progress_and_kept(write_run_with_images, tmp_path, monkeypatch, phantoms):
    run = read_run(write_run_with_images(tmp_path, "pictured", phantoms=phantoms))
    pictures, image_ids = Pictures(run), [str(image_id) for image_id in run.predictions("test").image_id]
    assert kept_properties(pictures, image_ids) is None
    told = []
    found = image_properties(pictures, image_ids, lambda done, total: told.append((done, total)))
    assert told[-1] == (len(image_ids), len(image_ids))
    for at, image_id in enumerate(image_ids):
        gray = pictures.radiograph(image_id)
        assert [found[name][at] for name in PROPERTIES] == pytest.approx(properties_of(gray, gray.size))
    monkeypatch.setattr(Pictures, "reduced", None)
    kept = kept_properties(pictures, image_ids)
    assert kept is not None and all(np.array_equal(kept[name], found[name]) for name in PROPERTIES)
    read_run(run.folder)


def test_an_image_that_cannot_be_read_has_none_and_is_looked_for_again(write_run_with_images, tmp_path):
    run = read_run(write_run_with_images(tmp_path, "pictured"))
    pictures, image_ids = Pictures(run), [str(image_id) for image_id in run.predictions("test").image_id]
    path = tmp_path / "data" / image_ids[0]
    content = path.read_bytes()
    path.unlink()
    found = image_properties(pictures, image_ids)
    assert np.isnan(found["size"]).tolist() == [True] + [False] * (len(image_ids) - 1)
    assert kept_properties(pictures, image_ids) is None
    path.write_bytes(content)
    assert not np.isnan(image_properties(pictures, image_ids)["size"]).any()
    assert image_properties(pictures, []).keys() == dict.fromkeys(PROPERTIES).keys()
