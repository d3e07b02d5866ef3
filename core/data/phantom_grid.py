"""The picture plane of a phantom: which point of the body each pixel looks at, and drawing in body coordinates."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Map: TypeAlias = NDArray[Any]
"""One float32 a pixel, shape (h, w); coordinates may have shape (h, 1) or (1, w) and broadcast."""

_FRACTION_BITS = 4  # OpenCV draws at sixteenths of a pixel


@dataclass(frozen=True, kw_only=True)
class Grid:
    """Where the detector stands: ``centre`` of the body lies in the middle of the picture, the body upright.

    The axes are kept apart, so that what depends on one of them is computed for one row or column only.
    """

    width: int
    height: int
    scale: float  # pixels per unit of body length
    centre: tuple[float, float]

    @cached_property
    def x(self) -> Map:
        """Body coordinate of every column, (1, w)."""
        return self._axis(self.width, self.centre[0])[None, :]

    @cached_property
    def y(self) -> Map:
        """Body coordinate of every row, (h, 1)."""
        return self._axis(self.height, self.centre[1])[:, None]

    def _axis(self, n: int, middle: float) -> Map:
        return ((np.arange(n) - (n - 1) / 2) / self.scale + middle).astype(np.float32)

    def window(self, left: float, right: float, top: float, bottom: float) -> tuple[slice, slice]:
        """The rows and columns that look at a rectangle of the body; may be empty."""
        rows = np.searchsorted(self.y[:, 0], (top, bottom))
        columns = np.searchsorted(self.x[0], (left, right))
        return slice(int(rows[0]), int(rows[1])), slice(int(columns[0]), int(columns[1]))

    def empty(self) -> Map:
        """Zeros (h, w)."""
        return np.zeros((self.height, self.width), np.float32)

    def capsule(self, start: tuple[float, float], stop: tuple[float, float], radius: float) -> Map:
        """Path length through a rounded cylinder along the line from ``start`` to ``stop``, over its diameter."""
        xs, ys = sorted((start[0], stop[0])), sorted((start[1], stop[1]))
        rows, columns = self.window(xs[0] - radius, xs[1] + radius, ys[0] - radius, ys[1] + radius)
        x, y = self.x[:, columns] - start[0], self.y[rows] - start[1]
        along_x, along_y = stop[0] - start[0], stop[1] - start[1]
        t = np.clip((x * along_x + y * along_y) / (along_x**2 + along_y**2), 0, 1)
        path = self.empty()
        path[rows, columns] = bulge(((x - t * along_x) ** 2 + (y - t * along_y) ** 2) / radius**2)
        return path

    def ellipsoid(self, centre: tuple[float, float], radii: tuple[float, float], angle: float = 0.0) -> Map:
        """Path length through an ellipsoid turned by ``angle`` radians, over its thickness."""
        reach = max(radii)
        rows, columns = self.window(centre[0] - reach, centre[0] + reach, centre[1] - reach, centre[1] + reach)
        cos, sin = math.cos(angle), math.sin(angle)
        u, v = self.x[:, columns] - centre[0], self.y[rows] - centre[1]
        path = self.empty()
        path[rows, columns] = bulge(((cos * u + sin * v) / radii[0]) ** 2 + ((cos * v - sin * u) / radii[1]) ** 2)
        return path

    def pixels(self, points: NDArray[np.float64]) -> NDArray[np.int32]:
        """Body points (..., 2) as OpenCV's fixed-point pixel positions."""
        corner = np.array([self.x[0, 0], self.y[0, 0]], np.float64)
        fixed = (points - corner) * self.scale * 2**_FRACTION_BITS
        return np.asarray(np.rint(np.clip(fixed, -(2**20), 2**20)), np.int32)

    def lines(self, canvas: NDArray[np.uint8], paths: NDArray[np.float64], *, width: float, value: float) -> None:
        """Draw open lines (n, points, 2), ``width`` in body units; lines thinner than a pixel are drawn fainter."""
        in_pixels = width * self.scale
        shade = int(np.clip(255 * value * min(in_pixels, 1.0), 0, 255))
        thickness = max(round(in_pixels), 1)
        cv2.polylines(canvas, list(self.pixels(paths)), False, shade, thickness, cv2.LINE_AA, _FRACTION_BITS)

    def polygon(self, points: NDArray[np.float64], *, blur: float) -> Map:
        """A filled shape (points, 2) with edges softened by ``blur`` body units, in [0, 1]."""
        canvas = self.canvas()
        cv2.fillPoly(canvas, [self.pixels(points)], 255, cv2.LINE_AA, _FRACTION_BITS)
        return self.from_canvas(canvas, blur=blur)

    def canvas(self) -> NDArray[np.uint8]:
        """Something to draw lines on, (h, w)."""
        return np.zeros((self.height, self.width), np.uint8)

    def from_canvas(self, canvas: NDArray[np.uint8], *, blur: float) -> Map:
        """A canvas as values in [0, 1], softened by ``blur`` body units."""
        return soften(canvas, blur * self.scale + 0.3).astype(np.float32) * np.float32(1 / 255)

    def noise(self, rng: np.random.Generator, *, grain: float) -> Map:
        """Smooth noise of mean 0 and standard deviation about 1 whose bumps are ``grain`` body units wide."""
        cells = grain * self.scale
        shape = math.ceil(self.height / cells) + 1, math.ceil(self.width / cells) + 1
        coarse: Map = rng.standard_normal(shape, np.float32)
        if cells > 8:  # smooth enough for the cheap interpolation once it is at a quarter of the size
            coarse = cv2.resize(coarse, (self.width // 4, self.height // 4), interpolation=cv2.INTER_CUBIC)
        fine: Map = cv2.resize(coarse, (self.width, self.height), interpolation=cv2.INTER_LINEAR)
        return 1.3 * fine


@dataclass(frozen=True, kw_only=True, slots=True)
class Warp:
    """The upright body as it really lies: turned in the plane of the picture, and nowhere quite regular."""

    column: Map
    row: Map

    @classmethod
    def draw(cls, grid: Grid, angle: float, rng: np.random.Generator) -> Warp:
        """Turn by ``angle`` radians about the middle of the picture; contours wander by about a hundredth."""
        columns = np.arange(grid.width, dtype=np.float32)[None, :] - (grid.width - 1) / 2
        rows = np.arange(grid.height, dtype=np.float32)[:, None] - (grid.height - 1) / 2
        wander = 0.01 * grid.scale
        cos, sin = math.cos(angle), math.sin(angle)
        column = cos * columns + (sin * rows + (grid.width - 1) / 2) + wander * grid.noise(rng, grain=0.5)
        row = -sin * columns + (cos * rows + (grid.height - 1) / 2) + wander * grid.noise(rng, grain=0.5)
        return cls(column=column, row=row)

    def __call__(self, upright: Map) -> Map:
        return np.asarray(
            cv2.remap(upright, self.column, self.row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
        )


def ramp(value: Map, start: float, stop: float) -> Map:
    """Smooth step from 0 at ``start`` to 1 at ``stop`` (cubic Hermite)."""
    t = np.clip((value - start) * (1 / (stop - start)), 0, 1)
    return t * t * (3 - 2 * t)


def bulge(squared: Map) -> Map:
    """Path length through a unit ball, over 2; ``squared`` is the squared distance from its centre. 0 outside."""
    path: Map = np.sqrt(np.maximum(1 - squared, 0))
    return path


def soften(picture: Map, sigma: float) -> Map:
    """Gaussian blur by ``sigma`` pixels."""
    return cv2.GaussianBlur(picture, (0, 0), sigma)
