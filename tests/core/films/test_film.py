"""Films from bytes: what their pixels say, and what nothing is said of."""

import io
import warnings

import numpy as np
import pytest
from PIL import Image

from core.data.contents import BLANK, TWO_VALUED
from core.data.decode import decode_image, to_square
from core.errors import ImageError
from core.films.film import IN_COLOUR, read_film
from tests.core.films.dicom_films import NAME, PATIENT_FIELDS, dicom_film


def encoded(pixels, kind="PNG"):
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind)
    return content.getvalue()


@pytest.fixture
def gray():
    rng = np.random.default_rng(0)
    return np.kron(rng.integers(0, 256, (20, 16)), np.ones((20, 20))).astype(np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_the_square_is_the_one_that_the_fit_would_see(tmp_path, gray, kind):
    content = encoded(gray, kind)
    (tmp_path / "film").write_bytes(content)
    film = read_film(content, 64)
    np.testing.assert_array_equal(film.square, to_square(decode_image(tmp_path / "film", at_least=64).gray, 64))
    assert (film.width, film.height, film.odd, film.burned_in) == (320, 400, "", None)


def test_pixels_that_no_radiograph_has(gray):
    photograph = np.dstack([gray, np.roll(gray, 60, axis=1), 255 - gray])
    assert read_film(encoded(photograph), 64).odd == IN_COLOUR
    assert read_film(encoded(np.full((50, 50), 7, dtype=np.uint8)), 64).odd == BLANK
    assert read_film(encoded(np.where(gray > 128, 255, 0).astype(np.uint8)), 64).odd == TWO_VALUED
    assert all(read_film(encoded(p), 64).no_film for p in (photograph, np.zeros((9, 9), dtype=np.uint8)))


def test_a_grey_film_saved_in_colour_is_none(gray):
    assert read_film(encoded(np.dstack([gray] * 3)), 64).odd == ""
    assert read_film(encoded(np.dstack([gray] * 3), "JPEG"), 64).odd == ""


@pytest.mark.parametrize(("said", "known"), [("YES", True), ("NO", False), ("", None), (None, None), ("MAYBE", None)])
def test_what_a_dicom_file_says_of_burned_in_text(gray, said, known):
    assert read_film(dicom_film(gray, BurnedInAnnotation=said), 64).burned_in is known


def test_nothing_of_the_patient_is_kept_or_warned_of(gray, recwarn, caplog, capfd):
    assert len(PATIENT_FIELDS) == 12
    film = read_film(dicom_film(gray), 64)
    assert NAME not in repr(film)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with pytest.raises(ImageError) as refused:
            read_film(dicom_film(gray, Rows=3), 64)
    out, err = capfd.readouterr()
    assert NAME not in f"{refused.value}{out}{err}{caplog.text}"
    assert not [str(one.message) for one in recwarn if NAME in str(one.message)]


@pytest.mark.parametrize("content", [b"", b"nothing", b"%PDF-1.7", b"\xff\xd8\xffcut"])
def test_what_is_no_film_is_refused(content):
    with pytest.raises(ImageError):
        read_film(content, 64)
