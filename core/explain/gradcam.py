"""Class activation maps: which part of an image raised its logit, or what a block of the network reacts to."""

from __future__ import annotations

from collections import OrderedDict

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_grad_cam import GradCAM, GradCAMPlusPlus, HiResCAM, LayerCAM
from torch import Tensor, nn

from core.explain.heat_map_choice import EXPLAINS_THE_CLASS, LAYERS, METHODS, check_choice
from core.model.network import prepare
from core.model.scorer import Scorer

__all__ = ["EXPLAINS_THE_CLASS", "LAYERS", "METHODS", "HeatMaps"]

_FORMULAS = {"grad_cam": GradCAM, "grad_cam_plus_plus": GradCAMPlusPlus, "hires_cam": HiResCAM, "layer_cam": LayerCAM}


class HeatMaps:
    """Heat maps of one network. Safe to call from many threads.

    pytorch-grad-cam as a whole is not: its hooks keep what the last image left in them, and run the gradient through
    every layer. Here the network is cut at the layer, so that only what comes after it is differentiated; the library
    gives the formulas.
    """

    def __init__(self, scorer: Scorer) -> None:
        network, self.preprocessing, self._device = scorer.network, scorer.preprocessing, scorer.device
        self._output = scorer.output
        *stages, (name, classifier) = network.named_children()
        names = [name for name, _ in stages]
        whole = nn.Sequential(OrderedDict([*stages, ("flatten", nn.Flatten()), (name, classifier)]))
        cuts = {layer: names.index(layer) + 1 for layer in LAYERS}
        self._parts = {layer: (whole[:cut], whole[cut:]) for layer, cut in cuts.items()}
        # Without target layers no hooks are registered, and nothing is kept from call to call.
        self._formulas = {method: formula(network, target_layers=[]) for method, formula in _FORMULAS.items()}

    def __call__(
        self, square: NDArray[np.uint8], *, method: str = "grad_cam", layer: str = "layer4"
    ) -> NDArray[np.float32]:
        """The map, float32 (size, size) in [0, 1], of one uint8 (size, size) image.

        Evidence for the finding at the output of ``layer``, by Grad-CAM (Selvaraju et al., ICCV 2017), Grad-CAM++
        (Chattopadhay et al., WACV 2018), HiRes-CAM (Draelos and Carin 2020) or LayerCAM (Jiang et al., TIP 2021).
        Eigen-CAM (Muhammad and Yeasin, IJCNN 2020) is not about the class: it is the first principal component of the
        features, where the block reacts most. What is negative counts as no evidence; the rest is interpolated to the
        size of the image and scaled to a maximum of 1. All zeros where there is no evidence.

        Raises :class:`ValueError` for an image of another size, or a method or layer that does not exist.
        """
        check_choice(method, layer)
        size = self.preprocessing.image_size
        if square.shape != (size, size):
            raise ValueError(f"image of {square.shape}, the network sees {size} x {size}")
        batch = prepare(torch.from_numpy(square).unsqueeze(0).to(self._device), self.preprocessing)
        before, after = self._parts[layer]
        with torch.no_grad():
            features = before(batch)
        if method == "eigen_cam":
            return _scaled(first_component(features[0].cpu().numpy()), size)
        gradient = _gradient(after, features, self._output)
        # Of all that the library would pass to a formula, these need the features and the gradient only.
        coarse = self._formulas[method].get_cam_image(
            None, None, None, features.detach().cpu().numpy(), gradient, False
        )
        return _scaled(coarse[0], size)


def first_component(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Projection (h, w) of features (channels, h, w) on their first principal component over the places.

    Its sign, which the decomposition leaves open, is the one that makes the largest magnitude positive (Chung and
    Ying, Appl. Sci. 2025).
    """
    places = torch.from_numpy(features).flatten(start_dim=1).T
    places = places - places.mean(dim=0)
    # Only what is needed: the library's full matrices take seconds for the first block. And torch's decomposition:
    # the threads of numpy's would go on spinning, and slow down what torch does next several times.
    _, _, components = torch.linalg.svd(places, full_matrices=False)
    projection = (places @ components[0]).reshape(features.shape[1:]).numpy()
    return np.asarray(projection if projection.max() >= -projection.min() else -projection, dtype=np.float32)


def _gradient(after: nn.Module, features: Tensor, output: int) -> NDArray[np.float32]:
    """Gradient of the logit with respect to ``features`` (1, c, h, w)."""
    with torch.enable_grad():
        logit = after(features.requires_grad_())[0, output]
        return np.asarray(torch.autograd.grad(logit, features)[0].cpu().numpy(), dtype=np.float32)


def _scaled(coarse: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    evidence = cv2.resize(np.maximum(coarse, 0, dtype=np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
    peak = evidence.max()
    return np.asarray(evidence / peak if peak > 0 else np.zeros_like(evidence), dtype=np.float32)
