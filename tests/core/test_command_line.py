"""The command line: built from the config, checked before any work, and errors without a traceback."""

import re
from pathlib import Path

import pytest

from core.command_line import guarded, parse_train
from core.errors import ConfigError, DataError


def test_flags_of_the_contract_are_there(capsys):
    with pytest.raises(SystemExit):
        parse_train(["--help"])
    text = capsys.readouterr().out
    for flag in (
        *("--data", "--labels", "--out", "--name", "--recipe", "--weights", "--image-size", "--epochs"),
        *("--batch-size", "--seed", "--device", "--resume", "--positive-class", "--patient-pattern", "--hide-test"),
    ):
        assert flag in text
    assert "never for diagnosis" in " ".join(text.split())


def test_values_reach_the_config_and_the_rest_is_resolved():
    config, resume, given = parse_train(["--epochs", "2", "--resume", "a", "--recipe", "seed"])
    assert (config.epochs, config.batch_size, resume) == (2, 8, "a")
    assert given == {"epochs", "recipe"}


def test_a_switch_takes_no_value_and_counts_as_given_only_where_it_stands():
    config, _, given = parse_train(["--hide-test", "--epochs", "2"])
    assert config.hide_test is True and given == {"hide_test", "epochs"}
    config, _, given = parse_train([])
    assert config.hide_test is False and given == frozenset()


def test_the_run_names_its_data_from_anywhere(monkeypatch, tmp_path: Path):
    monkeypatch.chdir(tmp_path)
    config, _, _ = parse_train(["--data", "images", "--labels", "labels.csv", "--weights", "w.pt"])
    assert (config.data, config.labels) == (str(tmp_path / "images"), str(tmp_path / "labels.csv"))
    assert config.weights == str(tmp_path / "w.pt")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--epochs", "0"], "--epochs 0: must be from 1 to 10000"),
        (["--batch-size", "1"], "--batch-size 1"),
        (["--image-size", "16"], "--image-size 16"),
        (["--image-size", "5000"], "--image-size 5000"),
        (["--seed", "-1"], "--seed -1"),
        (["--learning-rate", "nan"], "--learning-rate nan"),
        (["--weight-decay", "-0.1"], "--weight-decay"),
        (["--labels", "x.csv"], "--labels needs --data"),
        (["--positive-class", "Hernia"], "--positive-class Hernia: the embedded images show PNEUMONIA and EFFUSION"),
        (["--seed", "18446744073709551616"], "--seed 18446744073709551616"),
    ],
)
def test_a_value_that_cannot_be_honoured_is_named(arguments, message):
    with pytest.raises(ConfigError, match=re.escape(message)):
        parse_train(arguments)


def test_beside_resume_a_flag_need_not_bring_its_data():
    config, resume, _ = parse_train(["--resume", "a", "--labels", "l.csv"])
    assert (resume, config.data) == ("a", None)


def test_an_error_for_people_is_one_message_and_no_traceback(capsys):
    def fails() -> None:
        raise DataError("no images in here")

    assert guarded(fails) == 2
    assert capsys.readouterr().err == "error: no images in here\n"


def test_control_c_is_quiet(capsys):
    def stopped() -> None:
        raise KeyboardInterrupt

    assert guarded(stopped) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_mistake_of_ours_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        guarded(lambda: print(1 / 0))
