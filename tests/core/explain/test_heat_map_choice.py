"""Which layer is explained where nobody chose one."""

import pytest

from core.explain.heat_map_choice import LAYERS, default_layer, fields


@pytest.mark.parametrize(
    ("image_size", "layer", "cells"),
    [
        (224, "layer4", 7),
        (192, "layer4", 6),
        (161, "layer4", 6),
        (160, "layer3", 10),
        (96, "layer3", 6),
        (64, "layer2", 8),
        (32, "layer1", 8),
        (16, "layer1", 4),
    ],
)
def test_the_last_block_with_enough_fields_is_shown_first(image_size, layer, cells):
    assert default_layer(image_size) == layer
    assert fields(image_size, layer) == cells
    later = list(LAYERS)[: list(LAYERS).index(layer)]
    assert all(fields(image_size, other) < 6 for other in later)
