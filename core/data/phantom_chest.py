"""Soft tissue and air of a phantom: path lengths along each ray, in half widths of the thorax."""

from __future__ import annotations

from dataclasses import dataclass

import math

import cv2
import numpy as np

from core.data.phantom_anatomy import Anatomy
from core.data.phantom_grid import Grid, Map, bulge, capsule, ramp
from core.data.phantom_skeleton import arm_axis, skeleton, thorax_width


@dataclass(frozen=True, kw_only=True, slots=True)
class Chest:
    """What the rays of one exposure pass through, each (h, w); ``x`` and ``y`` are the slightly wavy body coordinates."""

    x: Map
    y: Map
    body: Map  # outline of the patient, as path length, air within it not yet taken out
    lung: Map  # aerated lung
    gas: Map  # other gas: windpipe, stomach, bowel
    vessels: Map  # vessels and bronchial walls within the lungs
    bones: Map


def build_chest(anatomy: Anatomy, grid: Grid) -> Chest:
    """Everything but disease. The same anatomy and grid give the same arrays."""
    rng = np.random.default_rng(anatomy.pattern)
    plain_x, plain_y = grid.axes
    x = plain_x + 0.010 * grid.noise(rng, grain=0.5)
    y = plain_y + 0.010 * grid.noise(rng, grain=0.5)
    lung = _lungs(anatomy, x, y)
    return Chest(
        x=x,
        y=y,
        body=_body(anatomy, x, y),
        lung=lung,
        gas=_gas(anatomy, x, y, rng, grid),
        vessels=anatomy.vessels * vessel_tree(grid, rng, reach=anatomy.height) * np.minimum(2.5 * lung, 1),
        bones=skeleton(anatomy, grid, x, y),
    )


def _body(anatomy: Anatomy, x: Map, y: Map) -> Map:
    """Neck, trunk, arms and chin."""
    trunk = ramp(y, -0.34, 0.4)
    half_width = 0.36 + trunk * (0.66 + anatomy.fat + 0.04 * np.clip(y - 0.6, 0, 1))
    half_depth = 0.3 + ramp(y, -0.4, 0.25) * (anatomy.depth - 0.26 + 0.06 * ramp(y, 0.9, 1.5))
    thickness = 2 * half_depth * np.sqrt(bulge((x / half_width) ** 2))
    for side in (-1.0, 1.0):
        joint, elbow = arm_axis(anatomy, side)
        radius = 0.23 + anatomy.fat
        thickness = np.maximum(thickness, 2 * radius * capsule(x, y, joint, elbow, radius))
        shoulder = capsule(x, y, (side * 0.35, 0.06), (joint[0] - side * 0.05, joint[1] + 0.06), radius)
        thickness = np.maximum(thickness, 2 * radius * shoulder)
    chin = bulge((x / 0.52) ** 2 + ((y + 0.95) / 0.42) ** 2)
    return np.maximum(thickness, 1.5 * chin)


def _lungs(anatomy: Anatomy, x: Map, y: Map) -> Map:
    """Two lungs inside the rib cage, with the heart, great vessels, thymus and diaphragm taken out of them."""
    width = 0.97 * thorax_width(anatomy, y - 0.02)
    sideways = np.abs(x) / width
    cage = 2 * (anatomy.depth - 0.1) * np.sqrt(np.maximum(1 - sideways**2, 0))
    cage *= 1 + 0.12 * anatomy.turn * x
    lungs = cage * (1 - _mediastinum(anatomy, x, y)) * (1 - _diaphragm(anatomy, x, y))
    return cv2.GaussianBlur(lungs, (0, 0), 1.0)  # heart and diaphragm move during the exposure


def _mediastinum(anatomy: Anatomy, x: Map, y: Map) -> Map:
    """Share of each ray through the cage that heart, great vessels and thymus take, in [0, 1]."""
    x = x - 0.06 * anatomy.turn
    base, size = anatomy.height, anatomy.heart
    neck = 0.22 * np.exp(-np.maximum(y, 0) / 0.1) + 0.05 * ramp(y, 0.3, 0.9)
    bulges = 0.045 * np.exp(-(((y - 0.36) / 0.1) ** 2)) * (x > 0) + 0.05 * np.exp(-(((y - 0.5) / 0.14) ** 2))
    edge = anatomy.mediastinum + neck + bulges - np.abs(x)
    centre = 0.97 * ramp(edge, -0.02, 0.03)
    left = _tilted(x, y, (0.13, base - 0.30), (0.53 * size, 0.36 * size), 0.8)
    right = _tilted(x, y, (-0.08, base - 0.27), (0.23 * size, 0.38 * size), 0.15)
    heart = np.maximum(left, right)
    occupied = np.maximum(centre, np.minimum(1.15 * heart, 0.94))
    if anatomy.thymus:
        side = math.copysign(1.0, anatomy.thymus)
        reach = 0.2 + 0.24 * abs(anatomy.thymus)
        outer = side * x - reach - 0.35 * (y - 0.5) + 0.8 * np.maximum(y - 0.45, 0)
        sail = ramp(outer, 0.03, -0.05) * ramp(y, 0.05, 0.25) * ramp(y, 0.66, 0.5) * (side * x > 0)
        occupied = np.maximum(occupied, 0.42 * sail)
    return occupied


