"""``python -m core compare``: two runs on the same images."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from core.commands.asked import Asked

if TYPE_CHECKING:
    from core.commands.asked import Commands


def add(commands: Commands, asked: Asked) -> None:
    """The command and its options."""
    parser = commands.add_parser("compare", parents=asked.of_run, help="two runs on the same images, with differences")
    parser.add_argument("other", metavar="RUN", help="the run that the first one is compared with")
    parser.add_argument("--set", default="test", metavar="NAME", help="validation, test or a site (default: test)")
    parser.add_argument(
        "--point", metavar="NAME", help="a lock or an operating point of both (default: the newest lock, else youden)"
    )
    parser.add_argument("--json", action="store_true", help="as JSON")
    parser.set_defaults(command=_compare)


def _compare(options: argparse.Namespace) -> None:
    from core.runs.compare import compare_runs, comparison_as_json
    from core.runs.compare_text import compare_text
    from core.runs.hiding import open_run
    from core.runs.margins import note_look
    from core.runs.opening import opened_for
    from core.runs.store import find_run

    a, b = (opened_for(open_run(find_run(run, options.out)), options.finding) for run in (options.run, options.other))
    found = compare_runs(a, b, evaluation_set=options.set, point=options.point)
    noted = note_look(a, b, options.set)
    as_json = json.dumps(comparison_as_json(found), indent=2, allow_nan=False) if options.json else ""
    print(as_json or compare_text(found, noted=noted))
