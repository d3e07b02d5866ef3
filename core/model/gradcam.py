"""Grad-CAM (Selvaraju et al., ICCV 2017): which part of an image raised its logit."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_grad_cam import GradCAM
from pytorch_grad_cam.utils.model_targets import BinaryClassifierOutputTarget

from core.model.network import Preprocessing, load_checkpoint, prepare


class HeatMaps:
    """Heat maps of one checkpoint. Safe to call from many threads: the library underneath is not, so they queue."""

    def __init__(self, checkpoint: Path) -> None:
        network, self.preprocessing = load_checkpoint(checkpoint)
        self._lock = threading.Lock()
        # The library's context manager swallows IndexError; one object that lives on has no need of it.
        self._cam = GradCAM(model=network, target_layers=[network.layer4[-1]])  # type: ignore[index]

    def __call__(self, square: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Evidence for pneumonia, float32 (size, size) in [0, 1], of one uint8 (size, size) image.

        Scaled to a maximum of 1; all zeros where nothing in the image raised the logit.
        """
        size: Preprocessing = self.preprocessing
        if square.shape != (size.image_size, size.image_size):
            raise ValueError(f"image of {square.shape}, the network sees {size.image_size} x {size.image_size}")
        batch = prepare(torch.from_numpy(square).unsqueeze(0), self.preprocessing)
        with self._lock:
            return np.asarray(self._cam(batch, targets=[BinaryClassifierOutputTarget(1)])[0], dtype=np.float32)


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
