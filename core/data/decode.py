"""One file of any supported kind -> one defined array of 8-bit gray values. Nothing else in the project opens images.

The defined result, before :func:`to_square`:

- 8-bit gray: the stored values. Colour (RGB, palette, CMYK): ITU-R 601-2 luma; for JPEG that is its own Y channel.
- 16-bit integers: linear from the full 0..65535 to 0..255, rounded (a 12-bit TIFF: from 0..4095). Pillow's
  ``convert("L")`` would clip at 255 instead. 16-bit colour: the high byte of each channel.
- Bright is high: TIFF's "white is zero" and DICOM's MONOCHROME1 are inverted. 1-bit: 0 and 255.
- Transparency (alpha channel, transparent palette entry or colour): composited on black.
- EXIF orientation is applied. ICC profiles and gamma are not.
- DICOM: see ``dicom``.

Refused with a reason: floating-point and 32-bit images (their range is not defined), several frames, more than 64
megapixels (before decoding), fewer than 8 pixels on a side, damaged or truncated files, other formats.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile, jpeg_factory
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from core.data.dicom import decode_dicom, is_dicom
from core.data.limits import check_size, image_error
from core.errors import ImageError

GrayImage = NDArray[np.uint8]

# The plugins are called directly: Image.open would warn, or fail, by limits of its own before ours are looked at.
_OPENERS: dict[bytes, Callable[[IO[bytes]], ImageFile.ImageFile]] = {
    b"\xff\xd8\xff": jpeg_factory,
    b"\x89PNG\r\n\x1a\n": PngImageFile,
    b"II*\0": TiffImageFile,
    b"MM\0*": TiffImageFile,
    b"II+\0": TiffImageFile,
    b"MM\0+": TiffImageFile,
}
_OTHER_FORMATS = {
    b"GIF8": "a GIF image",
    b"BM": "a BMP image",
    b"RIFF": "a WebP or other RIFF file",
    b"8BPS": "a Photoshop file",
    b"%PDF": "a PDF document",
    b"%!PS": "a PostScript document",
    b"PK\x03\x04": "a zip archive or an office document",
    b"\x1f\x8b": "a gzip archive",
    b"\0\0\0\x0cjP": "a JPEG 2000 image",
    b"\xff\x4f\xff\x51": "a JPEG 2000 image",
    b"<": "an HTML, XML or SVG document",
    b"{": "a JSON text",
    b"version https://git-lfs": "a Git LFS pointer; fetch the file itself with `git lfs pull`",
}
_COLOURED = ("RGB", "RGBA", "P", "PA", "CMYK", "YCbCr", "LAB", "HSV")
_TIFF_BITS, _TIFF_PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0
_EXIF_ORIENTATION = 0x0112
_KINDS = {
    "1": "black and white",
    "L": "8-bit grey",
    "LA": "grey with transparency",
    "P": "colours of a palette",
    "RGBA": "colour with transparency",
    "CMYK": "colour for print",
}
_UPRIGHT: dict[int, Callable[[GrayImage], GrayImage]] = {
    2: lambda gray: gray[:, ::-1],
    3: lambda gray: gray[::-1, ::-1],
    4: lambda gray: gray[::-1],
    5: lambda gray: gray.T,
    6: lambda gray: np.rot90(gray, -1),
    7: lambda gray: gray[::-1, ::-1].T,
    8: lambda gray: np.rot90(gray),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DecodedImage:
    """Gray values of one image, and the size of the file's image after EXIF rotation."""

    gray: GrayImage
    """Shape (h, w); smaller than (height, width) where a reduced scale was enough."""
    width: int
    height: int
    kind: str = ""
    """What the file stores, in words: ``8-bit grey``, ``colour``; empty where it is no file."""


