# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth teacher: an RGB bundle whose daytime depth serves as a label."""

from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

from thermal_depth_ros.bundles.store import load_bundle
from thermal_depth_ros.networks.architecture import RgbArchitecture
from thermal_depth_ros.networks.disparity import sigmoid_to_disparity


class DepthTeacher:
    """Predicts depth with an RGB bundle.

    Args:
        bundle: Name or path of the bundle.
        device: Device of the network.

    Raises:
        BundleError: No such bundle, a damaged one, or one for another camera.
    """

    def __init__(self, bundle: str | Path, device: torch.device) -> None:
        loaded = load_bundle(bundle, device, 'rgb')
        architecture = loaded.spec.networks_architecture
        assert isinstance(architecture, RgbArchitecture)
        self.name, self.device = loaded.path.name, device
        self.identity = f'{self.name} {loaded.spec.weights_digest}'  # unique identifier
        self.depth_range = architecture.min_depth, architecture.max_depth  # network units
        self._network: Any = loaded.networks['depthseg']
        self._size = loaded.spec.input_size

    @torch.inference_mode()
    def disparity(self, image: torch.Tensor) -> torch.Tensor:
        """Return 1 / depth (B, 1, H, W), in 1 / network units, of images (B, 3, H, W) in [0, 1]."""
        fed = F.interpolate(image.to(self.device), self._size, mode='bilinear', align_corners=False)
        network = self._network
        sigma = torch.sigmoid(network.depth_decoder(network.encoder(fed + network.light(fed)))[0])
        disparity = sigmoid_to_disparity(sigma, *self.depth_range)
        return F.interpolate(disparity, image.shape[-2:], mode='bilinear', align_corners=False)
