# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Initial networks of RGB training: random, with ImageNet encoders, or from a bundle."""

import dataclasses
import math

import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import load_bundle
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.networks.architecture import RgbArchitecture
from thermal_depth_ros.networks.build import build_networks
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.disparity import sigmoid_to_disparity
from thermal_depth_ros.networks.encoder_weights import find_weights, import_encoder
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.networks.weight_files import WeightsError
from thermal_depth_ros.training.engine.performance import lay_channels_last
from thermal_depth_ros.training.rgb.monocular_config import OF_BUNDLE, MonocularConfig
from thermal_depth_ros.training.video.task import VideoStart

ENCODER, DEPTH = 'depthseg.encoder', 'depthseg.depth_decoder'
CLASSES, LIGHT, POSE = 'depthseg.seg_decoder', 'depthseg.light', 'pose'
_NARROW = 32  # channels


@dataclasses.dataclass
class RgbStart(VideoStart):
    """Initial networks of RGB training."""

    network: DepthSegNet
    pose: PoseNet
    labels: LabelSet | None = None  # of a start bundle whose classes are kept

    def part(self, name: str) -> nn.Module:
        """Return a part by its name."""
        networks = {'depthseg': self.network, 'pose': self.pose}
        first, _, rest = name.partition('.')
        return networks[first].get_submodule(rest)


def start_networks(config: MonocularConfig, n_classes: int, seed: int) -> RgbStart:
    """Build the networks and load the available weights.

    Args:
        config: Method settings.
        n_classes: Number of classes; 0 for depth only.
        seed: Random seed of the weights.

    Raises:
        SettingsError: A weight file cannot be used, or nothing of the bundle fits.
        BundleError: The bundle cannot be loaded or is for another camera.
    """
    if config.start_architecture == OF_BUNDLE:
        return _whole_bundle(config)
    architecture = config.architecture(n_classes)
    networks = build_networks('rgb', architecture, seed)
    network, pose = networks['depthseg'], networks['pose']
    assert isinstance(network, DepthSegNet) and isinstance(pose, PoseNet)
    untrained = {ENCODER, DEPTH, POSE}
    untrained |= {CLASSES} if n_classes else set()
    untrained |= {LIGHT} if architecture['light_width'] else set()
    start = RgbStart(architecture, untrained, f'random weights, seed {seed}', network, pose)
    if config.encoder_weights:
        _import_encoders(start, config.encoder_weights)
    if config.start_bundle:
        _take_parts(start, config.start_bundle)
    if config.start_depth > 0 and DEPTH in start.untrained:
        set_start_depth(network, config)
    return start


def _whole_bundle(config: MonocularConfig) -> RgbStart:
    """Take all networks of the start bundle, of which the light network stays as it is."""
    bundle = load_bundle(config.start_bundle, kind='rgb')
    spec, network, pose = bundle.spec, bundle.networks['depthseg'], bundle.networks['pose']
    own = spec.networks_architecture
    if not (
        isinstance(own, RgbArchitecture)
        and isinstance(network, DepthSegNet)
        and isinstance(pose, PoseNet)
    ):
        raise SettingsError(f'start_bundle: {config.start_bundle} is not of the family DepthSegNet')
    if (own.min_depth, own.max_depth) != (config.min_depth, config.max_depth):
        raise SettingsError(
            f'min_depth, max_depth: {config.min_depth:g} and {config.max_depth:g} are not those of '
            f'{config.start_bundle}, {own.min_depth:g} and {own.max_depth:g}'
        )
    network.light.requires_grad_(False)
    untrained = {
        part
        for part in (ENCODER, DEPTH, CLASSES, LIGHT, POSE)
        if any(name in ('all', part, part.split('.')[0]) for name in spec.untrained_parts)
    }
    source, fields = f'bundle {config.start_bundle}', dataclasses.asdict(own)
    return RgbStart(fields, untrained, source, network, pose, spec.labels)


def set_start_depth(network: DepthSegNet, config: MonocularConfig) -> None:
    """Make all scales of the depth decoder start near a depth, apart from their random weights."""
    far, near = (
        float(sigmoid_to_disparity(torch.tensor(end), config.min_depth, config.max_depth))
        for end in (0.0, 1.0)
    )
    sigmoid = (1.0 / config.start_depth - far) / (near - far)
    with torch.no_grad():
        for output in network.depth_decoder.outputs:
            assert isinstance(output, nn.Conv2d) and output.bias is not None
            output.bias.fill_(math.log(sigmoid / (1.0 - sigmoid)))


def _import_encoders(start: RgbStart, name_or_file: str) -> None:
    try:
        source = find_weights(name_or_file)
        import_encoder(start.network.encoder, source)
        import_encoder(start.pose.encoder, source, images=2)
    except WeightsError as error:
        raise SettingsError(f'encoder_weights: {error}') from error
    start.untrained.discard(ENCODER)
    start.source = f'encoders of {source.name}, else {start.source}'


def _take_parts(start: RgbStart, name: str) -> None:
    """Copy the parts of a bundle whose shapes match."""
    bundle = load_bundle(name, kind='rgb')
    random = bundle.spec.untrained_parts
    taken = []
    for part in (ENCODER, DEPTH, CLASSES, LIGHT, POSE):
        first, _, rest = part.partition('.')
        own, theirs = start.part(part), bundle.networks[first].get_submodule(rest)
        shapes = [{n: v.shape for n, v in m.state_dict().items()} for m in (own, theirs)]
        if not shapes[0] or shapes[0] != shapes[1]:
            continue
        own.load_state_dict(theirs.state_dict())
        taken.append(part)
        if not any(named in ('all', part, first) for named in random):
            start.untrained.discard(part)
    if not taken:
        raise SettingsError(f'start_bundle: {name} has no part that matches this network')
    start.source = f'{", ".join(taken)} of bundle {name}, else {start.source}'


def arrange(networks: nn.Module, widest: int, device: torch.device) -> None:
    """Set the memory layout of the RGB networks, in place.

    On CPUs without AVX-512, channels last makes a step with 32 channels 5 % faster (160x96), but
    one with 64 channels up to 40 % slower (576x320).

    Args:
        networks: One module with all of them.
        widest: Channels of the encoder's first stage or of the light network at full size,
            whichever is larger.
        device: Device of the networks.
    """
    if device.type != 'cpu' or widest <= _NARROW:
        lay_channels_last(networks)
