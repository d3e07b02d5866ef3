"""The picture plane of a phantom: which point of the body each pixel looks at, and drawing in body coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
"""One value a pixel, shape (h, w)."""

_FRACTION_BITS = 4  # OpenCV draws at sixteenths of a pixel


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Where the detector stands: ``centre`` of the body in the middle of the picture, turned by ``angle`` radians."""

    width: int
    height: int
    scale: float  # pixels per unit of body length
    centre: tuple[float, float]
    angle: float

    @cached_property
    def axes(self) -> tuple[Map, Map]:
        """Body coordinates x and y of every pixel centre, each (h, w)."""
        columns = (np.arange(self.width, dtype=np.float32) - (self.width - 1) / 2) / np.float32(self.scale)
        rows = ((np.arange(self.height, dtype=np.float32) - (self.height - 1) / 2) / np.float32(self.scale))[:, None]
        cos, sin = np.float32(np.cos(self.angle)), np.float32(np.sin(self.angle))
        x = np.float32(self.centre[0]) + cos * columns + sin * rows
        y = np.float32(self.centre[1]) - sin * columns + cos * rows
        return x, y

    def pixels(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        """Body points (..., 2) as OpenCV's fixed-point pixel positions."""
        x, y = points[..., 0] - self.centre[0], points[..., 1] - self.centre[1]
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        column = self.scale * (cos * x - sin * y) + (self.width - 1) / 2
        row = self.scale * (sin * x + cos * y) + (self.height - 1) / 2
        fixed = np.stack([column, row], axis=-1) * 2**_FRACTION_BITS
        return np.rint(np.clip(fixed, -(2**20), 2**20)).astype(np.int32)

    def lines(self, canvas: NDArray[np.uint8], paths: NDArray[np.float64], *, width: float, value: float) -> None:
        """Draw open lines (n, points, 2), ``width`` in body units; lines thinner than a pixel are drawn fainter."""
        in_pixels = width * self.scale
        shade = int(np.clip(255 * value * min(in_pixels, 1.0), 0, 255))
        thickness = max(round(in_pixels), 1)
        fixed = list(self.pixels(paths))
        cv2.polylines(canvas, fixed, False, shade, thickness, cv2.LINE_AA, _FRACTION_BITS)

    def polygon(self, points: NDArray[np.float64], *, blur: float) -> Map:
        """A filled shape (points, 2) with edges softened by ``blur`` body units, in [0, 1]."""
        canvas = self.blank()
        cv2.fillPoly(canvas, [self.pixels(points)], 255, cv2.LINE_AA, _FRACTION_BITS)
        return cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), max(blur * self.scale, 0.3))

    def blank(self) -> NDArray[np.uint8]:
        """An empty canvas (h, w)."""
        return np.zeros((self.height, self.width), np.uint8)

    def noise(self, rng: np.random.Generator, *, grain: float) -> Map:
        """Smooth noise of mean 0 and standard deviation about 1 whose bumps are ``grain`` body units wide."""
        step = max(grain * self.scale, 1.0)
        coarse = rng.standard_normal((int(self.height / step) + 3, int(self.width / step) + 3), np.float32)
        fine = cv2.resize(coarse, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        top, left = rng.integers(0, max(int(step), 1), 2)
        return 1.3 * fine[top : top + self.height, left : left + self.width]


def ramp(value: Map, start: float, stop: float) -> Map:
    """Smooth step from 0 at ``start`` to 1 at ``stop`` (cubic Hermite)."""
    t = np.clip((value - start) / (stop - start), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def bulge(squared: Map) -> Map:
    """Path length through a unit sphere, where ``squared`` is the squared distance from its centre; 0 outside."""
    return np.sqrt(np.maximum(1 - squared, 0))


def capsule(x: Map, y: Map, start: tuple[float, float], stop: tuple[float, float], radius: float) -> Map:
    """Path length through a rounded cylinder of ``radius`` along the line from ``start`` to ``stop``, over its radius."""
    along_x, along_y = stop[0] - start[0], stop[1] - start[1]
    length = along_x**2 + along_y**2
    t = np.clip(((x - start[0]) * along_x + (y - start[1]) * along_y) / length, 0, 1)
    return bulge(((x - start[0] - t * along_x) ** 2 + (y - start[1] - t * along_y) ** 2) / radius**2)
