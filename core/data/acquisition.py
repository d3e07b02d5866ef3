"""Shifts of acquisition that really happen between two hospitals, each in three strengths.

Every change takes a radiograph, uint8 (h, w) of at least 1 x 1, and gives another of the same shape. Lengths are shares
of the picture and grey levels shares of its range, so that a strength means the same at 224 and at 3,000 pixels. Only
JPEG is in pixels: its blocks are 8 x 8 of the array given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

GrayImage = NDArray[np.uint8]

VERSION = 1
"""Another number wherever the same picture would come out differently: what was computed before no longer counts."""

STRENGTHS = ("mild", "moderate", "strong")
"""Strengths 1, 2 and 3; strength 0 changes nothing."""

_GRAIN = 256  # grains of noise along the shorter side
_MARGIN = 0.04  # of the shorter side, between a marker and the edges
_LETTERS = {
    "L": np.array([[1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0], [1, 1, 1]], dtype=np.uint8),
    "R": np.array([[1, 1, 0], [1, 0, 1], [1, 1, 0], [1, 0, 1], [1, 0, 1]], dtype=np.uint8),
}


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift. ``amounts`` are those of mild, moderate and strong; ``wording`` says an amount with its unit.

    ``change(gray, amount, seed)`` draws what is left to chance (a side, grains of noise) from ``seed`` alone.
    """

    name: str
    title: str
    amounts: tuple[float, float, float]
    wording: str
    change: Callable[[GrayImage, float, int], GrayImage]

    def described(self, strength: int) -> str:
        """A strength, 1 to 3, in words, for example ``"quality 15"``."""
        return self.wording.format(self.amounts[strength - 1]).replace("-", "\N{MINUS SIGN}")


def shifted(gray: GrayImage, shift: Shift, strength: int, seed: int) -> GrayImage:
    """``gray`` under ``shift``; at strength 0 itself. ValueError for a strength that is not 0, 1, 2 or 3."""
    if strength not in range(len(STRENGTHS) + 1):
        raise ValueError(f"a strength is 0, 1, 2 or 3, not {strength}")
    return gray if strength == 0 else shift.change(np.ascontiguousarray(gray), shift.amounts[strength - 1], seed)


def seed_of(gray: GrayImage) -> int:
    """A number that depends on shape and pixels only: equal radiographs get equal noise, whenever and wherever."""
    content = repr(gray.shape).encode() + np.ascontiguousarray(gray).tobytes()
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")


def _offset(gray: GrayImage, levels: float, _: int) -> GrayImage:
    return _by_level(gray, np.arange(256) + levels)


def _gain(gray: GrayImage, gain: float, _: int) -> GrayImage:
    return _by_level(gray, (np.arange(256) - 127.5) * gain + 127.5)


def _power(gray: GrayImage, exponent: float, _: int) -> GrayImage:
    return _by_level(gray, 255 * (np.arange(256) / 255) ** exponent)


def _by_level(gray: GrayImage, levels: NDArray[np.floating]) -> GrayImage:
    """Every grey level replaced by its own of ``levels`` (256,)."""
    return _bytes(levels)[gray]


def _blur(gray: GrayImage, percent: float, _: int) -> GrayImage:
    return np.asarray(cv2.GaussianBlur(gray, (0, 0), percent / 100 * min(gray.shape)), dtype=np.uint8)


def _noise(gray: GrayImage, percent: float, seed: int) -> GrayImage:
    height, width = gray.shape
    fine = min(height, width) / _GRAIN
    grid = (max(1, round(height / fine)), max(1, round(width / fine)))
    grain = np.random.default_rng(seed).standard_normal(grid, dtype=np.float32)
    # Nearest, because interpolation would average the grains and so weaken them.
    spread = cv2.resize(grain, (width, height), interpolation=cv2.INTER_NEAREST)
    return _bytes(gray + spread.reshape(gray.shape) * (255 * percent / 100))


def _jpeg(gray: GrayImage, quality: float, _: int) -> GrayImage:
    _, encoded = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, round(quality)])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)


