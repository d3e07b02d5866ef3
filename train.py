"""The main job: images in, a calibrated run folder out. Research use only, never for diagnosis."""

from __future__ import annotations

import sys

from core.command_line import guarded, parse_train, seeds_asked
from core.errors import ConfigError
from core.installation import check_installation


def main(arguments: list[str]) -> None:
    config, resume, given = parse_train(arguments)
    check_installation()
    from core.model.distributed import processes_of_this_fit  # which imports torch, now that it is known to be whole
    from core.pipeline import fresh_name, help_train, train

    seeds = seeds_asked(arguments)
    with processes_of_this_fit() as processes:
        if seeds is not None:
            from core.several_seeds import train_seeds

            if processes.count > 1:
                raise ConfigError("--seeds fits one run after the other by one process; say it without torchrun")
            train_seeds(config, seeds, name=config.name or fresh_name(config), train=train, given=given)
        elif processes.is_first:
            train(config, resume=resume, given=given, processes=processes)
        else:
            help_train(processes)


if __name__ == "__main__":
    sys.exit(guarded(lambda: main(sys.argv[1:])))
