# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Initial networks of RGB training: random, with ImageNet encoders, or from a bundle."""

import dataclasses
import math
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import load_bundle
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.networks.architecture import (
    Architecture,
    RgbArchitecture,
    make_architecture,
)
from thermal_depth_ros.networks.build import blueprint_networks, build_networks
from thermal_depth_ros.networks.decoder import MultiscaleDecoder
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.disparity import sigmoid_to_disparity
from thermal_depth_ros.networks.encoder import FeatureEncoder
from thermal_depth_ros.networks.encoder_weights import find_weights, import_encoder
from thermal_depth_ros.networks.feature_scale import fit_decoder
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.networks.timm_features import image_statistics
from thermal_depth_ros.networks.weight_files import WeightsError
from thermal_depth_ros.training.engine.performance import has_wide_vectors, lay_channels_last
from thermal_depth_ros.training.rgb.monocular_config import (
    FULL_TRAINING,
    OF_BUNDLE,
    MonocularConfig,
)
from thermal_depth_ros.training.video.export import attributions_of
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
        start = _whole_bundle(config)
        _check_frozen(config, start)
        if config.new_depth_decoder:
            _renew_depth_decoder(start, config, seed)
        return start
    architecture = architecture_of(config, n_classes)
    networks = build_networks('rgb', architecture, seed)
    network, pose = networks['depthseg'], networks['pose']
    assert isinstance(network, DepthSegNet) and isinstance(pose, PoseNet)
    untrained = {ENCODER, DEPTH, POSE}
    untrained |= {CLASSES} if n_classes else set()
    untrained |= {LIGHT} if architecture['light_width'] else set()
    start = RgbStart(architecture, untrained, f'random weights, seed {seed}', network, pose)
    if config.encoder_weights:
        _import_encoders(start, config)
    if config.start_bundle:
        _take_parts(start, config.start_bundle)
    _check_frozen(config, start)
    _prepare_decoders(start, config)
    return start


def _check_frozen(config: MonocularConfig, start: RgbStart) -> None:
    if config.encoder_training != FULL_TRAINING and ENCODER in start.untrained:
        raise SettingsError(
            f'encoder_training: {config.encoder_training} needs a trained encoder, but '
            f'{config.start_bundle} has none that fits'
        )


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
    origins = attributions_of(spec)
    return RgbStart(
        fields,
        untrained,
        source,
        network,
        pose,
        spec.labels,
        attributions=origins,
        focal_px=spec.focal_px,
    )


def _renew_depth_decoder(start: RgbStart, config: MonocularConfig, seed: int) -> None:
    """Put a random depth decoder on the encoder, whose first depth is `start_depth`."""
    fresh = build_networks('rgb', start.architecture, seed)['depthseg']
    assert isinstance(fresh, DepthSegNet)
    start.network.depth_decoder = fresh.depth_decoder
    start.untrained.add(DEPTH)
    start.source = f'{start.source}, with a random depth decoder, seed {seed}'
    _prepare_decoders(start, config)


def architecture_of(config: MonocularConfig, n_classes: int) -> dict[str, Any]:
    """Return the architecture of a bundle, with the input statistics of encoders of timm.

    Raises:
        SettingsError: An encoder cannot be used, or the two expect different input.
    """
    architecture = config.architecture(n_classes)
    names = {key: architecture[key] for key in ('encoder', 'pose_encoder') if key in architecture}
    statistics = {}
    for key, name in names.items():
        try:
            blueprint_networks('rgb', {key: name})
            statistics[key] = image_statistics(name)
        except ValueError as error:
            raise SettingsError(f'{key}: {error}') from error
    if len(set(statistics.values())) > 1:
        raise SettingsError(
            f'pose_encoder: {names["pose_encoder"]} expects images of other mean and deviation '
            f'than {names["encoder"]}'
        )
    for mean, deviation in statistics.values():
        architecture['encoder_mean'] = list(mean)
        architecture['encoder_deviation'] = list(deviation)
    return architecture


