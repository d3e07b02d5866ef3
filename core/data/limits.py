"""What every decoder has in common: the sizes that are accepted, and exceptions turned into reasons for people."""

from __future__ import annotations

from core.disk import refusal
from core.errors import ImageError

MAX_PIXELS = 64_000_000
"""Larger images are refused before decoding: a blank one of 169 megapixels fits in a file of 164 kB."""
MIN_SIDE = 8

_LONGEST_REASON = 160


def check_size(width: int, height: int) -> None:
    """Refuse images that are too large to decode safely or too small to show anything."""
    if width * height > MAX_PIXELS:
        megapixels = width * height / 1e6
        raise ImageError(f"{width} × {height} pixels ({megapixels:.0f} megapixels); at most 64 megapixels are read")
    if min(width, height) < MIN_SIDE:
        raise ImageError(f"{width} × {height} pixels; at least {MIN_SIDE} on each side are needed")


def image_error(error: Exception) -> ImageError:
    """The reason why a decoder failed, short and on one line."""
    if isinstance(error, OSError) and error.errno is not None:
        return ImageError(f"cannot be read: {refusal(error)}")  # str(error) would hold the path
    if isinstance(error, MemoryError):
        return ImageError("not enough memory to decode it")
    detail = " ".join(str(error).split(" - ")[0].split())[:_LONGEST_REASON]
    return ImageError(f"damaged or truncated ({detail or type(error).__name__})")
