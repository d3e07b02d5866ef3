"""DICOM files that unpack to far more than their image: refused at once, and what is honest is read."""

import io
import time

import numpy as np
import pytest
from PIL import Image

from core.data.decode import decode_file
from core.errors import ImageError

pydicom = pytest.importorskip("pydicom")


def packed(syntax, rows, columns, pixels):
    from pydicom.dataset import Dataset, FileMetaDataset

    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = "1.2.3"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation, dataset.SamplesPerPixel = 7, 0, 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.PixelData = pixels
    dataset["PixelData"].VR = "OB"
    content = io.BytesIO()
    dataset.save_as(content, enforce_file_format=True)
    return content.getvalue()


def encapsulated(image, kind, **options):
    from pydicom.encaps import encapsulate

    content = io.BytesIO()
    image.save(content, kind, **options)
    return encapsulate([content.getvalue()])


def rle(frame):
    from pydicom.encaps import encapsulate

    return encapsulate([(1).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(56) + frame])


UIDS = {
    "deflated": "1.2.840.10008.1.2.1.99",
    "jpeg": "1.2.840.10008.1.2.4.50",
    "j2k": "1.2.840.10008.1.2.4.90",
    "rle": "1.2.840.10008.1.2.5",
}


@pytest.fixture(scope="module")
def bombs():
    large = Image.new("L", (9000, 9000))
    return {
        "deflated": (packed(UIDS["deflated"], 100, 100, bytes(30_000_000)), "unpacks to far more than its image"),
        "deflated, large": (packed(UIDS["deflated"], 20_000, 20_000, bytes(300_000_000)), "far more than its image"),
        "jpeg": (packed(UIDS["jpeg"], 100, 100, encapsulated(large, "JPEG")), "says 100 × 100 pixels and holds 9000"),
        "j2k": (packed(UIDS["j2k"], 100, 100, encapsulated(large, "JPEG2000")), "says 100 × 100 pixels and holds 9000"),
        "rle": (packed(UIDS["rle"], 100, 100, rle(bytes([129, 0]) * 1_000_000)), "more than its Rows and Columns"),
    }


@pytest.mark.parametrize("name", ["deflated", "deflated, large", "jpeg", "j2k", "rle"])
def test_a_bomb_is_refused_within_a_tenth_of_a_second(bombs, name):
    content, words = bombs[name]
    seconds = []
    for _ in range(3):  # the first may load a library
        begun = time.process_time()
        with pytest.raises(ImageError, match=words):
            decode_file(io.BytesIO(content))
        seconds.append(time.process_time() - begun)
    assert min(seconds) < 0.1


@pytest.fixture
def gray():
    return np.kron(np.random.default_rng(0).integers(0, 256, (12, 10)), np.ones((10, 10))).astype(np.uint8)


@pytest.mark.parametrize("name", ["deflated", "jpeg", "j2k", "rle"])
def test_a_film_of_the_size_it_says_is_read(gray, name):
    if name == "rle":
        from pydicom.pixels.encoders import RLELosslessEncoder

        frame = RLELosslessEncoder.encode(
            gray,
            rows=120,
            columns=100,
            samples_per_pixel=1,
            bits_allocated=8,
            bits_stored=8,
            pixel_representation=0,
            photometric_interpretation="MONOCHROME2",
            number_of_frames=1,
            encoding_plugin="pydicom",
        )
        from pydicom.encaps import encapsulate

        pixels = encapsulate([frame])
    else:
        image = Image.fromarray(gray)
        pixels = gray.tobytes() if name == "deflated" else encapsulated(image, "JPEG" if name == "jpeg" else "JPEG2000")
    found = decode_file(io.BytesIO(packed(UIDS[name], 120, 100, pixels)))
    assert found.gray.shape == (120, 100)
    assert np.abs(found.gray.astype(int) - np.round((gray - gray.min()) / np.ptp(gray) * 255)).mean() < 6
