"""DICOM: what a viewer would show first, checked against pydicom's own window functions and by hand."""

from __future__ import annotations

import logging
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.data.decode import decode_image
from core.errors import ImageError

pytest.importorskip("pydicom")

WriteDicom = Callable[..., Path]


@pytest.fixture
def stored() -> NDArray[np.uint16]:
    return (np.arange(30 * 40, dtype=np.uint16) * 3 + 100).reshape(30, 40)


def test_without_a_window_the_image_fills_the_range(tmp_path: Path, write_dicom: WriteDicom, stored: Any) -> None:
    image = decode_image(write_dicom(tmp_path / "x.dcm", stored))
    expected = np.round((stored - 100.0) / (3 * 1199) * 255)
    np.testing.assert_array_equal(image.gray, expected)
    assert (image.width, image.height) == (40, 30)


def test_monochrome1_is_inverted(tmp_path: Path, write_dicom: WriteDicom, stored: Any) -> None:
    window = {"WindowCenter": 1500, "WindowWidth": 1000}
    for elements in ({}, window):
        two = decode_image(write_dicom(tmp_path / "2.dcm", stored, **elements)).gray
        one = write_dicom(tmp_path / "1.dcm", stored, PhotometricInterpretation="MONOCHROME1", **elements)
        np.testing.assert_array_equal(decode_image(one).gray, 255 - two)


@pytest.mark.parametrize("function", [None, "LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("slope", "intercept"), [(1, 0), (2.5, -1024)])
def test_rescale_and_window_equal_pydicoms(
    tmp_path: Path, write_dicom: WriteDicom, stored: Any, function: str | None, slope: float, intercept: float
) -> None:
    from pydicom.dataset import Dataset
    from pydicom.pixels.processing import apply_windowing

    elements: dict[str, Any] = {"WindowCenter": [1400.5, 7], "WindowWidth": [900, 7]}
    if function:
        elements["VOILUTFunction"] = function
    path = write_dicom(tmp_path / "x.dcm", stored, RescaleSlope=slope, RescaleIntercept=intercept, **elements)
    dataset = Dataset()
    dataset.PhotometricInterpretation, dataset.PixelRepresentation, dataset.BitsStored = "MONOCHROME2", 0, 16
    for name, value in elements.items():
        setattr(dataset, name, value)
    shown = apply_windowing(stored * slope + intercept, dataset) / 65535
    assert np.abs(decode_image(path).gray - shown * 255).max() <= 0.51


def test_a_window_of_width_one_is_a_step(tmp_path: Path, write_dicom: WriteDicom, stored: Any) -> None:
    path = write_dicom(tmp_path / "x.dcm", stored, WindowCenter=1000, WindowWidth=1)
    np.testing.assert_array_equal(decode_image(path).gray, np.where(stored > 999.5, 255, 0))


def test_a_lookup_table_goes_before_the_window(tmp_path: Path, write_dicom: WriteDicom) -> None:
    from pydicom.dataset import Dataset

    table = Dataset()
    table.LUTDescriptor = [256, 0, 12]
    table.LUTData = np.round(4095 * (np.arange(256) / 255) ** 2).astype(np.uint16).tolist()
    table["LUTDescriptor"].VR, table["LUTData"].VR = "US", "US"
    stored = np.arange(256, dtype=np.uint8).reshape(16, 16)
    path = write_dicom(tmp_path / "x.dcm", stored, VOILUTSequence=[table], WindowCenter=5, WindowWidth=2)
    assert np.abs(decode_image(path).gray - 255 * (stored / 255.0) ** 2).max() <= 0.6


def test_signed_values_and_constant_images(tmp_path: Path, write_dicom: WriteDicom) -> None:
    signed = np.linspace(-1000, 1000, 400).astype(np.int16).reshape(20, 20)
    shown = decode_image(write_dicom(tmp_path / "s.dcm", signed)).gray
    np.testing.assert_array_equal(shown, np.round((signed + 1000.0) / 2000 * 255))
    flat = decode_image(write_dicom(tmp_path / "f.dcm", np.full((20, 20), 77, np.uint16))).gray
    assert not flat.any()


def test_eight_bit_colour_becomes_luma(tmp_path: Path, write_dicom: WriteDicom) -> None:
    colour = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    elements = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": 0}
    shown = decode_image(write_dicom(tmp_path / "x.dcm", colour, **elements)).gray
    assert np.abs(shown - colour @ np.array([0.299, 0.587, 0.114])).max() <= 1


def test_without_pydicom_the_reason_says_how_to_get_it(
    tmp_path: Path, write_dicom: WriteDicom, stored: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_dicom(tmp_path / "x.dcm", stored)
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(ImageError, match="needs pydicom: pip install"):
        decode_image(path)


def test_nothing_about_the_patient_is_read_or_logged(
    tmp_path: Path, write_dicom: WriteDicom, stored: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any, capsys: Any
) -> None:
    import pydicom

    path = write_dicom(tmp_path / "x.dcm", stored, PatientComments="secret-comment")
    path.write_bytes(path.read_bytes().replace(b"secret-4711\0", b"secret\xff4711\0"))
    read: list[Any] = []
    dcmread = pydicom.dcmread
    monkeypatch.setattr(pydicom, "dcmread", lambda *args, **kwargs: read.append(dcmread(*args, **kwargs)) or read[-1])
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        decode_image(path)
    assert len(read) == 1
    assert not [element for element in read[0] if element.tag.group == 0x0010]
    output = caplog.text + "".join(capsys.readouterr()) + "".join(str(warning.message) for warning in caught)
    assert "secret" not in output
    assert "Doe" not in output
