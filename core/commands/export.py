"""``python -m core export``: a run's network for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.commands.asked import Asked, opened

if TYPE_CHECKING:
    from core.commands.asked import Commands


def add(commands: Commands, asked: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser(
        "export", parents=asked.of_run, help="ONNX, thresholds and a model card, for other programs"
    )
    parser.add_argument("--to", type=Path, required=True, metavar="DIR", help="the folder to write them into")
    parser.set_defaults(command=_export)


def _export(options: argparse.Namespace) -> None:
    from core.installation import check_installation

    check_installation()
    from core.export.writing import export

    made = export(opened(options), options.to)
    print(f"compared with torch on {made.images} {made.kind}: the logits differ by at most {made.difference:.1e}")
    for file in made.files:
        print(f"{file}: {file.stat().st_size / 1e6:.1f} MB")
