"""``python -m core report``: all figures of a run."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from core.commands.asked import Asked, opened

if TYPE_CHECKING:
    from core.commands.asked import Commands


def add(commands: Commands, asked: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser("report", parents=asked.of_run, help="all figures, computed from the saved logits")
    parser.add_argument("--json", action="store_true", help="as JSON, like the files of the run")
    parser.set_defaults(command=_report)


def _report(options: argparse.Namespace) -> None:
    from core.runs.report import report, told

    run = opened(options)
    print(json.dumps(report(run), indent=2, allow_nan=False) if options.json else told(run))
