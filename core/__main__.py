"""``python -m core COMMAND``: report, compare, dossier, overlays, stress, score, export, import,
phantom, unpack."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from core.command_line import guarded
from core.commands import compare, dossier, export, importing, overlays, phantom, report, score, stress, unpack
from core.commands.asked import Asked

_IN_ORDER = (report, compare, dossier, overlays, stress, score, export, importing, phantom, unpack)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0, 2 for an error in one line on stderr, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], None] = options.command
    return guarded(lambda: command(options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m core",
        description="Runs: report, compare, overlays, stress test, scoring, import; the embedded data as files. "
        "Research only.",
        allow_abbrev=False,
    )
    commands, asked = parser.add_subparsers(required=True, metavar="COMMAND"), Asked()
    for command in _IN_ORDER:
        command.add(commands, asked)
    return parser


if __name__ == "__main__":
    sys.exit(main())
