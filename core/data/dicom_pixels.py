"""The words of a DICOM image, decompressed by whichever decoder is installed, and colours as luma."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.errors import ImageError

GrayImage = NDArray[np.uint8]


def stored_values(dataset: Any) -> NDArray[Any]:
    """The values as they lie in the file, decompressed; colour as RGB."""
    from pydicom.pixels.decoders.base import get_decoder

    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_compressed:
        return _whole_words(dataset)
    if syntax.name.startswith(("MPEG", "HEVC")):
        raise ImageError(f"a DICOM file that holds a video ({syntax.name}); save the one image that is meant")
    try:
        known = get_decoder(syntax).is_available
    except NotImplementedError:
        raise ImageError(
            f"cannot decompress {syntax.name}, which no decoder here knows; save it uncompressed"
        ) from None
    if not known:
        raise ImageError(f"cannot decompress {syntax.name}: a decoder is missing; pip install -r requirements.txt")
    _silence_decoders()
    try:
        values: NDArray[Any] = _whole_words(dataset) if is_packed(dataset) else dataset.pixel_array
    except (RuntimeError, NotImplementedError, ValueError) as error:
        if "12-bit precision" in str(error):
            raise ImageError(
                "12-bit JPEG with loss, which no decoder here reads; save it uncompressed, as dcmdjpeg of DCMTK does"
            ) from error
        raise ImageError(f"damaged or truncated ({syntax.name} data that cannot be decompressed)") from error
    return values


def _whole_words(dataset: Any) -> NDArray[Any]:
    """The words with all their bits: pydicom would cut them by BitsStored alone, wherever HighBit is."""
    stored, high = dataset.BitsStored, dataset.HighBit
    dataset.BitsStored = dataset.BitsAllocated
    dataset.HighBit = dataset.BitsAllocated - 1
    try:
        words: NDArray[Any] = dataset.pixel_array
    finally:
        dataset.BitsStored, dataset.HighBit = stored, high
    return words


def _silence_decoders() -> None:
    """GDCM prints what it meets in damaged files."""
    try:
        import gdcm
    except ImportError:
        return
    for off in (gdcm.Trace.WarningOff, gdcm.Trace.ErrorOff, gdcm.Trace.DebugOff):
        off()


def is_packed(dataset: Any) -> bool:
    """Whether bits besides those of the image, such as overlays, may lie in its words: not after a JPEG codec."""
    syntax = dataset.file_meta.TransferSyntaxUID
    return not syntax.is_compressed or syntax.name == "RLE Lossless"


def painted(stored: NDArray[Any], dataset: Any) -> NDArray[np.uint8]:
    """Colours, shape (h, w, 3), of indices into the file's palette."""
    from pydicom.pixels.processing import apply_color_lut

    if "RedPaletteColorLookupTableDescriptor" not in dataset:
        raise ImageError("a DICOM file with photometric interpretation PALETTE COLOR and no palette")
    painted = apply_color_lut(stored, dataset)
    return (painted >> 8 if painted.dtype == np.uint16 else painted).astype(np.uint8)


def luma(colours: NDArray[np.uint8]) -> GrayImage:
    """Shape (h, w), of 8-bit colours (h, w, 3)."""
    return np.asarray(Image.fromarray(colours).convert("L"))
