"""Pneumonia of a phantom: which share of the lung's air is replaced by fluid, and where that counts as opacity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.phantom_anatomy import Anatomy
from core.data.phantom_chest import Chest, vessel_tree
from core.data.phantom_grid import Grid, Map, ramp, soften

SUBTLETIES = ("subtle", "moderate", "obvious")


@dataclass(frozen=True, kw_only=True, slots=True)
class Disease:
    """``fluid``: share of air lost, in [0, 1]; ``streaks``: thickened bronchial walls; ``mask``: where it is seen."""

    fluid: Map
    streaks: Map
    mask: NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lobe:
    """Centre, radii and fissure of a lobe on the film, relative to the lung: x from 0 at the spine to 1 at the side
    (negative on the patient's right), y from 0 at the top to 1 at the diaphragm. ``fissure`` is a level and the side
    of it on which the lobe lies (+1 below), or None."""

    centre: tuple[float, float]
    radii: tuple[float, float]
    fissure: tuple[float, int] | None


LOBES = (
    Lobe(centre=(-0.55, 0.25), radii=(0.42, 0.32), fissure=(0.5, -1)),  # right upper
    Lobe(centre=(-0.50, 0.68), radii=(0.34, 0.24), fissure=(0.5, 1)),  # right middle
    Lobe(centre=(-0.58, 0.82), radii=(0.42, 0.36), fissure=None),  # right lower
    Lobe(centre=(0.60, 0.32), radii=(0.40, 0.36), fissure=None),  # left upper
    Lobe(centre=(0.58, 0.80), radii=(0.40, 0.36), fissure=None),  # left lower, partly behind the heart
)


def subtlety_of(severity: float) -> str:
    """The name of the third of [0, 1] in which ``severity`` lies."""
    return SUBTLETIES[min(int(3 * severity), 2)]


def lobar(anatomy: Anatomy, chest: Chest, grid: Grid, severity: float, rng: np.random.Generator) -> Disease:
    """One consolidated lobe: dense, with a soft edge, sharp at a fissure, with air in the bronchi that cross it."""
    lobe = LOBES[rng.integers(len(LOBES))]
    centre = np.array(lobe.centre) + rng.normal(0, 0.05, 2)
    radii = np.array(lobe.radii) * rng.uniform(0.75, 1.0) * (0.75 + 0.55 * severity)
    u, v = grid.x, grid.y / anatomy.height
    wavy = 0.22 * grid.noise(rng, grain=0.3) + 0.08 * grid.noise(rng, grain=0.1)
    distance = np.sqrt(((u - centre[0]) / radii[0]) ** 2 + ((v - centre[1]) / radii[1]) ** 2) + wavy
    shape = ramp(distance, 1.5, 0.3)
    if lobe.fissure:
        level, below = lobe.fissure
        shape *= ramp(below * (v - level - 0.05 * (np.abs(u) - 0.5)), -0.012, 0.012)
    bronchi = vessel_tree(grid, rng, reach=anatomy.height, coarse=1.2)
    fluid = (0.12 + 0.84 * severity) * shape * (1 - 0.25 * severity * bronchi)
    return Disease(fluid=fluid, streaks=np.zeros_like(fluid), mask=_seen(shape, chest, 0.4))


def diffuse(anatomy: Anatomy, chest: Chest, grid: Grid, severity: float, rng: np.random.Generator) -> Disease:
    """Streaks and patches around both hila, of low contrast."""
    reach = 0.36 + 0.2 * severity
    away = np.hypot(np.abs(grid.x) - 0.3, (grid.y / anatomy.height - 0.55) * 1.1)
    near = np.exp(-((away / reach) ** 2)) * (1 + 0.35 * np.sign(grid.x) * rng.uniform(-1, 1))
    patches = ramp(grid.noise(rng, grain=0.16) + 0.3 * grid.noise(rng, grain=0.05), -0.8, 2.0)
    shape = near * (0.35 + 0.65 * patches)
    streaks = vessel_tree(grid, rng, reach=anatomy.height, coarse=1.2) * ramp(away, 0.9, 0.2)
    return Disease(
        fluid=(0.08 + 0.7 * severity) * shape,
        streaks=(0.2 + 0.9 * severity) * streaks * np.minimum(2.5 * chest.lung, 1),
        mask=_seen(soften(shape, 0.03 * grid.scale), chest, 0.4),
    )


def _seen(shape: Map, chest: Chest, level: float) -> NDArray[np.bool_]:
    """Where the opacity has at least ``level`` of its full strength and there is lung for it to show in."""
    return (shape > level * float(shape.max())) & (chest.lung > 0.08)
