"""DICOM files -> 8-bit gray values, the way a viewer would first show them (see ``dicom_display``).

Read are the four uncompressed transfer syntaxes, RLE, JPEG (baseline, extended with 8 bits, lossless), JPEG-LS and
JPEG 2000, with preamble or without. Elements that are present but empty count as absent, as the standard's type 2 has
them. 8-bit colour and palettes become luma. Refused in words: several frames, 16-bit colour, video, 12-bit lossy JPEG
(no decoder of a licence that fits reads it rightly), and what contradicts itself.

Only the elements named in ``_ELEMENTS`` are ever parsed: no name, id or date of a patient is read, kept or logged.
"""

from __future__ import annotations

import io
import logging
from typing import IO, Any, Literal

from core.data.dicom_display import GrayImage, show
from core.data.dicom_limits import check_packed, inflated
from core.data.dicom_pixels import is_packed, luma, painted, stored_values
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
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "FloatPixelPaddingValue",
    "FloatPixelPaddingRangeLimit",
    "DoubleFloatPixelPaddingValue",
    "DoubleFloatPixelPaddingRangeLimit",
    "RescaleIntercept",
    "RescaleSlope",
    "ModalityLUTSequence",
    "WindowCenter",
    "WindowWidth",
    "VOILUTFunction",
    "VOILUTSequence",
    *(
        f"{colour}PaletteColorLookupTable{part}"
        for colour in ("Red", "Green", "Blue")
        for part in ("Descriptor", "Data")
    ),
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "FloatPixelData",
    "DoubleFloatPixelData",
    "PixelData",
]
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_FRAME_GROUPS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


def is_dicom(head: bytes) -> bool:
    """Whether a file that begins with these 132 bytes (fewer are fine) is DICOM, with or without a preamble.

    Without one, the first element must be of group 2 or 8 and have a type and a length that such an element can have.
    """
    if head[128:132] == b"DICM" or head[:4] == b"DICM":
        return True
    big_endian = head[:2] in (b"\0\2", b"\0\x08")
    order: Literal["big", "little"] = "big" if big_endian else "little"
    group, element = (int.from_bytes(head[at : at + 2], order) for at in (0, 2))
    if len(head) < 16 or group not in (2, 8) or element > 0x0100:
        return False
    says_type = head[4:6].isalpha() and head[4:6].isupper()
    return says_type or (not big_endian and int.from_bytes(head[4:8], "little") <= 64)


def decode_dicom(file: IO[bytes]) -> GrayImage:
    """Gray values, shape (h, w). Raises ImageError, or whatever pydicom meets in a damaged file."""
    try:
        import pydicom
    except ImportError as error:
        raise ImageError("a DICOM file; reading it needs pydicom: pip install -r requirements.txt") from error
    # Its warnings quote the values they are about.
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    if file.read(4) == b"DICM":  # the preamble's 128 bytes were cut off
        file = io.BytesIO(bytes(128) + b"DICM" + file.read())
    file.seek(0)
    dataset = pydicom.dcmread(inflated(file), specific_tags=_ELEMENTS, force=True)
    _drop_empty(dataset)
    _check(dataset)
    _complete(dataset)
    check_packed(dataset)
    stored = stored_values(dataset)
    if dataset.PhotometricInterpretation == "PALETTE COLOR":
        return luma(painted(stored, dataset))
    if stored.ndim == 3:
        return luma(stored)
    return show(stored, dataset, packed=is_packed(dataset))


def says_burned_in(file: IO[bytes]) -> bool | None:
    """Whether an open DICOM file says that text is burned into its pixels; None where it says nothing of that.

    Nothing but that one element is read.
    """
    import pydicom

    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    dataset = pydicom.dcmread(inflated(file), specific_tags=["BurnedInAnnotation"], stop_before_pixels=True, force=True)
    said = str(dataset.get("BurnedInAnnotation", "")).strip().upper()
    return {"YES": True, "NO": False}.get(said)