def _tilted(x: Map, y: Map, centre: tuple[float, float], radii: tuple[float, float], angle: float) -> Map:
    cos, sin = math.cos(angle), math.sin(angle)
    u, v = x - centre[0], y - centre[1]
    return bulge(((cos * u + sin * v) / radii[0]) ** 2 + ((cos * v - sin * u) / radii[1]) ** 2)


def _diaphragm(anatomy: Anatomy, x: Map, y: Map) -> Map:
    """Share taken by the abdomen: most of it at the edge of the dome, the rest where lung lies behind the dome."""
    left = ramp(x, -0.05, 0.15)
    top = anatomy.height + left * anatomy.dome_left
    from_crest = np.abs(x) - 0.42
    sag = (0.62 - 0.4 * anatomy.flatness) * from_crest**2 * (1 + 0.9 * (from_crest > 0))
    below = y - top - sag
    return ramp(below, -0.008, 0.012) * (0.86 + 0.14 * ramp(below, 0.0, 0.3))


def _gas(anatomy: Anatomy, x: Map, y: Map, rng: np.random.Generator, grid: Grid) -> Map:
    """Windpipe and main bronchi, stomach bubble, bowel gas."""
    midline = x - 0.015 - 0.08 * anatomy.turn * ramp(y, 0.6, 0.0)
    trachea = bulge((midline / 0.052) ** 2) * ramp(y, 0.47, 0.42) * ramp(y, -0.75, -0.6)
    bronchi = np.maximum(
        capsule(midline, y, (0.0, 0.42), (-0.16, 0.6), 0.035), capsule(midline, y, (0.0, 0.42), (0.2, 0.58), 0.032)
    )
    gas = 0.09 * np.maximum(trachea, 0.8 * bronchi)
    floor = anatomy.height + anatomy.dome_left
    if anatomy.gastric:
        r = anatomy.gastric
        gas = gas + 0.22 * _tilted(x, y, (0.45, floor + 0.07 + r), (1.5 * r, r), 0.2)
    bowel = ramp(grid.noise(rng, grain=0.16), 0.7, 1.9) * ramp(y, floor + 0.35, floor + 0.6)
    return gas + 0.13 * bowel * ramp(np.abs(x), 0.95, 0.8)


def vessel_tree(grid: Grid, rng: np.random.Generator, *, reach: float, coarse: float = 1.0) -> Map:
    """Vessels that branch from both hila and thin out, drawn in [0, 1]. ``coarse`` thickens and softens them."""
    canvas = grid.blank()
    trunks = np.concatenate([_walk(rng, _hilum(rng, side, 11, reach), 11, 0.075 * reach) for side in (-1, 1)])
    buds = trunks[:, 2:9:2].reshape(-1, 2)
    ahead = (trunks[:, 3:10:2] - trunks[:, 2:9:2]).reshape(-1, 2)
    heading = np.arctan2(ahead[:, 1], ahead[:, 0]) + rng.choice([-1, 1], len(buds)) * rng.uniform(0.4, 1.0, len(buds))
    twigs = _walk(rng, np.column_stack([buds, heading]), 6, 0.05)
    for paths, width in ((twigs, 0.016), (trunks, 0.032)):
        steps = paths.shape[1] - 1
        for k in reversed(range(steps)):
            thinning = 1 - 0.85 * k / steps
            grid.lines(canvas, paths[:, k : k + 2], width=coarse * width * thinning, value=0.2 + 0.8 * thinning**1.5)
    return cv2.GaussianBlur(canvas.astype(np.float32) / 255, (0, 0), 0.008 * coarse * grid.scale + 0.3)


def _hilum(rng: np.random.Generator, side: int, n: int, reach: float) -> np.ndarray:
    """Starting points and headings (n, 3) of the vessels of one side, fanned out over the lung."""
    fan = np.linspace(-1.3, 1.45, n) + rng.normal(0, 0.16, n)
    heading = np.where(side > 0, fan, np.pi - fan)
    return np.column_stack([side * rng.normal(0.2, 0.03, n), 0.45 * reach + 0.07 * fan, heading])


def _walk(rng: np.random.Generator, start: np.ndarray, steps: int, stride: float) -> np.ndarray:
    """Gently wandering paths (n, steps + 1, 2) from ``start`` (n, 3) of x, y and heading."""
    n = len(start)
    heading = start[:, 2:] + np.cumsum(rng.normal(0, 0.17, (n, steps)), axis=1)
    moves = stride * rng.uniform(0.7, 1.2, (n, 1, 1)) * np.stack([np.cos(heading), np.sin(heading)], axis=-1)
    return start[:, None, :2] + np.concatenate([np.zeros((n, 1, 2)), np.cumsum(moves, axis=1)], axis=1)
