"""DICOM files that unpack to far more than the image they say they hold are refused before they are unpacked."""

from __future__ import annotations

import io
import zlib
from typing import IO, Any

from core.data.limits import MAX_PIXELS
from core.errors import ImageError

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_META_ENDS = 144
"""Where the file meta information begins that its first element, of group length, counts."""
_BESIDE_PIXELS = 16 << 20
"""Bytes that a deflated file may hold beside its pixels."""
_HEADER = 1 << 20
_JPEG_FRAMES = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7}


def inflated(file: IO[bytes]) -> IO[bytes]:
    """``file`` itself, from its beginning; one that is deflated as a whole is refused where it unpacks to more than its
    image takes and :data:`_BESIDE_PIXELS`."""
    file.seek(0)
    head = file.read(1024)
    meta = head[_META_ENDS : _META_ENDS + int.from_bytes(head[140:144], "little")]
    file.seek(0)
    if head[128:132] != b"DICM" or _DEFLATED not in meta:
        return file
    packed = file.read()
    start = _META_ENDS + int.from_bytes(head[140:144], "little")
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    first = stream.decompress(packed[start:], _HEADER)
    most = _image_bytes(first) + _BESIDE_PIXELS
    stream.decompress(stream.unconsumed_tail, most)
    if stream.unconsumed_tail:
        raise ImageError("a deflated DICOM file that unpacks to far more than its image; save it uncompressed")
    file.seek(0)
    return file


def _image_bytes(header: bytes) -> int:
    """Bytes of the pixels that the first bytes of an unpacked file speak of; 0 where of none, or of too many."""
    import pydicom

    tags = ["Rows", "Columns", "BitsAllocated", "SamplesPerPixel"]
    try:
        found = pydicom.dcmread(io.BytesIO(header), specific_tags=tags, stop_before_pixels=True, force=True)
        pixels = int(found.Rows) * int(found.Columns)
        return pixels * int(found.BitsAllocated) // 8 * int(found.get("SamplesPerPixel", 1)) * (pixels <= MAX_PIXELS)
    except Exception:  # the header is read again by decode_dicom, which says what is wrong with it
        return 0


def check_packed(dataset: Any) -> None:
    """Refuse compressed pixels that are of another size than Rows and Columns say. ``dataset`` has both."""
    from pydicom.encaps import get_frame

    syntax = dataset.file_meta.TransferSyntaxUID
    if not syntax.is_compressed or syntax.name.startswith("Deflated") or "PixelData" not in dataset:
        return
    frame = get_frame(dataset.PixelData, 0, number_of_frames=1)
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if syntax.name == "RLE Lossless":
        wanted = rows * columns * int(dataset.BitsAllocated) // 8 * int(dataset.SamplesPerPixel)
        if _rle_size(frame, wanted) > wanted + 64:
            raise ImageError("a DICOM file whose RLE pixels unpack to more than its Rows and Columns")
        return
    size = _size_of_stream(frame)
    if size is not None and size != (columns, rows):
        raise ImageError(
            f"a DICOM file that says {columns} × {rows} pixels and holds {size[0]} × {size[1]}, which contradict"
        )


def _size_of_stream(frame: bytes) -> tuple[int, int] | None:
    """Width and height in a JPEG, JPEG-LS or JPEG 2000 stream; None where they are not found."""
    if (at := frame[:4096].find(b"\xff\x4f\xff\x51")) >= 0:  # JPEG 2000: start, then sizes
        width, height, left, top = (
            int.from_bytes(frame[at + start : at + start + 4], "big") for start in range(8, 24, 4)
        )
        return width - left, height - top
    at = 2
    while at + 9 <= len(frame) and frame[at] == 0xFF:
        marker = frame[at + 1]
        if marker in _JPEG_FRAMES:
            height, width = (int.from_bytes(frame[at + start : at + start + 2], "big") for start in (5, 7))
            return width, height
        filled = marker == 0xFF
        at += 1 if filled else 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    return None


def _rle_size(frame: bytes, most: int) -> int:
    """Bytes that an RLE frame (PS3.5, annex G) unpacks to, counted until they are more than ``most`` and 64."""
    segments = int.from_bytes(frame[:4], "little")
    offsets = [int.from_bytes(frame[at : at + 4], "little") for at in range(4, 4 + 4 * min(segments, 15), 4)]
    size = 0
    for start, end in zip(offsets, [*offsets[1:], len(frame)], strict=True):
        at = start
        while at < min(end, len(frame)):
            count = frame[at]
            if count == 128:
                at += 1
                continue
            size += count + 1 if count < 128 else 257 - count
            at += count + 2 if count < 128 else 2
            if size > most + 64:
                return size
    return size
