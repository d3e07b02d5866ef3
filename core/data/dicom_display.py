"""Stored values of a DICOM image -> 0..255, as a viewer would first show them (DICOM PS3.3, C.7.6.3, C.11.1, C.11.2).

Words -> the bits of the image -> modality LUT or rescale -> VOI LUT, else the first window, else the range of the image
-> 0..255. Padding is no part of the range, and black. MONOCHROME1 is inverted, so that bright is high.

Where files break the standard this does as DCMTK's viewer does: a rescale slope of 0 is no rescale. A table that is
shorter than it says is used as far as it goes. What would show nothing (a window beside the values) is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from core.errors import ImageError

GrayImage = NDArray[np.uint8]
_PADDING = ("PixelPadding", "FloatPixelPadding", "DoubleFloatPixelPadding")


def show(stored: NDArray[Any], dataset: Any, *, packed: bool) -> GrayImage:
    """Gray values, shape (h, w), of the words ``stored`` (h, w) of one gray image.

    ``dataset`` is read by keyword; empty elements must be absent. ``packed`` says that a word may hold other bits
    beside those of the image. Raises ImageError for what cannot be shown.
    """
    values = _image_bits(stored, dataset) if packed and stored.dtype.kind in "iu" else stored
    inside = ~_padding(stored, values, dataset)
    gray = np.zeros(stored.shape, dtype=np.uint8)
    if not inside.any():
        return gray
    levels = _to_levels(_modality(values[inside], dataset), dataset)
    gray[inside] = 255 - levels if dataset.PhotometricInterpretation == "MONOCHROME1" else levels
    return gray


def _image_bits(stored: NDArray[Any], dataset: Any) -> NDArray[np.int64]:
    """The BitsStored bits below HighBit of each word; what lies beside them, such as an overlay, is cut off."""
    bits, allocated = int(dataset.BitsStored), int(dataset.BitsAllocated)
    words = stored.astype(np.int64)
    if bits == allocated:
        return words
    values = words >> (int(dataset.HighBit) + 1 - bits) & ((1 << bits) - 1)
    return _signed(values, bits) if dataset.PixelRepresentation == 1 else values


def _signed(values: Any, bits: int) -> Any:
    """Two's complement of ``bits`` bits."""
    return values - ((values >> (bits - 1) & 1) << bits)


def _padding(stored: NDArray[Any], values: NDArray[Any], dataset: Any) -> NDArray[np.bool_]:
    """Where the image is none: PixelPaddingValue, or all from it to PixelPaddingRangeLimit.

    A value that the image's bits can hold is looked for there, any other one in the whole word. Its sign is the
    image's, whatever type it is written in.
    """
    for name in _PADDING:
        if f"{name}Value" in dataset:
            first = dataset.get(f"{name}Value")
            limits = [float(first), float(dataset.get(f"{name}RangeLimit", first))]
            break
    else:
        return np.zeros(stored.shape, dtype=bool)
    if stored.dtype.kind in "iu":
        allocated, signed = int(dataset.BitsAllocated), dataset.PixelRepresentation == 1
        words = [int(limit) & ((1 << allocated) - 1) for limit in limits]
        limits = [float(_signed(word, allocated) if signed else word) for word in words]
        low, high = _representable(int(dataset.BitsStored), signed)
        values = values if low <= min(limits) and max(limits) <= high else stored
    return (values >= min(limits)) & (values <= max(limits))


def _representable(bits: int, signed: bool) -> tuple[int, int]:
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


def _modality(values: NDArray[Any], dataset: Any) -> NDArray[np.float64]:
    """What the stored ``values`` (n,) mean: by the modality LUT, else by slope and intercept."""
    if item := _table_of(dataset, "ModalityLUTSequence"):
        table, first, _ = _table(item, values, dataset)
        return _looked_up(values, table, first)
    slope, intercept = (
        _number(dataset, name, default) for name, default in (("RescaleSlope", 1), ("RescaleIntercept", 0))
    )
    meant = values.astype(np.float64)
    if slope != 0:
        meant = meant * slope + intercept
    if not np.isfinite(meant).all():
        raise ImageError("a DICOM file with values that are not finite numbers")
    return meant


