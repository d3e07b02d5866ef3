"""DICOM files (optional: ``pip install pydicom``) -> 8-bit gray values, the way a viewer would first show them.

Stored values -> modality LUT or rescale -> VOI LUT or window (DICOM PS3.3, C.11.1 and C.11.2) -> 0..255. Without a
window the range is that of the image itself. MONOCHROME1 is inverted, so that bright is high; 8-bit colour
becomes luma.

Only the elements named in ``_ELEMENTS`` are ever parsed: no name, id or date of a patient is read, kept or logged.
"""

from __future__ import annotations

import logging
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.special import expit

from core.data.limits import check_size
from core.errors import ImageError

_ELEMENTS = [
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "NumberOfFrames",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "RescaleIntercept",
    "RescaleSlope",
    "ModalityLUTSequence",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "VOILUTSequence",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "FloatPixelData",
    "DoubleFloatPixelData",
    "PixelData",
]


def is_dicom(head: bytes) -> bool:
    """Whether a file that begins with these 132 bytes says that it is DICOM."""
    return head[128:132] == b"DICM"


def decode_dicom(file: IO[bytes]) -> NDArray[np.uint8]:
    """Gray values, shape (h, w). Raises ImageError, or whatever pydicom meets in a damaged file."""
    try:
        import pydicom
    except ImportError as error:
        raise ImageError("a DICOM file; reading it needs another package: pip install pydicom") from error
    # Its warnings quote the values they are about.
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    dataset = pydicom.dcmread(file, specific_tags=_ELEMENTS)
    _check(dataset)
    try:
        stored = dataset.pixel_array
    except (RuntimeError, NotImplementedError) as error:
        syntax = dataset.file_meta.TransferSyntaxUID.name
        plugins = "pip install pylibjpeg pylibjpeg-libjpeg pylibjpeg-openjpeg"
        raise ImageError(f"cannot decompress {syntax}; it may need another package: {plugins}") from error
    if stored.ndim == 3:
        return np.asarray(Image.fromarray(stored).convert("L"))
    return _to_gray(stored, dataset)


def _check(dataset: Any) -> None:
    """Refuse, before anything is decompressed, what has no single gray image."""
    if not any(name in dataset for name in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise ImageError("a DICOM file without an image (no PixelData)")
    frames = int(dataset.get("NumberOfFrames") or 1)
    if frames > 1:
        raise ImageError(f"a DICOM file with {frames} frames; save the one that is meant as a file of its own")
    check_size(int(dataset.Columns), int(dataset.Rows))
    photometric = str(dataset.get("PhotometricInterpretation", ""))
    eight_bit_colour = photometric.startswith(("RGB", "YBR_")) and dataset.BitsAllocated == 8
    if photometric not in ("MONOCHROME1", "MONOCHROME2") and not eight_bit_colour:
        raise ImageError(f"a DICOM file with photometric interpretation {photometric[:32] or 'missing'}, not gray")


def _to_gray(stored: NDArray[Any], dataset: Any) -> NDArray[np.uint8]:
    from pydicom.pixels.processing import apply_modality_lut, apply_voi

    values = apply_modality_lut(stored, dataset).astype(np.float64)
    if not np.isfinite(values).all():
        raise ImageError("a DICOM file with values that are not finite numbers")
    if "VOILUTSequence" in dataset:
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        shown = apply_voi(values.astype(np.int64), dataset) / ((1 << bits) - 1)
    elif dataset.get("WindowCenter") is not None and dataset.get("WindowWidth") is not None:
        shown = _window(values, _first(dataset.WindowCenter), _first(dataset.WindowWidth), dataset)
    else:
        low, high = values.min(), values.max()
        shown = (values - low) / (high - low) if high > low else np.zeros_like(values)
    gray = np.round(255 * shown.clip(0, 1)).astype(np.uint8)
    return 255 - gray if dataset.PhotometricInterpretation == "MONOCHROME1" else gray


def _window(values: NDArray[np.float64], centre: float, width: float, dataset: Any) -> NDArray[np.float64]:
    """The window's function (DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3), about 0 at its lower end and 1 at its upper."""
    function = str(dataset.get("VOILUTFunction") or "LINEAR")
    if not np.isfinite([centre, width]).all() or width < (1 if function == "LINEAR" else np.finfo(float).tiny):
        raise ImageError(f"a DICOM file with an impossible window (centre {centre:g}, width {width:g})")
    if function == "SIGMOID":
        return np.asarray(expit(4 * (values - centre) / width))
    if function == "LINEAR_EXACT":
        return (values - centre) / width + 0.5
    if width == 1:
        return (values > centre - 0.5).astype(np.float64)
    return (values - (centre - 0.5)) / (width - 1) + 0.5


def _first(value: Any) -> float:
    """The first of several alternative windows."""
    return float(value if isinstance(value, (str, float, int)) else value[0])
