"""Settings: what is left open is filled in by the data and the recipe, and nothing that was said is overridden."""

import pytest

from core.config import SETTINGS_OF_RECIPES, TrainConfig, embedded_findings, resolve
from core.errors import ConfigError


def test_embedded_data_is_fitted_small_and_from_scratch():
    config = resolve(TrainConfig())
    assert (config.weights, config.image_size) == ("none", 64)


def test_own_data_is_fitted_at_full_size_from_imagenet():
    config = resolve(TrainConfig(data="folder"))
    assert (config.weights, config.image_size) == ("imagenet", 224)


@pytest.mark.parametrize("recipe", sorted(SETTINGS_OF_RECIPES))
def test_nothing_is_left_open_and_nothing_said_is_changed(recipe):
    config = resolve(TrainConfig(recipe=recipe, epochs=3, learning_rate=0.5))
    assert (config.epochs, config.learning_rate) == (3, 0.5)
    assert None not in (config.weights, config.image_size, config.batch_size, config.weight_decay)


def test_round_trip():
    config = resolve(TrainConfig(data="folder", seed=7))
    assert TrainConfig.from_dict(config.to_dict()) == config


def test_settings_of_another_version_are_named():
    with pytest.raises(ConfigError, match="colour"):
        TrainConfig.from_dict({"colour": 1})


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (None, ("PNEUMONIA",)),
        ("PNEUMONIA", ("PNEUMONIA",)),
        ("Effusion", ("EFFUSION",)),
        (" effusion, pneumonia,", ("EFFUSION", "PNEUMONIA")),
        ("PNEUMONIA,pneumonia", ("PNEUMONIA",)),
    ],
)
def test_the_findings_of_the_embedded_images_are_asked_for_by_name(asked, found):
    assert embedded_findings(asked) == found


@pytest.mark.parametrize(("asked", "named"), [("PNEUMONIA,Hernia", "Hernia"), (",", ",")])
def test_a_finding_that_the_embedded_images_do_not_show_is_named_beside_those_they_do(asked, named):
    with pytest.raises(ConfigError, match=f"--positive-class {named}: the embedded images show PNEUMONIA and EFFUSION"):
        embedded_findings(asked)
