"""Where the heat maps of a run on phantoms point, block by block: the figures behind the layer that is shown first.

    python benchmarks/pointing_game.py runs/demo [--split validation] [--finding EFFUSION]

The pointing game (Zhang et al., IJCV 2018) with Grad-CAM: does the maximum of the map lie inside the true opacity? The
block shown first must be no worse at it than the last one, which is Grad-CAM's usual choice. A map takes about a tenth
of a second, a split of the demo about a minute.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.explain.explanations import Explanations
from core.explain.heat_map_choice import LAYERS, default_layer, fields
from core.explain.pictures import Pictures
from core.explain.pointing_game import pointing_game
from core.runs.opening import opened_for
from core.runs.store import read_run


def main() -> None:
    parser = argparse.ArgumentParser(description="The pointing game of each block of a run on phantoms.")
    parser.add_argument("run", type=Path)
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--finding", help="which, where the run has several")
    options = parser.parse_args()
    run = opened_for(read_run(options.run), options.finding)
    pictures, size = Pictures(run), int(run.config.image_size or 0)
    explanations, first = Explanations(run, pictures), default_layer(size)
    hits = {}
    played_on = f"{run.which} {size} px, {options.split}".strip()
    print(f"| {played_on} | fields | points into the opacity | maps | blindly |\n|---|---|---|---|---|")
    for layer, name in LAYERS.items():
        game = pointing_game(run, explanations, pictures, options.split, method="grad_cam", layer=layer)
        share, cells = game.hit_share, fields(size, layer)
        hits[layer] = game.hits
        print(
            f"| {name}{', shown first' if layer == first else ''} | {cells} × {cells} | "
            f"{share.value:.3f} ({share.low:.3f} to {share.high:.3f}) | {game.n:,} | {game.chance:.3f} |",
            flush=True,
        )
    if hits[first] < hits["layer4"]:
        sys.exit(f"{first}, which is shown first, points worse than the last block")


if __name__ == "__main__":
    main()
