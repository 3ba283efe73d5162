# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Features that the backbone of a bundle has of an image of either camera."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from thermal_depth_ros.bundles.find import find_bundle
from thermal_depth_ros.bundles.store import load_bundle
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.inference.resampling import resize_image
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.thermal_input import imagenet_normalised
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing, for_pictures

_BATCH = 8


class FeatureExtractor:
    """The deepest feature map of a backbone.

    Both kinds of images are given to it as it is trained on its own kind: RGB images in colour,
    thermal images in grey, mapped from the percentiles 1 and 99 of each image or, by a thermal
    bundle, as it maps them.

    Attributes:
        name: Name of the bundle.
        untrained: Whether some of its weights are random.
        size: Height and width of what the backbone is given.
    """

    def __init__(self, bundle: str | Path, device: torch.device) -> None:
        """Load the bundle.

        Raises:
            BundleError: There is none, or it is damaged.
            EvaluationError: It has no backbone for images.
        """
        path = find_bundle(bundle)
        loaded = load_bundle(path, device)
        spec = loaded.spec
        self.name, self.untrained = path.name, bool(spec.untrained_parts)
        self._mapping = ThermalPreprocessing()
        if spec.kind == 'thermal':
            self._mapping = ThermalPreprocessing.from_dict(dict(spec.preprocessing))
        self._features, patch = _backbone(loaded.networks, path)
        height, width = spec.input_size
        self.size = tuple(-(-side // patch) * patch for side in (height, width))
        self._device = device

    @torch.inference_mode()
    def maps(self, images: list[np.ndarray]) -> np.ndarray:
        """Return feature maps (N, h, w, C) float32 of images: (H, W, 3) uint8 or counts (H, W)."""
        found = []
        for first in range(0, len(images), _BATCH):
            batch = [self._input(image) for image in images[first : first + _BATCH]]
            features = self._features(torch.stack(batch).to(self._device))
            found.append(features.float().permute(0, 2, 3, 1).cpu().numpy())
        return np.concatenate(found)

    def _input(self, image: np.ndarray) -> torch.Tensor:
        """Return an image (3, H, W) in [0, 1] at the size of the backbone."""
        height, width = self.size
        small = resize_image(image, (height, width))
        if image.ndim == 2:
            mapping = for_pictures(self._mapping) if image.dtype == np.uint8 else self._mapping
            small = np.repeat(mapping(small)[..., None], 3, axis=2)
        else:
            small = small.astype(np.float32) / 255.0
        return torch.from_numpy(np.ascontiguousarray(small)).permute(2, 0, 1)


def _backbone(networks: Any, path: Path) -> tuple[Callable[[torch.Tensor], torch.Tensor], int]:
    """Return what maps images (B, 3, H, W) in [0, 1] to features (B, C, h, w), and its multiple."""
    depth, depthseg = networks.get('depth'), networks.get('depthseg')
    if isinstance(depth, DptDepthNet):
        backbone = depth.backbone

        def tapped(image: torch.Tensor) -> torch.Tensor:
            features: torch.Tensor = backbone(imagenet_normalised(image))[-1].patches
            return features

        return tapped, backbone.patch_size
    if isinstance(depthseg, DepthSegNet):
        network = depthseg

        def encoded(image: torch.Tensor) -> torch.Tensor:
            features: torch.Tensor = network.encoder(image + network.light(image))[-1]
            return features

        return encoded, 32
    raise EvaluationError(f'{path}: a bundle of {", ".join(networks)} has no backbone for images')
