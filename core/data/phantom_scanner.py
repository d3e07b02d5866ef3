"""From path lengths to a picture: exposure, scatter, noise, film curve, collimation and what is burned in."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from core.data.phantom_grid import Grid, Map, soften

TISSUE, BONE, LUNG_DENSITY = 1.75, 0.17, 0.22  # attenuation per unit length; lung is that share of tissue
BURNED_IN = "SYNTHETIC"


@dataclass(frozen=True, kw_only=True, slots=True)
class Scanner:
    """One way of taking radiographs. Pairs are the mean and the standard deviation from exposure to exposure."""

    size: tuple[int, int]  # smallest and largest picture height, in pixels
    aspect: tuple[float, float]  # smallest and largest width over height
    field: tuple[float, float]  # body lengths from top to bottom of the picture
    shift: float  # standard deviation of the centring
    quanta: tuple[float, float]  # X-ray quanta a pixel without a patient, in thousands
    scatter: float  # scattered over direct radiation
    blur: float  # focal spot and detector, in body lengths
    sharpening: tuple[float, float]  # of the processing
    brightness: tuple[float, float]  # grey of the middle of the chest, in [0, 1]
    contrast: tuple[float, float]
    shoulder: float  # how early the film curve saturates; 0 is a straight line
    collimation: float  # chance of dark borders
    unrest: float  # how far from ideal patients lie and breathe; 1 is usual


FIRST = Scanner(
    size=(220, 240),
    aspect=(1.15, 1.35),
    field=(2.1, 0.12),
    shift=0.05,
    quanta=(60.0, 15.0),
    scatter=0.35,
    blur=0.004,
    sharpening=(0.9, 0.15),
    brightness=(0.57, 0.04),
    contrast=(1.0, 0.1),
    shoulder=0.5,
    collimation=0.5,
    unrest=0.9,
)
SECOND = Scanner(
    size=(212, 236),
    aspect=(1.0, 1.2),
    field=(2.25, 0.2),
    shift=0.09,
    quanta=(14.0, 5.0),
    scatter=0.7,
    blur=0.010,
    sharpening=(0.3, 0.15),
    brightness=(0.6, 0.06),
    contrast=(0.87, 0.12),
    shoulder=0.8,
    collimation=0.8,
    unrest=1.7,
)


def draw_grid(scanner: Scanner, rng: np.random.Generator) -> Grid:
    """How one exposure is framed."""
    height = int(rng.integers(scanner.size[0], scanner.size[1] + 1))
    field = max(rng.normal(*scanner.field), 1.7)
    return Grid(
        width=round(height * rng.uniform(*scanner.aspect)),
        height=height,
        scale=height / field,
        centre=(rng.normal(0, scanner.shift), 0.68 + rng.normal(0, scanner.shift)),
    )


def expose(attenuation: Map, grid: Grid, scanner: Scanner, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The finished picture (h, w); white is where little radiation arrives."""
    direct: Map = cv2.exp(-soften(attenuation, scanner.blur * grid.scale))
    arriving = (direct + scanner.scatter * _haze(direct, grid)) / (1 + scanner.scatter)
    quanta = 1000 * max(rng.normal(*scanner.quanta), 0.5)
    cv2.setRNGSeed(int(rng.integers(2**31)))  # OpenCV keeps one generator a thread, so this is repeatable
    grain: Map = cv2.randn(np.empty_like(arriving), np.zeros(1), np.ones(1))
    arriving = np.maximum(arriving + np.sqrt(arriving / quanta) * grain, 1e-3)
    density: Map = -cv2.log(arriving)
    density += max(rng.normal(*scanner.sharpening), 0) * (density - soften(density, 0.03 * grid.scale))
    grey = _film(density, scanner, rng)
    return _burn_in(_collimate(grey, scanner, rng), rng)


def _haze(direct: Map, grid: Grid) -> Map:
    """Scattered radiation: the direct image, blurred over a third of the thorax; made small first, for speed."""
    small = cv2.resize(direct, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), 0.04 * grid.scale)
    return cv2.resize(small, (grid.width, grid.height), interpolation=cv2.INTER_LINEAR)


def _film(density: Map, scanner: Scanner, rng: np.random.Generator) -> Map:
    """Grey in [0, 1]: automatic exposure on the middle of the picture, then a curve with a shoulder for the bright."""
    h, w = density.shape
    middle = density[h // 5 : 4 * h // 5 : 3, w // 5 : 4 * w // 5 : 3]
    dark, bright = np.percentile(middle, (5, 95))
    level = (density - float(dark + bright) / 2) / max(float(bright - dark), 0.3)
    level = rng.normal(*scanner.contrast) * level
    if scanner.shoulder:
        k = 2 * scanner.shoulder
        level = np.minimum(level, 0) + np.tanh(k * np.maximum(level, 0)) / k
    return np.clip(rng.normal(*scanner.brightness) + 0.64 * level, 0, 1)


def _collimate(grey: Map, scanner: Scanner, rng: np.random.Generator) -> Map:
    """Dark borders where the lead shutters stood."""
    border = rng.uniform(0.0, 0.05, 4) * (rng.random(4) < scanner.collimation)
    h, w = grey.shape
    top, bottom, left, right = (border * (h, h, w, w)).astype(int)
    shutter = np.full((h, w), 0.06, np.float32)
    shutter[top : h - bottom, left : w - right] = 1
    return grey * cv2.GaussianBlur(shutter, (0, 0), 0.8)


def _burn_in(grey: Map, rng: np.random.Generator) -> NDArray[np.uint8]:
    """The word that says what this is and, as on real films, a side marker. Neither depends on the diagnosis."""
    picture: NDArray[np.uint8] = np.rint(255 * grey).astype(np.uint8)
    h = picture.shape[0]
    picture[h - 13 :, :64] //= 4
    cv2.putText(picture, BURNED_IN, (4, h - 5), cv2.FONT_HERSHEY_SIMPLEX, 0.3, 225, 1, cv2.LINE_AA)
    if rng.random() < 0.8:
        place = (int(rng.integers(6, 16)), int(rng.integers(20, h // 3)))
        cv2.putText(picture, "R", place, cv2.FONT_HERSHEY_SIMPLEX, rng.uniform(0.35, 0.6), 240, 1, cv2.LINE_AA)
    return picture
