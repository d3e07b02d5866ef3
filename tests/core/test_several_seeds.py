"""Several fits by one command: names, seeds, going on, and refusals. No network is fitted."""

import pytest

from core.command_line import parse_train, seeds_asked
from core.config import TrainConfig
from core.errors import ConfigError, RunFolderError
from core.several_seeds import train_seeds


@pytest.fixture
def fits(tmp_path, write_run):
    """A stand-in for the fit, and what it was asked for."""
    asked = []

    def train(config, *, resume, given):
        asked.append((config.name, config.seed, resume, "seed" in given))
        folder = tmp_path / config.name
        return folder if resume else write_run(tmp_path, config.name, seed=config.seed)

    return train, asked


def test_each_seed_is_a_run_and_the_spread_is_printed(fits, tmp_path, capsys):
    train, asked = fits
    config = TrainConfig(out=str(tmp_path), seed=5)
    folders = train_seeds(config, 3, name="fit", train=train, given=frozenset())
    assert asked == [(f"fit-seed{i}", 5 + i, None, True) for i in range(3)]
    assert [folder.name for folder in folders] == ["fit-seed0", "fit-seed1", "fit-seed2"]
    said = capsys.readouterr().out
    assert "figures of 3 fits move" in said and "AUROC, test" in said


def test_whole_runs_are_kept_and_a_stopped_one_goes_on(fits, tmp_path, write_run):
    train, asked = fits
    write_run(tmp_path, "fit-seed0")
    (tmp_path / ".fit-seed1.partial").mkdir()
    with pytest.raises(RunFolderError, match="fit-seed1"):  # the stand-in makes nothing of it
        train_seeds(TrainConfig(out=str(tmp_path)), 2, name="fit", train=train, given=frozenset())
    assert [(name, resume) for name, _, resume, _ in asked] == [("fit-seed0", "fit-seed0"), ("fit-seed1", "fit-seed1")]


@pytest.mark.parametrize("seeds", [0, 1, 101, -3])
def test_other_numbers_are_refused(tmp_path, seeds):
    with pytest.raises(ConfigError, match="from 2 to 100"):
        train_seeds(TrainConfig(out=str(tmp_path)), seeds, name="fit", train=None, given=frozenset())


def test_the_command_line_takes_it_beside_all_else():
    arguments = ["--epochs", "2", "--seeds", "4", "--name", "x"]
    assert seeds_asked(arguments) == 4 and seeds_asked(["--epochs", "2"]) is None
    config, resume, given = parse_train(arguments)
    assert (config.name, resume) == ("x", None) and given == {"epochs", "name"}
    with pytest.raises(ConfigError, match="--name of before"):
        parse_train(["--resume", "x-seed0", "--seeds", "2"])
