"""Soft tissue and air of a phantom: path lengths along each ray, in half widths of the thorax."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.phantom_anatomy import Anatomy
from core.data.phantom_grid import Grid, Map, bulge, ramp, soften
from core.data.phantom_skeleton import arm_axis, skeleton, thorax_width


@dataclass(frozen=True, kw_only=True, slots=True)
class Chest:
    """What the rays of one exposure pass through, each (h, w)."""

    body: Map  # between the outlines of the patient, air within not yet taken out
    lung: Map  # aerated lung
    gas: Map  # other gas: windpipe, stomach, bowel
    vessels: Map  # vessels and bronchial walls within the lungs
    bones: Map


def build_chest(anatomy: Anatomy, grid: Grid) -> Chest:
    """Everything but disease, upright. The same anatomy and grid give the same arrays."""
    rng = np.random.default_rng(anatomy.pattern)
    lung = _lungs(anatomy, grid)
    return Chest(
        body=_body(anatomy, grid),
        lung=lung,
        gas=_gas(anatomy, grid, rng),
        vessels=anatomy.vessels * vessel_tree(grid, rng, reach=anatomy.height) * np.minimum(2.5 * lung, 1),
        bones=skeleton(anatomy, grid),
    )


def _body(anatomy: Anatomy, grid: Grid) -> Map:
    """Neck, trunk, arms and chin."""
    x, y = grid.x, grid.y
    half_width = 0.36 + ramp(y, -0.34, 0.4) * (0.66 + anatomy.fat + 0.04 * np.clip(y - 0.6, 0, 1))
    half_depth = 0.3 + ramp(y, -0.4, 0.25) * (anatomy.depth - 0.26 + 0.06 * ramp(y, 0.9, 1.5))
    thickness = 2 * half_depth * np.sqrt(bulge((x / half_width) ** 2))
    radius = 0.23 + anatomy.fat
    for side in (-1.0, 1.0):
        joint, elbow = arm_axis(anatomy, side)
        shoulder = grid.capsule((side * 0.35, 0.06), (joint[0] - side * 0.05, joint[1] + 0.06), radius)
        limb = np.maximum(shoulder, grid.capsule(joint, elbow, radius))
        thickness = np.maximum(thickness, 2 * radius * limb)
    return np.maximum(thickness, 1.5 * grid.ellipsoid((0.0, -0.95), (0.52, 0.42)))


def _lungs(anatomy: Anatomy, grid: Grid) -> Map:
    """Two lungs inside the rib cage, with the heart, great vessels, thymus and diaphragm taken out of them."""
    x, y = grid.x, grid.y
    width = 0.97 * thorax_width(anatomy, y - 0.02)
    cage = bulge((x / width) ** 2) * (2 * (anatomy.depth - 0.1) * (1 + 0.12 * anatomy.turn * x))
    lungs = cage * (1 - _mediastinum(anatomy, grid)) * (1 - _diaphragm(anatomy, x, y))
    return soften(lungs, 1.0)  # heart and diaphragm move during the exposure


def _mediastinum(anatomy: Anatomy, grid: Grid) -> Map:
    """Share of each ray through the cage that heart, great vessels and thymus take, in [0, 1]."""
    shift = 0.06 * anatomy.turn
    x, y = grid.x - shift, grid.y
    base, size = anatomy.height, anatomy.heart
    half_width = anatomy.mediastinum + 0.22 * np.exp(-np.maximum(y, 0) / 0.1) + 0.05 * ramp(y, 0.3, 0.9)
    half_width = half_width + 0.05 * np.exp(-(((y - 0.5) / 0.14) ** 2))
    knob = 0.045 * np.exp(-(((y - 0.36) / 0.1) ** 2))
    centre = 0.97 * ramp(half_width + knob * (x > 0) - np.abs(x), -0.02, 0.03)
    left = grid.ellipsoid((0.13 + shift, base - 0.30), (0.53 * size, 0.36 * size), 0.8)
    right = grid.ellipsoid((-0.08 + shift, base - 0.27), (0.23 * size, 0.38 * size), 0.15)
    occupied = np.maximum(centre, np.minimum(1.15 * np.maximum(left, right), 0.94))
    if anatomy.thymus:
        rows, columns = grid.window(-9, 9, 0, 0.7)
        sail = _thymus(anatomy.thymus, x[:, columns], y[rows])
        occupied[rows, columns] = np.maximum(occupied[rows, columns], sail)
    return occupied


def _thymus(size: float, x: Map, y: Map) -> Map:
    """The thymus beside the upper mediastinum, with the straight lower edge that makes it a sail."""
    side = math.copysign(1.0, size)
    reach = 0.2 + 0.24 * abs(size)
    outer = side * x - reach - 0.35 * (y - 0.5) + 0.8 * np.maximum(y - 0.45, 0)
    return 0.42 * ramp(outer, 0.03, -0.05) * ramp(y, 0.05, 0.25) * ramp(y, 0.66, 0.5) * (side * x > 0)


def _diaphragm(anatomy: Anatomy, x: Map, y: Map) -> Map:
    """Share taken by the abdomen: most of it at the edge of the dome, the rest where lung lies behind the dome."""
    below = y - diaphragm_level(anatomy, x)
    return np.clip((below + 0.008) * 50, 0, 1) * (0.86 + np.clip(0.45 * below, 0, 0.14))


def diaphragm_level(anatomy: Anatomy, x: Map) -> Map:
    """``y`` of the upper edge of the diaphragm: two domes that fall off to the costophrenic angles."""
    top = anatomy.height + ramp(x, -0.05, 0.15) * anatomy.dome_left
    from_crest = np.abs(x) - 0.42
    sag = (0.62 - 0.4 * anatomy.flatness) * from_crest**2 * np.where(from_crest > 0, np.float32(1.9), np.float32(1))
    level: Map = top + sag
    return level


def _gas(anatomy: Anatomy, grid: Grid, rng: np.random.Generator) -> Map:
    """Windpipe and main bronchi, stomach bubble, bowel gas."""
    lean = 0.015 + 0.04 * anatomy.turn
    gas = 0.07 * np.maximum(
        grid.capsule((lean, 0.42), (lean - 0.16, 0.6), 0.035), grid.capsule((lean, 0.42), (lean + 0.2, 0.58), 0.032)
    )
    gas = np.maximum(gas, 0.09 * grid.capsule((lean + 0.05 * anatomy.turn, -0.7), (lean, 0.42), 0.052))
    floor = anatomy.height + anatomy.dome_left
    if anatomy.gastric:
        r = anatomy.gastric
        gas += 0.22 * grid.ellipsoid((0.45, floor + 0.07 + r), (1.5 * r, r), 0.2)
    rows, columns = grid.window(-0.95, 0.95, floor + 0.35, 9)
    bowel = ramp(grid.noise(rng, grain=0.16)[rows, columns], 0.7, 1.9)
    gas[rows, columns] += 0.13 * bowel * ramp(grid.y[rows], floor + 0.35, floor + 0.6)
    return gas


def vessel_tree(grid: Grid, rng: np.random.Generator, *, reach: float, coarse: float = 1.0) -> Map:
    """Vessels that branch from both hila and thin out, drawn in [0, 1]. ``coarse`` thickens and softens them."""
    canvas = grid.canvas()
    trunks = np.concatenate([_walk(rng, _hilum(rng, side, 11, reach), 11, 0.075 * reach) for side in (-1, 1)])
    buds = trunks[:, 2:9:2].reshape(-1, 2)
    ahead = (trunks[:, 3:10:2] - trunks[:, 2:9:2]).reshape(-1, 2)
    heading = np.arctan2(ahead[:, 1], ahead[:, 0]) + rng.choice([-1, 1], len(buds)) * rng.uniform(0.3, 0.75, len(buds))
    twigs = _walk(rng, np.column_stack([buds, heading]), 6, 0.05)
    for paths, width in ((twigs, 0.016), (trunks, 0.032)):
        steps = paths.shape[1] - 1
        for k in reversed(range(steps)):
            thinning = 1 - 0.85 * k / steps
            grid.lines(canvas, paths[:, k : k + 2], width=coarse * width * thinning, value=0.2 + 0.8 * thinning**1.5)
    return grid.from_canvas(canvas, blur=0.008 * coarse)


def _hilum(rng: np.random.Generator, side: int, n: int, reach: float) -> NDArray[np.float64]:
    """Starting points and headings (n, 3) of the vessels of one side, fanned out over the lung."""
    fan = np.linspace(-1.3, 1.45, n) + rng.normal(0, 0.16, n)
    heading = np.where(side > 0, fan, np.pi - fan)
    return np.column_stack([side * rng.normal(0.2, 0.03, n), 0.45 * reach + 0.07 * fan, heading])


def _walk(rng: np.random.Generator, start: NDArray[np.float64], steps: int, stride: float) -> NDArray[np.float64]:
    """Gently wandering paths (n, steps + 1, 2) from ``start`` (n, 3) of x, y and heading."""
    n = len(start)
    heading = start[:, 2:] + np.cumsum(rng.normal(0, 0.17, (n, steps)), axis=1)
    moves = stride * rng.uniform(0.7, 1.2, (n, 1, 1)) * np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    steps_from_start = np.concatenate([np.zeros((n, 1, 2)), np.cumsum(moves, axis=1)], axis=1)
    path: NDArray[np.float64] = start[:, None, :2] + steps_from_start
    return path