def decode_image(path: Path, *, at_least: int | None = None) -> DecodedImage:
    """The image in ``path`` as the module's docstring defines it; the format is told by content, not by extension.

    With ``at_least`` (the side of the square that is wanted), a large JPEG is decoded at 1/2, 1/4 or 1/8 of its size,
    as long as its shorter side stays at least twice that. Safe to call from several threads. Raises ImageError, whose
    message is a short reason without the path, whatever is wrong with the file.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a named pipe would wait for ever
            raise ImageError("not a regular file")
        with path.open("rb") as file:
            return decode_file(file, at_least=at_least)
    except (OSError, ValueError) as error:
        raise image_error(error) from error


def decode_file(file: IO[bytes], *, at_least: int | None = None) -> DecodedImage:
    """As :func:`decode_image`, of an open file from its beginning."""
    try:
        file.seek(0)
        head = file.read(132)
        file.seek(0)
        if is_dicom(head):
            gray = decode_dicom(file)
            return DecodedImage(gray=gray, width=gray.shape[1], height=gray.shape[0], kind="DICOM")
        return _decode_with_pillow(file, head, at_least)
    except ImageError:
        raise
    except Exception as error:  # decoders meet damaged files with nearly every type of exception
        raise image_error(error) from error


def shows_colour(file: IO[bytes]) -> bool:
    """Whether an open image file shows colours, as a photograph does and a radiograph saved in colour does not.

    At least a fiftieth of its pixels then have channels that differ by 32 of 255 or more.

    False for a grey image, a DICOM file, and for what cannot be decoded.
    """
    try:
        file.seek(0)
        head = file.read(132)
        file.seek(0)
        image = _open(file, head)
        check_size(*image.size)
        if image.mode not in _COLOURED:
            return False
        if isinstance(image, JpegImageFile):
            image.draft("RGB", (64, 64))
        channels = np.asarray(image.convert("RGB").resize((64, 64), Image.Resampling.BOX), dtype=np.int16)
    except Exception:  # decode_file says what is wrong with it
        return False
    return bool((np.ptp(channels, axis=2) >= 32).mean() >= 0.02)


def to_square(gray: GrayImage, size: int) -> GrayImage:
    """``gray`` (h, w) stretched to (size, size): averaged over areas where it shrinks, bilinear where it grows."""
    height, width = gray.shape
    if (height, width) == (size, size):
        return np.ascontiguousarray(gray)
    # One step each, because OpenCV's area mode turns into plain bilinear as soon as one side grows.
    shrunk = (min(width, size), min(height, size))
    if shrunk != (width, height):
        gray = _resize(gray, shrunk, cv2.INTER_AREA)
    if shrunk != (size, size):
        gray = _resize(gray, (size, size), cv2.INTER_LINEAR)
    return gray


def grey_levels(gray: GrayImage) -> int:
    """How many distinct grey levels ``gray`` (h, w) has, 1 to 256."""
    return int(np.count_nonzero(cv2.calcHist([gray], [0], None, [256], [0, 256])))


def _resize(gray: GrayImage, width_height: tuple[int, int], interpolation: int) -> GrayImage:
    resized = cv2.resize(np.ascontiguousarray(gray), width_height, interpolation=interpolation)
    return resized.astype(np.uint8, copy=False)


def _decode_with_pillow(file: IO[bytes], head: bytes, at_least: int | None) -> DecodedImage:
    image = _open(file, head)
    width, height = image.size
    check_size(width, height)
    if (frames := getattr(image, "n_frames", 1)) > 1:
        raise ImageError(f"holds {frames} frames; save the one that is meant as a file of its own")
    kind = _KINDS.get(image.mode, "16-bit grey" if image.mode.startswith("I") else "colour")
    if isinstance(image, JpegImageFile):
        image.draft("L", (2 * at_least, 2 * at_least) if at_least else None)
    image.load()
    orientation = _orientation(image)
    gray = _gray(image)
    if orientation in _UPRIGHT:
        gray = np.ascontiguousarray(_UPRIGHT[orientation](gray))
    if isinstance(image, JpegImageFile):  # the array may be at reduced scale
        width, height = (height, width) if orientation > 4 else (width, height)
    else:
        height, width = gray.shape
    return DecodedImage(gray=gray, width=width, height=height, kind=kind)


def _open(file: IO[bytes], head: bytes) -> ImageFile.ImageFile:
    if not head:
        raise ImageError("empty file (0 bytes)")
    for magic, opener in _OPENERS.items():
        if head.startswith(magic):
            image: ImageFile.ImageFile = opener(file)
            return image
    for magic, words in _OTHER_FORMATS.items():
        if head.startswith(magic):
            raise ImageError(f"not a JPEG, PNG, TIFF or DICOM image, but {words}")
    raise ImageError("not a JPEG, PNG, TIFF or DICOM image")


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 when there is none or it is damaged. TIFF is already upright after loading."""
    try:
        orientation = image.getexif().get(_EXIF_ORIENTATION, 1)
    except Exception:  # damaged EXIF says nothing about the pixels
        return 1
    return orientation if orientation in _UPRIGHT else 1


def _gray(image: Image.Image) -> GrayImage:
    mode = image.mode
    if mode == "F":
        raise ImageError("floating-point image, whose range is not defined; save it as 8 or 16-bit integers")
    if mode.startswith("I"):
        return _gray_from_integers(image)
    if image.has_transparency_data:
        straight = image.convert("RGBA")
        black = Image.new("RGBA", image.size, (0, 0, 0, 255))
        return np.asarray(Image.alpha_composite(black, straight).convert("L"))
    return np.asarray(image if mode == "L" else image.convert("L"))


def _gray_from_integers(image: Image.Image) -> GrayImage:
    tags: Any = getattr(image, "tag_v2", {})
    bits = tags.get(_TIFF_BITS, (16,))[0]
    values = np.asarray(image)
    if bits not in (12, 16) or values.min() < 0 or values.max() > 65535:
        raise ImageError("signed or 32-bit integers, whose range is not defined; save it as 8 or 16-bit integers")
    full = (1 << bits) - 1
    # Pillow inverts 8-bit "white is zero" images itself, 16-bit ones not.
    levels = np.arange(full, -1, -1) if tags.get(_TIFF_PHOTOMETRIC) == _WHITE_IS_ZERO else np.arange(full + 1)
    gray: GrayImage = np.round(levels * (255 / full)).astype(np.uint8)[values]
    return gray
