"""The network and its preprocessing."""

from itertools import product
from pathlib import Path

import pytest
import torch
from torchvision.models import resnet18

from core.errors import WeightsError
from core.model import network as module
from core.model.network import Preprocessing, build_network, load_checkpoint, prepare, save_checkpoint


@pytest.fixture
def images() -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (4, 64, 64), generator=generator, dtype=torch.uint8)


def test_one_logit_and_the_parameters_of_a_resnet18():
    network = build_network()
    body = sum(p.numel() for p in resnet18(num_classes=1000).parameters()) - 512 * 1000 - 1000
    assert sum(p.numel() for p in network.parameters()) == body + 513
    assert network(torch.zeros(2, 3, 64, 64)).shape == (2, 1)


def test_imagenet_normalisation_is_torchvisions(images):
    from torchvision.transforms.v2 import functional as vision

    rgb = images.unsqueeze(1).expand(-1, 3, -1, -1) / 255
    expected = vision.normalize(rgb, [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    assert torch.allclose(prepare(images, Preprocessing(image_size=64)), expected, atol=1e-6)


def test_checkpoint_gives_the_same_logits_back(tmp_path: Path, images):
    torch.manual_seed(0)
    network, preprocessing = build_network().eval(), Preprocessing(image_size=64)
    save_checkpoint(tmp_path / "best_model.pt", network, preprocessing)
    again, same, threads = load_checkpoint(tmp_path / "best_model.pt")
    assert (same, threads) == (preprocessing, torch.get_num_threads())
    with torch.inference_mode():
        assert torch.equal(network(prepare(images, preprocessing)), again(prepare(images, same)))


def test_weights_of_a_thousand_classes_keep_their_body_and_lose_their_last_layer(tmp_path: Path):
    torch.manual_seed(3)
    other = resnet18(num_classes=1000)
    torch.save(other.state_dict(), tmp_path / "w.pt")
    network = build_network(str(tmp_path / "w.pt"))
    assert torch.equal(network.state_dict()["layer3.0.conv1.weight"], other.state_dict()["layer3.0.conv1.weight"])
    assert network.state_dict()["fc.weight"].shape == (1, 512)


def test_weights_of_a_wrapped_network_are_accepted(tmp_path: Path):
    state = {f"module.{name}": value for name, value in build_network().state_dict().items()}
    torch.save({"state_dict": state}, tmp_path / "w.pt")
    network = build_network(str(tmp_path / "w.pt"))
    assert torch.equal(network.state_dict()["fc.weight"], state["module.fc.weight"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda file: None, "no such weights file"),
        (lambda file: file.write_bytes(b"not weights"), "not a weights file that can be read safely"),
        (lambda file: torch.save([1, 2], file), "no state dict"),
        (lambda file: torch.save({"conv1.weight": torch.zeros(1)}, file), "not of a ResNet-18"),
    ],
)
def test_weights_that_cannot_be_used_say_why(tmp_path: Path, make, message):
    file = tmp_path / "w.pt"
    make(file)
    with pytest.raises(WeightsError, match=message):
        build_network(str(file))


def test_a_checkpoint_that_runs_code_is_refused(tmp_path: Path):
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    torch.save({"state_dict": Evil()}, tmp_path / "w.pt")
    with pytest.raises(WeightsError, match="safely"):
        build_network(str(tmp_path / "w.pt"))
    assert not (tmp_path / "ran").exists()


def test_imagenet_weights_out_of_reach_name_the_two_other_ways(monkeypatch):
    def unreachable(self, **_):
        raise OSError("no route to host")

    monkeypatch.setattr(module.ResNet18_Weights, "get_state_dict", unreachable)
    with pytest.raises(WeightsError, match=r"--weights none.*--weights FILE"):
        build_network("imagenet")


def test_imagenet_weights_are_fitted_to_the_body(monkeypatch):
    torch.manual_seed(5)
    state = resnet18(num_classes=1000).state_dict()
    monkeypatch.setattr(module.ResNet18_Weights, "get_state_dict", lambda self, **_: state)
    assert torch.equal(build_network("imagenet").state_dict()["conv1.weight"], state["conv1.weight"])


HOLDERS = (None, "model", "model_state_dict", "state_dict", "net", "ema")
PREFIXES = ("", "model.", "net.", "_orig_mod.", "module.", "model._orig_mod.", "_orig_mod.net.")


@pytest.mark.parametrize(
    ("holder", "prefix"),
    [
        pair if None in pair or "" in pair else pytest.param(*pair, marks=pytest.mark.long)
        for pair in product(HOLDERS, PREFIXES)
    ],
)
def test_checkpoints_of_other_programs_load(tmp_path: Path, holder, prefix):
    torch.manual_seed(4)
    own = build_network().state_dict()
    state = {prefix + name: value for name, value in own.items()}
    if prefix.replace("_orig_mod.", ""):
        state["loss.weight"] = torch.ones(2)
    torch.save(state if holder is None else {"epoch": 3, "optimizer": {"lr": 1e-3}, holder: state}, tmp_path / "w.pt")
    loaded = build_network(str(tmp_path / "w.pt")).state_dict()
    assert all(torch.equal(loaded[name], value) for name, value in own.items())


def test_checkpoints_that_are_unclear_or_broken_are_refused(tmp_path: Path):
    own = build_network().state_dict()
    two = {prefix + name: value for prefix in ("student.", "teacher.") for name, value in own.items()}
    torch.save({"model": two}, tmp_path / "two.pt")
    with pytest.raises(WeightsError, match="several networks"):
        build_network(str(tmp_path / "two.pt"))
    own["conv1.weight"] = own["conv1.weight"] * float("nan")
    torch.save(own, tmp_path / "nan.pt")
    with pytest.raises(WeightsError, match=r"not finite numbers, in conv1\.weight"):
        build_network(str(tmp_path / "nan.pt"))
    whole = build_network().state_dict()
    torch.save({"student": whole, "teacher": whole}, tmp_path / "both.pt")
    with pytest.raises(WeightsError, match=r"holds several \('student', 'teacher'\) and none, by itself or under"):
        build_network(str(tmp_path / "both.pt"))
    torch.save({"model": whole, "model_ema": whole}, tmp_path / "named.pt")
    build_network(str(tmp_path / "named.pt"))
    torch.save({"weights": [1]}, tmp_path / "none.pt")
    with pytest.raises(WeightsError, match="under state_dict, model_state_dict, model"):
        build_network(str(tmp_path / "none.pt"))


def test_looking_at_weights_draws_no_random_number():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    module.check_weights("none")
    assert torch.equal(torch.rand(3), expected)