def check_start(config: MonocularConfig) -> None:
    """Check the encoders and find their weights, without reading a recording.

    Raises:
        SettingsError: They cannot be used.
    """
    architecture_of(config, n_classes=0)
    if config.encoder_weights:
        try:
            source = find_weights(config.encoder_weights)
        except WeightsError as error:
            raise SettingsError(f'encoder_weights: {error}') from error
        if not source.path.is_file():
            raise SettingsError(f'encoder_weights: {source.path}: no such file')


def _prepare_decoders(start: RgbStart, config: MonocularConfig) -> None:
    """Fit random decoders to their encoder, and let random depth start at `start_depth`."""
    _fit_decoders(start)
    if config.start_depth > 0 and DEPTH in start.untrained:
        set_start_depth(start.network, config)


def _fit_decoders(start: RgbStart) -> None:
    """Let random decoders read the features of an encoder of timm at unit deviation."""
    encoder = start.network.encoder
    if not isinstance(encoder, FeatureEncoder):
        return
    for part in (DEPTH, CLASSES):
        decoder = start.part(part)
        if part in start.untrained and isinstance(decoder, MultiscaleDecoder):
            fit_decoder(decoder, encoder)


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


def _import_encoders(start: RgbStart, config: MonocularConfig) -> None:
    """Load ImageNet weights into the encoder, and into that of motion if it is the same network."""
    both = config.pose_encoder == config.encoder
    try:
        source = find_weights(config.encoder_weights)
        import_encoder(start.network.encoder, source)
        if both:
            import_encoder(start.pose.encoder, source, images=2)
    except WeightsError as error:
        raise SettingsError(f'encoder_weights: {error}') from error
    start.untrained.discard(ENCODER)
    start.source = f'{"encoders" if both else "encoder"} of {source.name}, else {start.source}'
    start.attributions = (source.attribution,)


def _take_parts(start: RgbStart, name: str) -> None:
    """Copy the parts of a bundle whose shapes match."""
    bundle = load_bundle(name, kind='rgb')
    if 'depthseg' not in bundle.networks:
        raise SettingsError(
            f'start_bundle: {name} is not of the family DepthSegNet; it can be a teacher '
            '(label --depth-teacher)'
        )
    ours = _encoders_of(make_architecture('rgb', start.architecture))
    others = _encoders_of(bundle.spec.networks_architecture)
    random = bundle.spec.untrained_parts
    taken = []
    for part in (ENCODER, DEPTH, CLASSES, LIGHT, POSE):
        first, _, rest = part.partition('.')
        own, theirs = start.part(part), bundle.networks[first].get_submodule(rest)
        shapes = [{n: v.shape for n, v in m.state_dict().items()} for m in (own, theirs)]
        if not shapes[0] or shapes[0] != shapes[1] or ours.get(part) != others.get(part):
            continue
        own.load_state_dict(theirs.state_dict())
        taken.append(part)
        if not any(named in ('all', part, first) for named in random):
            start.untrained.discard(part)
    if not taken:
        raise SettingsError(f'start_bundle: {name} has no part that matches this network')
    if DEPTH in taken:
        start.focal_px = bundle.spec.focal_px
    start.source = f'{", ".join(taken)} of bundle {name}, else {start.source}'
    inherited = attributions_of(bundle.spec)
    start.attributions = tuple(dict.fromkeys((*start.attributions, *inherited)))


def _encoders_of(architecture: Architecture) -> dict[str, tuple[Any, ...]]:
    """Return what decides the function of each encoder of timm, besides its weights, by part."""
    if not isinstance(architecture, RgbArchitecture):
        return {}
    names = {ENCODER: architecture.encoder, POSE: architecture.pose_encoder}
    return {
        part: (
            name,
            dict(architecture.encoder_args),
            tuple(architecture.encoder_mean) or image_statistics(name)[0],
            tuple(architecture.encoder_deviation) or image_statistics(name)[1],
        )
        for part, name in names.items()
        if name
    }


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
    if device.type != 'cpu' or widest <= _NARROW or has_wide_vectors():
        lay_channels_last(networks)
