"""The main job: images in, a calibrated run folder out. Research use only, never for diagnosis."""

from __future__ import annotations

import sys

from core.command_line import guarded, parse_train
from core.installation import check_installation


def main(arguments: list[str]) -> None:
    config, resume, given = parse_train(arguments)
    check_installation()
    from core.pipeline import train  # torch is imported only once the installation is known to be whole

    train(config, resume=resume, given=given)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
