"""A heat map in colour over its radiograph."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def overlay(gray: NDArray[np.uint8], heat_map: NDArray[np.float32], *, opacity: float = 0.45) -> NDArray[np.uint8]:
    """``heat_map`` (any size, in [0, 1]) in colour over ``gray`` (h, w); RGB uint8 (h, w, 3).

    Where the map is 0 the radiograph shows unchanged, so that colour never hides what the network ignored.
    """
    height, width = gray.shape
    heat = np.clip(cv2.resize(heat_map, (width, height), interpolation=cv2.INTER_CUBIC), 0, 1)
    colour = cv2.applyColorMap((heat * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)[:, :, ::-1]
    share = (opacity * np.sqrt(heat))[:, :, np.newaxis]
    blended = gray[:, :, np.newaxis] * (1 - share) + colour * share
    return np.asarray(np.rint(blended), dtype=np.uint8)
