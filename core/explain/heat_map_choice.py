"""Which heat maps there are, for those who offer them: without torch."""

from __future__ import annotations

import math

METHODS = {
    "grad_cam": "Grad-CAM",
    "grad_cam_plus_plus": "Grad-CAM++",
    "hires_cam": "HiRes-CAM",
    "eigen_cam": "Eigen-CAM",
    "layer_cam": "LayerCAM",
}
"""How each method is called."""

LAYERS = {
    "layer4": "last block (coarse)",
    "layer3": "third block",
    "layer2": "second block",
    "layer1": "first block (fine)",
}
"""The blocks of ResNet-18 whose output can be explained, in words."""

STRIDES = {"layer4": 32, "layer3": 16, "layer2": 8, "layer1": 4}
"""Pixels of the network's input along one field of each block's output: a map shows no finer detail."""

FIELDS_NEEDED = 6
"""Fields a side that a map needs to say where in a lung it points; ResNet-18's last block has 7 at 224 px."""

EXPLAINS_THE_CLASS = frozenset(METHODS) - {"eigen_cam"}
"""Methods that show what raised the logit. Eigen-CAM shows what the block reacts to, whatever follows from that."""


def fields(image_size: int, layer: str) -> int:
    """How many fields a side the map of a layer has, for an input of ``image_size`` pixels."""
    return math.ceil(image_size / STRIDES[layer])


def default_layer(image_size: int) -> str:
    """The last block with at least ``FIELDS_NEEDED`` fields a side; the first where even that has fewer.

    At 64 px the last block has 2 x 2. ``benchmarks/pointing_game.py`` compares the blocks on phantoms.
    """
    return next((layer for layer in LAYERS if fields(image_size, layer) >= FIELDS_NEEDED), "layer1")


def check_choice(method: str, layer: str) -> None:
    """Raise :class:`ValueError` for a method or layer that does not exist."""
    if method not in METHODS or layer not in LAYERS:
        raise ValueError(f"no heat map {method!r} of {layer!r}; there are {', '.join(METHODS)} of {', '.join(LAYERS)}")
