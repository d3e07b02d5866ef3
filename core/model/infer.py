"""Where to compute: the device, its 16-bit type, and pixels brought there."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import ConfigError


def choose_device(name: str) -> torch.device:
    """The device called ``name``; ``"auto"`` takes CUDA, then Apple's, then the CPU. Raises :class:`ConfigError`."""
    present = {"cpu": True, "mps": torch.backends.mps.is_available(), "cuda": torch.cuda.is_available()}
    if name == "auto":
        name = next(kind for kind in ("cuda", "mps", "cpu") if present[kind])
    if not present[name]:
        have = " or ".join(kind for kind in present if present[kind])
        raise ConfigError(f"--device {name}: this machine has none that torch can use; use {have}, or auto")
    return torch.device(name)


def half_precision(device: torch.device) -> torch.dtype | None:
    """The 16-bit type that ``device`` computes natively: bfloat16, float16 on older CUDA chips, or none."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
    if device.type == "mps" and torch.backends.mps.is_macos_or_newer(14, 0):
        return torch.bfloat16
    return None


def mixed_precision(device: torch.device) -> AbstractContextManager[object]:
    """A context in which matrix work is done in 16 bits where the chip has it; elsewhere one that changes nothing."""
    dtype = half_precision(device)
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype=dtype)


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """A context in which a convolution keeps all bits and always adds in one order, which CUDA's libraries do not.

    Left alone they round what they multiply to 10 bits (TF32) and pick an algorithm by chance.
    """
    if device.type != "cuda":
        return nullcontext()
    return torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)


def take(pixels: NDArray[np.uint8], rows: NDArray[np.int64], device: torch.device) -> torch.Tensor:
    """The images at ``rows``, uint8 (b, h, w) on ``device``; only these rows are read from a memory-mapped array."""
    return torch.from_numpy(np.asarray(pixels[rows])).to(device, non_blocking=True)