def _to_levels(values: NDArray[np.float64], dataset: Any) -> GrayImage:
    """0..255 for each of ``values`` (n,), by the VOI LUT, the first window, or the range of the values."""
    windows = zip(_numbers(dataset, "WindowCenter"), _numbers(dataset, "WindowWidth"), strict=False)
    low, high = values.min(), values.max()
    if item := _table_of(dataset, "VOILUTSequence"):
        table, first, bits = _table(item, values, dataset)
        shown = _looked_up(values, table, first) / ((1 << bits) - 1)
    elif window := next(((c, w) for c, w in windows if c is not None and w is not None), None):
        shown = _window(values, *window, str(dataset.get("VOILUTFunction") or "LINEAR").strip().upper())
        if high > low and (shown.max() <= 0 or shown.min() >= 1):
            centre, width = window
            raise ImageError(
                f"a DICOM file whose window (centre {centre:g}, width {width:g}) lies beside its values "
                f"({low:g} to {high:g}), so that it shows nothing"
            )
    else:
        shown = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return np.round(255 * shown.clip(0, 1)).astype(np.uint8)


def _window(values: NDArray[np.float64], centre: float, width: float, function: str) -> NDArray[np.float64]:
    """The window's function (DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3), about 0 at its lower end and 1 at its upper."""
    if function not in ("LINEAR", "LINEAR_EXACT", "SIGMOID"):
        raise ImageError(f"a DICOM file with the unknown VOI LUT function {function[:32]!r}")
    if not np.isfinite([centre, width]).all() or width < (1 if function == "LINEAR" else np.finfo(float).tiny):
        raise ImageError(f"a DICOM file with an impossible window (centre {centre:g}, width {width:g})")
    if function == "SIGMOID":
        return np.asarray(expit(4 * (values - centre) / width))
    if function == "LINEAR_EXACT":
        return (values - centre) / width + 0.5
    if width == 1:
        return (values > centre - 0.5).astype(np.float64)
    return (values - (centre - 0.5)) / (width - 1) + 0.5


def _table_of(dataset: Any, sequence: str) -> Any:
    """The first item of a sequence of tables that has a whole table; None without one."""
    items = dataset.get(sequence) or ()
    return next((item for item in items if "LUTDescriptor" in item and "LUTData" in item), None)


def _table(item: Any, values: NDArray[Any], dataset: Any) -> tuple[NDArray[np.int64], int, int]:
    """Entries (n,), the value that the first of them is for, and the bits of an entry (DICOM PS3.3, C.11.1.1).

    Bits are those of the descriptor, unless entries have more, or all stay in the lowest quarter of that range: some
    devices write 16 for entries of 12 bits.
    """
    if np.size(item.LUTDescriptor) != 3:
        raise ImageError("a DICOM file with a lookup table that does not say its size")
    promised, first, bits = (int(number) for number in item.LUTDescriptor)
    promised = promised or 1 << 16
    if first > 32767 and (dataset.PixelRepresentation == 1 or values.min() < 0):
        first -= 1 << 16
    little_endian = dataset.original_encoding[1] is not False
    entries = _entries(item.LUTData, promised, in_bytes=bits <= 8, little_endian=little_endian)
    last = float(values.max()) - first
    if len(entries) == 0 or (len(entries) < promised and last >= len(entries)):
        raise ImageError(
            f"a DICOM file with a lookup table of {len(entries)} entries instead of {promised}, too few for its values"
        )
    needed = int(entries.max()).bit_length()
    return entries, first, max(needed, 1) if needed > bits or needed < bits - 1 else bits


def _entries(data: Any, promised: int, *, in_bytes: bool, little_endian: bool) -> NDArray[np.int64]:
    """The entries of LUTData, at most ``promised``: words, or bytes where that may be and there are just as many."""
    if not isinstance(data, bytes):
        return np.atleast_1d(np.asarray(data, dtype=np.int64))[:promised]
    if in_bytes and promised <= len(data) <= promised + 1:
        return np.frombuffer(data, np.uint8).astype(np.int64)[:promised]
    kind = "<u2" if little_endian else ">u2"
    return np.frombuffer(data[: len(data) // 2 * 2], kind).astype(np.int64)[:promised]


def _looked_up(values: NDArray[Any], table: NDArray[np.int64], first: int) -> NDArray[np.float64]:
    """The entry for each value; below the first and beyond the last, those."""
    index = np.rint(values).astype(np.int64) - first
    found: NDArray[np.float64] = table[index.clip(0, len(table) - 1)].astype(np.float64)
    return found


def _number(dataset: Any, name: str, default: float) -> float:
    found = _numbers(dataset, name)
    return default if not found or found[0] is None else found[0]


def _numbers(dataset: Any, name: str) -> list[float | None]:
    """The values of an element, None for each that is empty; [] where the element is absent."""
    found = dataset.get(name)
    if found is None:
        return []
    several = [found] if isinstance(found, (str, float, int)) else list(found)
    try:
        return [None if value is None or value == "" else float(value) for value in several]
    except ValueError:
        raise ImageError(f"a DICOM file whose {name} is no number ({str(found)[:32]})") from None
