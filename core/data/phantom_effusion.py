"""Free pleural fluid of a phantom, upright: it fills the costophrenic angle and rises at the ribs as a meniscus."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.phantom_anatomy import Anatomy
from core.data.phantom_chest import Chest, diaphragm_level
from core.data.phantom_grid import Grid, Map, ramp
from core.data.phantom_skeleton import thorax_width

SHARE_WITH_EFFUSION = {"bacteria": 0.5, "virus": 0.2, None: 0.2}
"""A patient's chance of an effusion, by the cause of the pneumonia: of the images 30 %, with a correlation of 0.17."""
SHARE_OF_SIDES = {"right": 0.4, "left": 0.35, "both sides": 0.25}
EXTENTS = ("small effusion", "moderate effusion", "large effusion")

_SIGNS = {"right": (-1,), "left": (1,), "both sides": (-1, 1)}  # of x on the patient's sides
_LEAST, _MOST = 0.24, 0.85  # height of the fluid at the ribs: in half widths of the thorax; of the lung's height


@dataclass(frozen=True, kw_only=True, slots=True)
class Effusion:
    """``fluid``: share of each ray's air that fluid takes, in [0, 1]; ``mask``: where it is seen."""

    fluid: Map
    mask: NDArray[np.bool_]


def extent_of(amount: float) -> str:
    """The name of the third of [0, 1] in which ``amount`` lies."""
    return EXTENTS[min(int(3 * amount), 2)]


def effusion(
    anatomy: Anatomy, chest: Chest, grid: Grid, amount: float, side: str, rng: np.random.Generator
) -> Effusion:
    """``amount`` goes from 0, a blunted angle, to 1, the lower half of the lung; of both sides one has less."""
    signs = _SIGNS[side]
    amounts = amount * rng.permutation([1.0, rng.uniform(0.3, 0.9)][: len(signs)])
    each = [_one_side(anatomy, grid, float(own), sign, rng) for own, sign in zip(amounts, signs, strict=True)]
    fluid: Map = np.maximum.reduce(each)
    return Effusion(fluid=fluid, mask=(fluid > 0.5) & (chest.lung > 0.1))


def _one_side(anatomy: Anatomy, grid: Grid, amount: float, sign: int, rng: np.random.Generator) -> Map:
    """Fluid below a concave line that is highest and sharp at the ribs, flat and hazy further in, with a film above."""
    outward = np.clip(sign * grid.x / thorax_width(anatomy, grid.y), 0, 1)
    angle = float(diaphragm_level(anatomy, np.array([0.93 * sign], np.float32))[0])
    top = angle - (_LEAST + (_MOST * anatomy.height - _LEAST) * amount)
    fall = rng.uniform(0.28, 0.4) * (1 + 0.3 * amount)
    line = top + fall * (1 - outward ** rng.uniform(3.5, 5.5)) + 0.012 * grid.noise(rng, grain=0.35)
    hazy = 1 - outward
    body = ramp((grid.y - line + 0.02 + 0.08 * hazy) / (0.09 + 0.22 * hazy), 0, 1)
    film = ramp(grid.y, top - 0.35, top) * ramp(outward, 0.985 - 0.04 * amount, 1.0)
    fluid: Map = np.maximum(body, film) * (sign * grid.x > 0)
    return fluid
