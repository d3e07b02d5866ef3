"""Radiographs that are brought, in a real browser: read, shown, on no disk, and nothing of the patient anywhere."""

import io

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests import browser
from tests.core.films.dicom_films import NAME, dicom_film
from tests.core.films.features_of_runs import add_own_features
from tests.e2e.layout import in_both_schemes, sideways
from tests.e2e.test_serving import watching


@pytest.fixture(scope="module")
def made(tmp_path_factory, write_run_with_images):
    out = tmp_path_factory.mktemp("films")
    add_own_features(write_run_with_images(out, "own", phantoms=True))
    return out


@pytest.fixture(scope="module")
def film():
    coarse = np.random.default_rng(0).integers(0, 256, (30, 40), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((1500, 1200), Image.Resampling.BICUBIC))


@pytest.fixture(scope="module")
def temporary(tmp_path_factory):
    """The server's folder of temporary files."""
    return tmp_path_factory.mktemp("tmp")


@pytest.fixture(scope="module")
def server(chromium, made, temporary, server_logs):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(temporary))
        with browser.served(browser.HOME, "--out", str(made), logs=server_logs) as address:
            yield address


def test_films_are_read_and_nothing_of_them_is_left_behind(visit, made, film, temporary, server_logs):
    content = io.BytesIO()
    Image.fromarray(film[:, ::-1]).save(content, "JPEG")
    files = [
        {"name": "film.dcm", "mimeType": "application/dicom", "buffer": dicom_film(film)},
        {"name": "mirrored.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()},
        {"name": "bad.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\nnothing"},
    ]
    before = {path for path in made.rglob("*") if path.is_file()}
    page = visit("/bring_data?run=own")
    page.get_by_role("radio", name="Radiographs").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="Which radiographs?")).to_be_visible()
    chooser = page.locator("[data-testid=stFileUploaderDropzoneInput]")
    with watching(temporary) as seen:
        chooser.set_input_files(files)
        expect(page.get_by_text("What a research model says of 2 films of 3 files")).to_be_visible()
        expect(page.get_by_text("bad.png: damaged or truncated")).to_be_visible()
        page.get_by_role("radio", name="with its heat map").focus()
        page.keyboard.press("Space")
        expect(page.get_by_role("img", name="Radiograph that was brought: Heat map")).to_be_visible()
        expect(page.get_by_role("img", name="Film of train: ")).to_have_count(3)
    assert "film_heat_map=yes" in page.url and "bring=films" in page.url
    assert NAME not in page.content()
    log = (server_logs / f"{visit.address.rpartition(':')[2]}.log").read_text()
    assert seen == set()
    assert NAME not in log and "film.dcm" not in log
    after = {path for path in made.rglob("*") if path.is_file()}
    assert all("thumbnails" in path.parts for path in after - before)  # of the run's own films alone
    assert not [path for path in after if NAME.encode() in path.read_bytes()]


@pytest.mark.long
def test_phone_scrolls_in_one_direction_only(visit, film):
    page = visit("/bring_data?run=own&bring=films&prevalence=0.1", width=390, height=800, scheme="dark")
    page.locator("[data-testid=stFileUploaderDropzoneInput]").set_input_files(
        [{"name": "a" * 60 + ".dcm", "mimeType": "", "buffer": dicom_film(film)}]
    )
    expect(page.get_by_text("The most similar films of train")).to_be_visible()
    for scheme in in_both_schemes(page):
        expect(page.get_by_text("The most similar films of train")).to_be_visible()
        assert sideways(page) == [0, 0], scheme
