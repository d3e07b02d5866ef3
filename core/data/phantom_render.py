"""One exposure of one synthetic patient, from nothing but (seed, patient, image)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.data.phantom_anatomy import draw_anatomy, pose_anatomy
from core.data.phantom_chest import build_chest
from core.data.phantom_disease import diffuse, lobar
from core.data.phantom_grid import Warp
from core.data.phantom_scanner import BONE, FIRST, LUNG_DENSITY, SECOND, TISSUE, draw_grid, expose

GENERATOR_VERSION = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """Which picture is meant. ``cause`` is "bacteria", "virus" or None."""

    seed: int
    split: str
    patient: int
    image: int
    cause: str | None


def severity(exposure: Exposure) -> float:
    """How marked the pneumonia is, in [0, 1]; the images of a patient are alike."""
    patient = _stream(exposure, 0, "severity").uniform(0.0, 1.0)
    return float(np.clip(patient + _stream(exposure, exposure.image, "severity").normal(0, 0.12), 0, 0.999))


def render(exposure: Exposure) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The picture (h, w) and the mask (h, w) of its opacity."""
    scanner = SECOND if exposure.split == "test" else FIRST
    body = draw_anatomy(_stream(exposure, 0, "anatomy"))
    rng = _stream(exposure, exposure.image, "exposure")
    anatomy = pose_anatomy(body, rng, unrest=scanner.unrest)
    grid = draw_grid(scanner, rng)
    chest = build_chest(anatomy, grid)
    lung, walls = chest.lung, chest.vessels
    mask = np.zeros(lung.shape, np.bool_)
    if exposure.cause:
        make = {"bacteria": lobar, "virus": diffuse}[exposure.cause]
        disease = make(anatomy, chest, grid, severity(exposure), _stream(exposure, exposure.image, "disease"))
        lung, walls, mask = lung * (1 - disease.fluid), walls + disease.streaks, disease.mask
    texture = 1 + 0.03 * grid.noise(rng, grain=0.03) + 0.05 * grid.noise(rng, grain=0.3)
    air = (1 - LUNG_DENSITY * texture) * lung + chest.gas
    attenuation = TISSUE * np.maximum(chest.body - air + 0.10 * walls, 0) + BONE * chest.bones * (chest.body > 0)
    lie = Warp.draw(grid, rng.normal(0, 0.03), rng)
    return expose(lie(attenuation), grid, scanner, rng), lie(mask.astype(np.float32)) > 0.5


def _stream(exposure: Exposure, image: int, purpose: str) -> np.random.Generator:
    """Random numbers that depend on what they are for, never on what was drawn before."""
    return np.random.default_rng([GENERATOR_VERSION, exposure.seed, exposure.patient, image, *purpose.encode()])