def _drop_empty(dataset: Any) -> None:
    """Remove elements without a value, at any depth, and items of sequences that hold none."""
    for tag in list(dataset.keys()):
        try:
            element = dataset[tag]
        except Exception as error:  # the converters of the types raise whatever the bytes make them raise
            raise ImageError(f"a DICOM file whose {_keyword(tag)} cannot be read") from error
        if element.VR == "SQ":
            for item in element.value or ():
                _drop_empty(item)
            element.value = [item for item in element.value or () if len(item)]
            empty = not element.value
        else:
            empty = element.is_empty or (isinstance(element.value, str) and not element.value.strip())
        if empty:
            del dataset[tag]


def _keyword(tag: Any) -> str:
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag) or str(tag)


def _check(dataset: Any) -> None:
    """Refuse, before anything is decompressed, what has no single gray image."""
    if not any(name in dataset for name in _PIXELS):
        raise ImageError("a DICOM file without an image (no PixelData)")
    if missing := [name for name in ("Rows", "Columns", "BitsAllocated") if name not in dataset]:
        raise ImageError(f"a DICOM file that does not say its {' and '.join(missing)}")
    frames = int(dataset.get("NumberOfFrames", 1))
    if frames > 1:
        raise ImageError(f"a DICOM file with {frames} frames; save the one that is meant as a file of its own")
    check_size(int(dataset.Columns), int(dataset.Rows))
    photometric = dataset.PhotometricInterpretation = str(dataset.get("PhotometricInterpretation", "")).strip().upper()
    samples = int(dataset.get("SamplesPerPixel", 3 if photometric in _COLOUR else 1))
    if photometric in _COLOUR:
        if dataset.BitsAllocated != 8:
            raise ImageError(f"a DICOM file in colour with {dataset.BitsAllocated} bits; 8 are read")
    elif photometric not in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"):
        raise ImageError(f"a DICOM file with photometric interpretation {photometric[:32] or 'missing'}, not gray")
    if samples != (3 if photometric in _COLOUR else 1):
        raise ImageError(f"a DICOM file that says {photometric} and has {samples} values a pixel, which contradict")
    stored, allocated = int(dataset.get("BitsStored", dataset.BitsAllocated)), int(dataset.BitsAllocated)
    if not 0 < stored <= allocated:
        raise ImageError(f"a DICOM file that says it stores {stored} bits in {allocated}, which is impossible")


def _complete(dataset: Any) -> None:
    """Fill in what may be left out, from the standard's defaults and, in an enhanced object, from its one frame."""
    from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

    colour = dataset.PhotometricInterpretation in _COLOUR
    defaults = {"SamplesPerPixel": 3 if colour else 1, "BitsStored": dataset.BitsAllocated, "PixelRepresentation": 0}
    if colour:
        defaults["PlanarConfiguration"] = 0
    for name, value in defaults.items():
        if name not in dataset:
            setattr(dataset, name, value)
    if "HighBit" not in dataset or not dataset.BitsStored <= dataset.HighBit + 1 <= dataset.BitsAllocated:
        dataset.HighBit = dataset.BitsStored - 1
    dataset.NumberOfFrames = 1
    for groups in ("PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"):
        for name in _FRAME_GROUPS:
            for item in dataset[groups][0].get(name, ())[:1] if groups in dataset else ():
                dataset.update({element.tag: element for element in item if element.tag not in dataset})
    if not dataset.file_meta.get("TransferSyntaxUID"):
        implicit, little_endian = dataset.original_encoding
        if "PixelData" in dataset and dataset["PixelData"].is_undefined_length:
            raise ImageError("a DICOM file that does not say how its pixels are compressed (no TransferSyntaxUID)")
        uncompressed = ExplicitVRLittleEndian if little_endian else ExplicitVRBigEndian
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else uncompressed
