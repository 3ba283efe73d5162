# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The networks of a bundle as stages: functions of images in [0, 1], with named inputs and outputs.

A stage is what an engine runs in one go, and what `thermal-depth export` writes to one file. It
begins with the image as a camera pipeline prepares it, in [0, 1], and ends with disparity, logits
or motion in float32: normalisation and the last activation are inside, so that a file needs no
other knowledge. Stages that share an encoder take its features.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.bundles.spec import BundleSpec
from thermal_depth_ros.networks.architecture import (
    RgbArchitecture,
    RgbDptArchitecture,
    ThermalArchitecture,
    TranslationArchitecture,
)
from thermal_depth_ros.networks.disparity import sigmoid_to_disparity
from thermal_depth_ros.networks.thermal_input import depth_input, imagenet_normalised, pose_input

IMAGE, PREVIOUS, DISPARITY, LOGITS, MOTION = 'image', 'previous', 'disparity', 'logits', 'motion'
TRANSLATED = 'translated'
DEPTH, SEMANTICS, POSE, ENCODER = 'depth', 'semantics', 'pose', 'encoder'

_GREY = 'grey image (N, 1, H, W), 0 to 1'
_COLOUR = 'RGB image (N, 3, H, W), 0 to 1'
_INVERSE = 'disparity (N, 1, H, W), the inverse of depth in network units'
_VECTOR = 't_x, t_y, t_z, r_x, r_y, r_z (N, 6) of T_previous->image; network units and radians'


@dataclasses.dataclass(frozen=True, eq=False)
class Stage:
    """One part of a bundle that is run in one go.

    Attributes:
        name: 'depth', 'semantics', 'pose', 'encoder', or a direction of translation.
        module: Takes the inputs and returns the outputs as a tuple, in this order.
        inputs: Name -> meaning with shape and unit.
        outputs: Name -> meaning with shape and unit.
    """

    name: str
    module: nn.Module
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def stages_of(spec: BundleSpec, networks: Mapping[str, Any]) -> dict[str, Stage]:
    """Return the stages of a bundle by name; one that takes features comes after their encoder."""
    architecture = spec.networks_architecture
    if isinstance(architecture, ThermalArchitecture):
        stages = [_stage(DEPTH, _GreyDepth(networks['depth']), (IMAGE,), (DISPARITY,), _GREY)]
        if 'pose' in networks:
            pose = _GreyPose(networks['pose'])
            stages.append(_stage(POSE, pose, (PREVIOUS, IMAGE), (MOTION,), _GREY))
    elif isinstance(architecture, RgbDptArchitecture):
        depth = _ColourDepth(networks['depth'])
        stages = [_stage(DEPTH, depth, (IMAGE,), (DISPARITY,), _COLOUR)]
    elif isinstance(architecture, TranslationArchitecture):
        stages = [
            Stage(
                name,
                _Translation(network),
                {IMAGE: 'RGB image (N, 3, H, W), -1 to 1'},
                {TRANSLATED: 'RGB image (N, 3, H, W), -1 to 1'},
            )
            for name, network in networks.items()
        ]
    else:
        assert isinstance(architecture, RgbArchitecture), 'others have no networks of ours'
        stages = _depthseg_stages(architecture, networks)
    return {stage.name: stage for stage in stages}


def _depthseg_stages(architecture: RgbArchitecture, networks: Mapping[str, Any]) -> list[Stage]:
    network = networks['depthseg']
    numbers = [n for n, channels in enumerate(network.encoder.channels) if channels]
    features = {f'features_{n}': f'features at 1/{2 ** (n + 1)} of the image' for n in numbers}
    scales = {f'{DISPARITY}_{s}': f'{_INVERSE}, at 1/{2**s} of the image' for s in range(4)}
    stages = [
        Stage(ENCODER, _Encoder(network), {IMAGE: _COLOUR}, features),
        Stage(DEPTH, _ScalesOfDepth(network.depth_decoder, architecture), features, scales),
    ]
    if architecture.n_classes:
        meaning = f'class scores (N, {architecture.n_classes}, H, W) before the softmax'
        stages.append(Stage(SEMANTICS, _Logits(network.seg_decoder), features, {LOGITS: meaning}))
    pose = _ColourPose(networks['pose'])
    inputs = {PREVIOUS: _COLOUR, IMAGE: _COLOUR}
    return [*stages, Stage(POSE, pose, inputs, {MOTION: f'{_VECTOR}; rotation as axis angle'})]


def _stage(
    name: str, module: nn.Module, inputs: Sequence[str], outputs: Sequence[str], image: str
) -> Stage:
    meanings = {DISPARITY: _INVERSE, MOTION: _VECTOR}
    return Stage(
        name, module, dict.fromkeys(inputs, image), {name: meanings[name] for name in outputs}
    )


class _GreyDepth(nn.Module):
    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor]:
        return (self.network(depth_input(image)).float(),)


class _ColourDepth(_GreyDepth):
    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor]:
        return (self.network(imagenet_normalised(image)).float(),)


class _Translation(_GreyDepth):
    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor]:
        return (self.network(image).float(),)


class _GreyPose(nn.Module):
    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network
        self.channels = network.channels_per_image

    def forward(self, previous: torch.Tensor, image: torch.Tensor) -> tuple[torch.Tensor]:
        frames = [pose_input(frame, self.channels) for frame in (previous, image)]
        return (self.network(*frames).float(),)


class _ColourPose(nn.Module):
    def __init__(self, network: Any) -> None:
        super().__init__()
        self.network = network

    def forward(self, previous: torch.Tensor, image: torch.Tensor) -> tuple[torch.Tensor]:
        pose = self.network(previous, image)
        return (torch.cat([pose.translation[:, 0], pose.axisangle[:, 0]], 1).float(),)


class _Encoder(nn.Module):
    """Features of the enhanced image; a feature without channels is left out."""

    def __init__(self, network: Any) -> None:
        super().__init__()
        self.light, self.encoder = network.light, network.encoder

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, ...]:
        features = self.encoder(image + self.light(image))
        return tuple(feature for feature in features if feature.shape[1])


class _Decoder(nn.Module):
    def __init__(self, decoder: Any) -> None:
        super().__init__()
        self.decoder = decoder

    def maps(self, features: Sequence[torch.Tensor]) -> tuple[torch.Tensor, ...]:
        """Return the maps of all scales, from the features that have channels."""
        if len(features) == 4:  # of an encoder without a map at 1/2
            batch, _, height, width = features[0].shape
            features = (features[0].new_zeros(batch, 0, 2 * height, 2 * width), *features)
        maps: tuple[torch.Tensor, ...] = self.decoder(features)
        return maps


class _ScalesOfDepth(_Decoder):
    def __init__(self, decoder: Any, architecture: RgbArchitecture) -> None:
        super().__init__(decoder)
        self.range = architecture.min_depth, architecture.max_depth

    def forward(self, *features: torch.Tensor) -> tuple[torch.Tensor, ...]:
        return tuple(
            sigmoid_to_disparity(torch.sigmoid(output.float()), *self.range)
            for output in self.maps(features)
        )


class _Logits(_Decoder):
    def forward(self, *features: torch.Tensor) -> tuple[torch.Tensor]:
        return (self.maps(features)[0].float(),)
