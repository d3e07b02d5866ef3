"""What several commands are told alike: which run, where runs lie, which finding."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from core.config import TrainConfig

if TYPE_CHECKING:
    from core.runs.store import Run

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


class Asked:
    """Parents of a command's parser: each gives it what its name says."""

    def __init__(self) -> None:
        self.place, self.run, self.finding = (argparse.ArgumentParser(add_help=False) for _ in range(3))
        self.place.add_argument(
            "--out",
            type=Path,
            default=Path(TrainConfig().out),
            metavar="DIR",
            help="where runs lie (default: %(default)s)",
        )
        self.run.add_argument("run", metavar="RUN", help="a run's id, or its folder")
        self.finding.add_argument("--finding", metavar="F", help="which finding, where a run has several")

    @property
    def of_run(self) -> list[argparse.ArgumentParser]:
        """One finding of a run."""
        return [self.run, self.place, self.finding]


def opened(options: argparse.Namespace) -> Run:
    """The run that was asked for, as it may be seen, for the finding that was named."""
    from core.runs.hiding import open_run
    from core.runs.opening import opened_for
    from core.runs.store import find_run

    return opened_for(open_run(find_run(options.run, options.out)), options.finding)
