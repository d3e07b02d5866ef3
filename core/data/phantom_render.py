"""One exposure of one synthetic patient, from nothing but (seed, patient, image)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config import EMBEDDED_FINDINGS
from core.data.phantom_anatomy import draw_anatomy, pose_anatomy
from core.data.phantom_chest import build_chest
from core.data.phantom_disease import diffuse, lobar
from core.data.phantom_effusion import SHARE_OF_SIDES, SHARE_WITH_EFFUSION, effusion
from core.data.phantom_grid import Warp
from core.data.phantom_scanner import BONE, FIRST, LUNG_DENSITY, SECOND, TISSUE, draw_grid, expose

GENERATOR_VERSION = 1
PNEUMONIA, EFFUSION = EMBEDDED_FINDINGS


@dataclass(frozen=True, kw_only=True, slots=True)
class Exposure:
    """Which picture is meant. ``cause`` of a pneumonia is "bacteria", "virus" or None."""

    seed: int
    split: str
    patient: int
    image: int
    cause: str | None
    effusion: bool = False


def severity(exposure: Exposure) -> float:
    """How marked the pneumonia is, in [0, 1]; the images of a patient are alike."""
    return _grade(exposure, "severity", 0.12)


def amount(exposure: Exposure) -> float:
    """How much fluid an effusion has, in [0, 1]; the images of a patient are alike."""
    return _grade(exposure, "effusion amount", 0.06)


def side(exposure: Exposure) -> str:
    """Where a patient's effusion lies, one of :data:`SHARE_OF_SIDES`."""
    rng = _stream(exposure, 0, "effusion side")
    return str(rng.choice([*SHARE_OF_SIDES], p=[*SHARE_OF_SIDES.values()]))


def has_effusion(exposure: Exposure) -> bool:
    """Whether the patient is one of the :data:`SHARE_WITH_EFFUSION`, where effusions are asked for."""
    return bool(_stream(exposure, 0, "has effusion").random() < SHARE_WITH_EFFUSION[exposure.cause])


def render(exposure: Exposure) -> tuple[NDArray[np.uint8], dict[str, NDArray[np.bool_]]]:
    """The picture (h, w) and where each finding is seen in it, (h, w) by name; all False where it is not there."""
    scanner = SECOND if exposure.split == "test" else FIRST
    body = draw_anatomy(_stream(exposure, 0, "anatomy"))
    rng = _stream(exposure, exposure.image, "exposure")
    anatomy = pose_anatomy(body, rng, unrest=scanner.unrest)
    grid = draw_grid(scanner, rng)
    chest = build_chest(anatomy, grid)
    lung, walls = chest.lung, chest.vessels
    seen = {finding: np.zeros(lung.shape, np.bool_) for finding in EMBEDDED_FINDINGS}
    if exposure.cause:
        make = {"bacteria": lobar, "virus": diffuse}[exposure.cause]
        disease = make(anatomy, chest, grid, severity(exposure), _stream(exposure, exposure.image, "disease"))
        lung, walls, seen[PNEUMONIA] = lung * (1 - disease.fluid), walls + disease.streaks, disease.mask
    if exposure.effusion:
        rng_of_fluid = _stream(exposure, exposure.image, "effusion")
        found = effusion(anatomy, chest, grid, amount(exposure), side(exposure), rng_of_fluid)
        lung, walls, seen[EFFUSION] = lung * (1 - found.fluid), walls * (1 - found.fluid), found.mask
    texture = 1 + 0.03 * grid.noise(rng, grain=0.03) + 0.05 * grid.noise(rng, grain=0.3)
    air = (1 - LUNG_DENSITY * texture) * lung + chest.gas
    attenuation = TISSUE * np.maximum(chest.body - air + 0.10 * walls, 0) + BONE * chest.bones * (chest.body > 0)
    lie = Warp.draw(grid, rng.normal(0, 0.03), rng)
    picture = expose(lie(attenuation), grid, scanner, rng)
    return picture, {finding: lie(mask.astype(np.float32)) > 0.5 for finding, mask in seen.items()}


def _grade(exposure: Exposure, purpose: str, spread: float) -> float:
    """A patient's own number in [0, 1], moved a little in each image."""
    patient = _stream(exposure, 0, purpose).uniform(0.0, 1.0)
    return float(np.clip(patient + _stream(exposure, exposure.image, purpose).normal(0, spread), 0, 0.999))


def _stream(exposure: Exposure, image: int, purpose: str) -> np.random.Generator:
    """Random numbers that depend on what they are for, never on what was drawn before."""
    return np.random.default_rng([GENERATOR_VERSION, exposure.seed, exposure.patient, image, *purpose.encode()])
