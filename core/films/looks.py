"""A film looked at in several ways that mean the same: test-time augmentation, the same every time."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SHIFT, TURN, GAMMA = 0.03, 4.0, 1.15
"""Of the side; degrees; the exponent of a darker film, and one over that of a brighter one."""
LOOKS = 9


def looks(square: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``square`` (s, s) itself, shifted four ways, turned two ways, darker and brighter: (9, s, s)."""
    by = SHIFT * len(square)
    moved = [_moved(square, dx=dx, dy=dy) for dx, dy in ((by, 0), (-by, 0), (0, by), (0, -by))]
    turned = [_moved(square, turn=turn) for turn in (TURN, -TURN)]
    exposed = [np.rint(255 * (square / 255) ** exponent).astype(np.uint8) for exponent in (GAMMA, 1 / GAMMA)]
    return np.stack([square, *moved, *turned, *exposed])


def _moved(square: NDArray[np.uint8], *, dx: float = 0, dy: float = 0, turn: float = 0) -> NDArray[np.uint8]:
    """What comes into view is the nearest border."""
    side = len(square)
    matrix = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), turn, 1.0) + np.array([[0, 0, dx], [0, 0, dy]])
    moved = cv2.warpAffine(square, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, dtype=np.uint8)