def _rotate(gray: GrayImage, degrees: float, seed: int) -> GrayImage:
    return _about_centre(gray, _either(seed, 0) * degrees, 1.0)


def _zoom(gray: GrayImage, scale: float, _: int) -> GrayImage:
    return _about_centre(gray, 0.0, scale)


def _about_centre(gray: GrayImage, degrees: float, scale: float) -> GrayImage:
    height, width = gray.shape
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, scale)
    moved = cv2.warpAffine(gray, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=0)
    return np.asarray(moved, dtype=np.uint8)


def _crop(gray: GrayImage, percent: float, seed: int) -> GrayImage:
    height, width = gray.shape
    down, right = round(percent / 100 * height), round(percent / 100 * width)
    rows = slice(down, None) if _either(seed, 1) > 0 else slice(height - down)
    columns = slice(right, None) if _either(seed, 2) > 0 else slice(width - right)
    cut = np.ascontiguousarray(gray[rows, columns])
    return np.asarray(cv2.resize(cut, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _mark(gray: GrayImage, percent: float, seed: int) -> GrayImage:
    """A white letter in an upper corner: R on the patient's right, which is the left of the picture, or L opposite."""
    side = min(gray.shape)
    high, margin = max(1, round(percent / 100 * side)), round(_MARGIN * side)
    letter = _LETTERS["R" if _either(seed, 3) > 0 else "L"]
    wide = max(1, round(high * letter.shape[1] / letter.shape[0]))
    left = margin if _either(seed, 3) > 0 else gray.shape[1] - margin - wide
    marked = gray.copy()
    place = marked[margin : margin + high, left : left + wide]
    place[cv2.resize(letter, (wide, high), interpolation=cv2.INTER_NEAREST)[: len(place), : place.shape[1]] > 0] = 255
    return marked


def _either(seed: int, bit: int) -> int:
    """1 or -1: one of two sides."""
    return 1 if seed >> bit & 1 else -1


def _bytes(values: NDArray[np.floating]) -> GrayImage:
    rounded: GrayImage = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return rounded


_LEVELS, _GAIN, _MARKER = (
    "{:+g} of 255 grey levels",
    "gain {:g} about mid-grey",
    "letter {:g} % of the shorter side high",
)
SHIFTS = (
    Shift("brighter", "Brighter", (15, 30, 60), _LEVELS, _offset),
    Shift("darker", "Darker", (-15, -30, -60), _LEVELS, _offset),
    Shift("harder", "More contrast", (1.25, 1.5, 2), _GAIN, _gain),
    Shift("softer", "Less contrast", (0.8, 0.65, 0.5), _GAIN, _gain),
    Shift("gamma_up", "Darker midtones (gamma)", (1.25, 1.6, 2.5), "exponent {:g}", _power),
    Shift("gamma_down", "Lighter midtones (gamma)", (0.8, 0.625, 0.4), "exponent {:g}", _power),
    Shift("blur", "Blur", (0.4, 0.8, 1.6), "Gaussian, σ {:g} % of the shorter side", _blur),
    Shift("noise", "Noise", (3, 6, 12), "σ {:g} % of the grey range", _noise),
    Shift("jpeg", "JPEG compression", (40, 15, 5), "quality {:g} of 100", _jpeg),
    Shift("rotation", "Rotation", (5, 10, 20), "{:g}° to either side", _rotate),
    Shift("closer", "Closer framing", (1.1, 1.2, 1.4), "enlarged × {:g}", _zoom),
    Shift("wider", "Wider framing", (0.9, 0.8, 0.65), "shrunk × {:g}, dark margins", _zoom),
    Shift("cropped", "Cropped off-centre", (4, 8, 16), "{:g} % cut off one side and the top or foot", _crop),
    Shift("marker", "Burned-in marker", (6, 10, 16), _MARKER, _mark),
)
"""Exposure, contrast and gamma both ways, sharpness, noise, compression, positioning, framing and a marker.

To which side a picture is turned, and which sides are cut off, its content decides. Rotation and wider framing leave
dark what nothing is known of, as a film turned on a scanner and an open collimator around a small child do.
"""
