"""Augmentation changes images within bounds, reproducibly, and each by itself."""

import pytest
import torch

from core.model.augment import Augmentation, augment

NOTHING = Augmentation(**dict.fromkeys(Augmentation.__dataclass_fields__, 0.0))


@pytest.fixture
def images() -> torch.Tensor:
    ramp = torch.linspace(20, 230, 48).to(torch.uint8)
    return torch.stack([ramp.expand(48, 48), ramp.view(-1, 1).expand(48, 48)]).contiguous().repeat(8, 1, 1)


def draw(images, settings, seed=0):
    return augment(images, settings, torch.Generator().manual_seed(seed))


def test_without_strength_only_mirroring_remains(images):
    for before, after in zip(images.float(), draw(images, NOTHING), strict=True):
        nearest = min((after - before).abs().max(), (after - before.flip(1)).abs().max())
        assert nearest < 0.05


def test_same_seed_same_images_other_seed_others(images):
    assert torch.equal(draw(images, Augmentation()), draw(images, Augmentation()))
    assert not torch.equal(draw(images, Augmentation()), draw(images, Augmentation(), seed=1))


def test_range_shape_type_and_input_are_kept(images):
    before = images.clone()
    after = draw(images, Augmentation())
    assert after.shape == images.shape
    assert after.dtype == torch.float32
    assert 0 <= float(after.min()) <= float(after.max()) <= 255
    assert torch.equal(images, before)


def test_every_image_draws_its_own_change():
    same = torch.full((16, 32, 32), 128, dtype=torch.uint8)
    levels = draw(same, Augmentation(noise=0, collimation=0)).mean(dim=(1, 2))
    assert len(set(levels.tolist())) == 16


@pytest.mark.parametrize("name", sorted(set(Augmentation.__dataclass_fields__)))
def test_each_setting_alone_does_something(images, name):
    full = getattr(Augmentation(), name)
    settings = Augmentation(**{**dict.fromkeys(Augmentation.__dataclass_fields__, 0.0), name: full})
    assert (draw(images, settings) - draw(images, NOTHING)).abs().max() > 1


def test_exposure_keeps_the_order_of_grey_levels(images):
    settings = Augmentation(**{**dict.fromkeys(Augmentation.__dataclass_fields__, 0.0), "gamma": 0.5, "contrast": 0.4})
    for image in draw(images, settings)[::2]:
        row = image[24]
        assert bool((row.diff() >= -1e-3).all()) or bool((row.diff() <= 1e-3).all())
