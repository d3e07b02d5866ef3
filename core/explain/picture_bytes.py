"""Radiographs, heat maps and outlines as a browser shows them: JPEG, PNG with transparency, SVG path."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from core.explain.pictures import shrink

LONGEST_SIDE = 1024
"""Larger radiographs are sent reduced to this, in pixels."""

_QUALITY = 90
_COLOURS = cv2.COLORMAP_INFERNO  # rises evenly in lightness, so that it reads without colour vision too


def radiograph_jpeg(gray: NDArray[np.uint8]) -> bytes:
    """A radiograph, uint8 (h, w), as a JPEG of quality 90 whose longest side has at most ``LONGEST_SIDE`` pixels."""
    return _encoded(".jpg", shrink(gray, LONGEST_SIDE), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def colour_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """A picture in RGB, uint8 (h, w, 3), as a JPEG of quality 90."""
    return _encoded(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])


def heat_png(heat_map: NDArray[np.float32]) -> bytes:
    """A heat map in [0, 1], (s, s), in colour as a PNG that is transparent where the map is 0.

    The opacity is the map itself: colour never hides what the network ignored.
    """
    heat = np.clip(heat_map, 0, 1)
    colour = cv2.applyColorMap(np.rint(heat * 255).astype(np.uint8), _COLOURS)
    opacity = np.rint(heat * 255).astype(np.uint8)
    return _encoded(".png", np.dstack([colour, opacity]), [])


def heat_colours(n: int) -> list[str]:
    """``n`` colours of the scale of :func:`heat_png` from 0 to 1, as ``#rrggbb``."""
    levels = np.rint(np.linspace(0, 255, n)).astype(np.uint8)
    scale = cv2.applyColorMap(levels[:, np.newaxis], _COLOURS)[:, 0]
    return [f"#{red:02x}{green:02x}{blue:02x}" for blue, green, red in scale.tolist()]


def outline_path(mask: NDArray[np.bool_]) -> str:
    """The borders of what is True in ``mask`` (h, w) as an SVG path in its pixels; empty where nothing is.

    It runs a quarter of a pixel inside, so that the outline of a single pixel is a square and not a point.
    """
    # Contours go through the centres of pixels: halving them first brings the centres to the edges.
    doubled = mask.astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    borders, _ = cv2.findContours(doubled, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    parts = []
    for border in borders:
        points = (border[:, 0] + 0.5) / 2
        parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in points.tolist()) + "Z")
    return "".join(parts)


def _encoded(kind: str, pixels: NDArray[np.uint8], options: list[int]) -> bytes:
    done, buffer = cv2.imencode(kind, pixels, options)
    if not done:
        raise ValueError(f"an image of shape {pixels.shape} cannot be written as {kind}")
    return buffer.tobytes()
