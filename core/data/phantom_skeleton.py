"""Bones of a phantom: extra path length of mineral along each ray, in arbitrary units where a rib is about 1."""

from __future__ import annotations

import math

import numpy as np

from core.data.phantom_anatomy import Anatomy
from core.data.phantom_grid import Grid, Map, bulge, ramp

RIBS = 12


def thorax_width(anatomy: Anatomy, y: Map) -> Map:
    """Half width of the inside of the rib cage at height ``y``: a blunt quarter of an oval, then straight."""
    t = 1 - np.clip(y / anatomy.taper, 1e-3, 1)
    fourth_root = np.sqrt(np.sqrt(1 - t * t))
    return fourth_root * np.sqrt(fourth_root)


def skeleton(anatomy: Anatomy, grid: Grid) -> Map:
    """All bones along each ray, shape (h, w)."""
    bones = _ribs(anatomy, grid.x, grid.y)
    rows, columns = grid.window(-0.25, 0.25, -9, 9)
    bones[rows, columns] += _spine(anatomy, grid.x[:, columns], grid.y[rows])
    rows, columns = grid.window(-0.95, 0.95, -0.4, 0.25)
    bones[rows, columns] += _clavicles(anatomy, grid.x[:, columns], grid.y[rows])
    for side in (-1.0, 1.0):
        bones += _shoulder(anatomy, grid, side)
    return anatomy.bone * bones


def _ribs(anatomy: Anatomy, x: Map, y: Map) -> Map:
    """Ribs as tilted rings around an elliptic cylinder: seen from the front, each is a rear and a front arc.

    A ring's depth is the cosine of its polar angle, so it descends by that cosine, and a ray at the side of the chest
    runs along the bone, which brightens it there.
    """
    sideways = np.abs(x) / (1.03 * thorax_width(anatomy, y) + 0.015)
    depth = bulge(sideways**2)
    tangential = 1 + ramp(y, 0.05, 0.4) * (1 / np.maximum(depth, 0.33) - 1)
    top = -0.8 * anatomy.rib_spacing
    rear = _bands(anatomy, (y - top - anatomy.rib_drop) + anatomy.rib_drop * depth, 1.0)
    lower = top + anatomy.rib_drop + 0.3 * anatomy.rib_spacing
    front = _bands(anatomy, (y - lower) - 1.3 * anatomy.rib_drop * depth, 1.25)
    ossified = 0.55 * ramp(sideways, 0.45, 0.85)
    # The highest ribs are small, the lowest end in cartilage.
    mineral = (0.4 + 0.6 * ramp(y, 0.0, 0.25)) * (1 - 0.45 * ramp(y, anatomy.height, anatomy.height + 0.4))
    return (
        ramp(sideways, 1.03, 0.995) * (mineral * tangential) * (rear * ramp(np.abs(x), 0.05, 0.12) + ossified * front)
    )


def _bands(anatomy: Anatomy, level: Map, widening: float) -> Map:
    """Cross-section of a row of tubes: a thin marrow with a denser rim, seen from the side."""
    number = level * (1 / anatomy.rib_spacing)
    from_axis = number - np.clip(np.rint(number), 0, RIBS - 1)
    squared = (from_axis * (anatomy.rib_spacing / (anatomy.rib_radius * widening))) ** 2
    marrow: Map = np.sqrt(np.maximum(0.62 - squared, 0))
    return bulge(squared) - 0.55 * marrow


def _spine(anatomy: Anatomy, x: Map, y: Map) -> Map:
    """Vertebral bodies with discs between them, pedicles and spinous processes."""
    across = np.abs(x - anatomy.curve * np.sin(2.2 * y) + 0.015 * anatomy.turn)
    phase = y / anatomy.rib_spacing
    phase = phase - np.rint(phase)
    waist = 0.088 + 0.006 * np.cos(2 * np.pi * (phase + 0.5)) + 0.02 * np.clip(y, 0, 2)
    body = ramp(across - waist, 0.015, -0.015) * (0.5 + 0.5 * ramp(np.abs(phase), 0.46, 0.36))
    rim = np.exp(-(((across - waist + 0.014) / 0.018) ** 2))
    pedicles = np.exp(-(((across - 0.07) / 0.02) ** 2)) * np.exp(-((phase / 0.16) ** 2))
    process = np.exp(-((across / 0.016) ** 2)) * np.exp(-(((phase - 0.15) / 0.2) ** 2))
    return 0.8 * body + 0.2 * rim + 0.45 * pedicles + 0.35 * process


def _clavicles(anatomy: Anatomy, x: Map, y: Map) -> Map:
    """Two shallow S-shaped bones below the neck; rotation lifts one end."""
    reach = np.abs(x)
    lift = 0.16 + 0.16 * anatomy.arm
    centre = 0.13 - lift * ramp(reach, 0.1, 0.95) + 0.03 * np.sin(6.5 * reach) + 0.05 * anatomy.turn * np.sign(x)
    radius = 0.042 + 0.014 * ramp(reach, 0.3, 0.08)
    squared = ((y - centre) / radius) ** 2
    tube = bulge(squared) - 0.5 * np.sqrt(np.maximum(0.6 - squared, 0))
    return 1.7 * ramp(reach, 0.07, 0.1) * ramp(reach, 0.93, 0.88) * tube


def _shoulder(anatomy: Anatomy, grid: Grid, side: float) -> Map:
    """One shoulder blade, partly over the lung, and the upper arm."""
    inner = 0.95 - 0.35 * anatomy.scapula + 0.08 * side * anatomy.turn
    outline = [
        (1.0, 0.0),
        (inner - 0.12, 0.0),
        (inner - 0.14, 0.1),
        (inner + 0.03, 0.62),
        (inner + 0.1, 0.6),
        (1.08, 0.22),
    ]
    blade = grid.polygon(np.array(outline) * (side, 1.0), blur=0.012)
    joint, elbow = arm_axis(anatomy, side)
    head = grid.ellipsoid(joint, (0.11, 0.11))
    return 0.6 * blade + 1.5 * grid.capsule(joint, elbow, 0.08) + 1.2 * head


def arm_axis(anatomy: Anatomy, side: float) -> tuple[tuple[float, float], tuple[float, float]]:
    """Shoulder joint and elbow of one side, in body coordinates."""
    angle = math.pi * (0.1 + 0.68 * anatomy.arm)
    joint = (side * (1.08 - 0.06 * anatomy.arm), 0.04 - 0.16 * anatomy.arm)
    return joint, (joint[0] + side * 1.1 * math.sin(angle), joint[1] + 1.1 * math.cos(angle))
