"""The network: ResNet-18 (He et al., CVPR 2016) with one logit, and what is done to pixels before it sees them."""

from __future__ import annotations

import io
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import ResNet18_Weights, resnet18

from core.disk import refusal, write_whole
from core.errors import WeightsError

_HOLDERS = ("state_dict", "model_state_dict", "model")
"""Where training programs keep the state dict in their checkpoints."""
_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)


@dataclass(frozen=True, kw_only=True, slots=True)
class Preprocessing:
    """How a square of grey levels becomes the network's input; saved with the weights, because they belong together."""

    image_size: int
    mean: tuple[float, float, float] = _IMAGENET_MEAN
    deviation: tuple[float, float, float] = _IMAGENET_DEVIATION

    def to_dict(self) -> dict[str, Any]:
        """Plain values by field name."""
        return asdict(self)


def prepare(images: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Input of the network, float32 (b, 3, h, w), from grey levels (b, h, w) in 0 to 255 of any dtype."""
    mean = torch.tensor(preprocessing.mean, device=images.device).view(1, 3, 1, 1)
    deviation = torch.tensor(preprocessing.deviation, device=images.device).view(1, 3, 1, 1)
    grey = images.to(torch.float32).div(255).unsqueeze(1)
    return ((grey - mean) / deviation).contiguous(memory_format=torch.channels_last)


def build_network(weights: str = "none", outputs: int = 1) -> nn.Module:
    """ResNet-18 with a logit a finding in channels-last layout, input (b, 3, h, w), output (b, ``outputs``).

    ``weights`` is ``"imagenet"``, ``"none"`` (torchvision's random initialisation, from torch's global generator) or a
    file with a state dict of this network or of a 1000-class ResNet-18, whose last layer is then left out.

    Raises:
        WeightsError: the weights cannot be fetched, read, or fitted to the network; says the other ways.
    """
    network = resnet18(num_classes=outputs)
    if weights == "imagenet":
        _load_body(network, _imagenet_state())
    elif weights != "none":
        _load_body(network, _state_from(Path(weights)))
    channels_last: nn.Module = network.to(memory_format=torch.channels_last)
    return channels_last


def _imagenet_state() -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = ResNet18_Weights.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True)
    except Exception as error:  # urllib, ssl, hash and disk errors have no common base
        cause = refusal(error) if isinstance(error, OSError) else str(error)
        raise WeightsError(
            f"the ImageNet weights could not be fetched ({type(error).__name__}: {cause}); use `--weights none` to fit "
            "from scratch, or `--weights FILE` with a ResNet-18 state dict that you have"
        ) from error
    return state


def _state_from(file: Path) -> dict[str, Tensor]:
    try:
        loaded = torch.load(file, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise WeightsError(f"{file}: no such weights file; use `--weights imagenet` or `--weights none`") from error
    except Exception as error:  # the unpickler raises whatever the bytes make it raise
        raise WeightsError(f"{file}: not a weights file that can be read safely ({type(error).__name__})") from error
    held = {"": loaded, **loaded} if isinstance(loaded, dict) else {}
    states = {name: value for name, value in held.items() if _is_state(value)}
    known = [name for name in ("", *_HOLDERS) if name in states] or list(states)
    if known and (known[0] in ("", *_HOLDERS) or len(known) == 1):
        return {str(name): value for name, value in states[known[0]].items()}
    several = f"holds several ({', '.join(map(repr, known))}) and none" if known else "holds no state dict of tensors"
    raise WeightsError(
        f"{file}: {several}, by itself or under {', '.join(_HOLDERS)}; save the one meant by "
        "torch.save(network.state_dict(), FILE)"
    )


def _is_state(value: object) -> bool:
    return isinstance(value, dict) and bool(value) and all(isinstance(one, Tensor) for one in value.values())


def check_weights(weights: str) -> None:
    """Raise :class:`WeightsError` for weights that cannot be used, before anything dear is done; draws no number."""
    with torch.random.fork_rng(devices=[]):
        build_network(weights)


def _without_prefixes(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """``state`` with the names of a plain ResNet, whatever wraps it: DataParallel, Lightning, torch.compile.

    Other parts of the wrapper, such as the weights of a loss, are left out. Raises :class:`WeightsError` where it holds
    several networks.
    """
    plain = {name.replace("_orig_mod.", ""): value for name, value in state.items()}
    first, second = "conv1.weight", "layer1.0.conv1.weight"
    prefixes = [name[: -len(first)] for name in plain if name.endswith(first) and name[: -len(first)] + second in plain]
    if len(prefixes) > 1:
        raise WeightsError(f"the weights hold several networks ({', '.join(map(repr, prefixes))}); save the one meant")
    prefix = prefixes[0] if prefixes else ""
    return {name.removeprefix(prefix): value for name, value in plain.items() if name.startswith(prefix)}


def _load_body(network: nn.Module, state: dict[str, Tensor]) -> None:
    """Load ``state``; a last layer of another width is left at its initialisation."""
    state = _without_prefixes(state)
    own = network.state_dict()
    if "fc.weight" in state and state["fc.weight"].shape != own["fc.weight"].shape:
        state = {name: value for name, value in state.items() if not name.startswith("fc.")}
    wrong = [name for name in state if name not in own or state[name].shape != own[name].shape]
    missing = [name for name in own if name not in state and not name.startswith("fc.")]
    if wrong or missing:
        raise WeightsError(
            f"the weights are not of a ResNet-18: {len(wrong)} tensors do not fit and {len(missing)} are missing, "
            f"for example {(wrong + missing)[0]}"
        )
    if bad := [name for name, value in state.items() if not bool(torch.isfinite(value.float()).all())]:
        raise WeightsError(f"the weights hold values that are not finite numbers, in {bad[0]}")
    network.load_state_dict(state, strict=False)


def save_checkpoint(file: Path, network: nn.Module, preprocessing: Preprocessing) -> None:
    """Write the state dict, the preprocessing and torch's number of threads, as ``weights_only=True`` reads them.

    Raises OSError.
    """
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    content = io.BytesIO()
    threads = torch.get_num_threads()
    torch.save({"state_dict": state, "preprocessing": preprocessing.to_dict(), "threads": threads}, content)
    write_whole(file, content.getbuffer())


def load_checkpoint(file: Path) -> tuple[nn.Module, Preprocessing, int | None]:
    """The network, in evaluation mode on the CPU, its preprocessing, and the number of threads that it was fitted with.

    The last is None in files from before it was noted. Raises :class:`WeightsError`.
    """
    network = build_network(str(file), outputs=len(_without_prefixes(_state_from(file)).get("fc.bias", ())) or 1)
    saved = torch.load(file, map_location="cpu", weights_only=True)
    try:
        preprocessing = Preprocessing(**saved["preprocessing"])
    except (KeyError, TypeError) as error:
        raise WeightsError(f"{file}: holds no preprocessing that this version knows") from error
    threads = saved.get("threads")
    if not (threads is None or (type(threads) is int and threads >= 1)):
        raise WeightsError(f"{file}: was fitted with {threads!r} threads, which is no number of threads")
    return network.eval(), preprocessing, threads
