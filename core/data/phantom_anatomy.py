"""The chest of a synthetic patient as numbers, drawn before anything is rendered.

Lengths are in half widths of the thorax. The origin lies in the midline at the top of the lungs; ``y`` points to the
feet and ``x`` to the patient's left, which is the right-hand side of the picture.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True, kw_only=True, slots=True)
class Anatomy:
    """One child, at one breath."""

    height: float  # from the lung tops to the dome of the right diaphragm
    taper: float  # how quickly the chest widens below the lung tops
    depth: float  # half the distance from front to back
    fat: float  # soft tissue outside the ribs
    rib_spacing: float
    rib_drop: float  # how far a rib descends from the spine to the side
    rib_radius: float
    bone: float  # mineral content; 1 is ordinary
    heart: float  # size; 1 is ordinary
    mediastinum: float  # half width beside the spine
    thymus: float  # size of its shadow; below zero it lies on the right, as the sail sign
    vessels: float  # prominence of hilar and lung vessels; 1 is ordinary
    dome_left: float  # how much lower the left diaphragm stands
    flatness: float  # of the diaphragm; 0 is domed, 1 flat
    gastric: float  # radius of the gas bubble in the stomach; 0 when there is none
    scapula: float  # how far the shoulder blades lie over the lungs
    arm: float  # angle of the arms, 0 beside the body and 1 raised
    turn: float  # rotation about the long axis; positive brings the heart to the patient's left
    curve: float  # sideways bend of the spine
    pattern: int  # seed of what is drawn at random: vessels, gas, wavy contours


def draw_anatomy(rng: np.random.Generator) -> Anatomy:
    """The anatomy of a patient who is straight, in full inspiration; see :func:`pose_anatomy` for one exposure."""
    spacing = rng.normal(0.15, 0.008)
    thymus = float(rng.choice([-1.0, 0.0, 1.0], p=[0.2, 0.6, 0.2])) * rng.uniform(0.3, 1.0)
    return Anatomy(
        height=rng.normal(1.30, 0.08),
        taper=rng.uniform(1.3, 1.65),
        depth=rng.normal(0.62, 0.04),
        fat=rng.uniform(0.07, 0.2),
        rib_spacing=spacing,
        rib_drop=spacing * rng.uniform(1.2, 2.3),
        rib_radius=spacing * rng.uniform(0.19, 0.25),
        bone=rng.normal(1.0, 0.13),
        heart=rng.normal(1.0, 0.07),
        mediastinum=rng.uniform(0.15, 0.21),
        thymus=thymus,
        vessels=min(rng.lognormal(0.0, 0.25), 1.6),
        dome_left=rng.normal(0.07, 0.04),
        flatness=rng.uniform(0.0, 0.5),
        gastric=rng.uniform(0.1, 0.2) if rng.random() < 0.55 else 0.0,
        scapula=rng.uniform(-0.1, 0.3),
        arm=float(rng.random() < 0.6),
        turn=0.0,
        curve=rng.normal(0.0, 0.02),
        pattern=int(rng.integers(2**32)),
    )


def pose_anatomy(anatomy: Anatomy, rng: np.random.Generator, *, unrest: float) -> Anatomy:
    """``anatomy`` as it lies in one exposure: breath, rotation, arms; the more so the more ``unrest`` (1 is usual)."""
    lost_breath = min(unrest * abs(rng.normal(0.0, 0.1)), 0.35)
    squeeze = 1 - lost_breath / anatomy.height
    return replace(
        anatomy,
        height=anatomy.height * squeeze,
        rib_spacing=anatomy.rib_spacing * (0.4 + 0.6 * squeeze),
        rib_drop=anatomy.rib_drop * squeeze,
        heart=anatomy.heart * (1 + 0.6 * lost_breath),
        vessels=anatomy.vessels * (1 + 1.5 * lost_breath) * rng.lognormal(0.0, 0.1 * unrest),
        scapula=anatomy.scapula + unrest * rng.normal(0.0, 0.1),
        arm=float(np.clip(anatomy.arm + rng.normal(0.0, 0.2), 0.0, 1.0)),
        turn=unrest * rng.normal(0.0, 0.35),
        curve=anatomy.curve + rng.normal(0.0, 0.02),
    )
