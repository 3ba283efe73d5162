# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Initial networks of thermal training, from a bundle or random."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.bundles import BundleSpec, load_bundle
from thermal_depth_ros.networks.architecture import (
    UPPER_BOUND,
    ArchitectureError,
    OutputArchitecture,
    ThermalArchitecture,
)
from thermal_depth_ros.networks.build import blueprint_networks, build_networks
from thermal_depth_ros.networks.disparity import OutputMapping
from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.encoder_weights import WeightsSource, find_weights, import_stem
from thermal_depth_ros.networks.feature_scale import fit_head
from thermal_depth_ros.networks.hybrid import HybridBackbone
from thermal_depth_ros.networks.initialisation import check_drawable, materialise
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.weight_files import WeightsError
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.thermal.radiometry import PlanckConstants
from thermal_depth_ros.training.engine.performance import has_wide_vectors, lay_channels_last
from thermal_depth_ros.training.thermal.config import (
    ALL_PARTS,
    BACKBONE_ONLY,
    NO_PRETRAIN,
    ThermalTrainingConfig,
)
from thermal_depth_ros.training.video.export import attributions_of
from thermal_depth_ros.training.video.task import VideoStart

BACKBONE, HEAD, POSE = 'depth.backbone', 'depth.head', 'pose'

# Networks by name. `paper` is that of Fan et al. 2024; the others learn from scratch in minutes.
PRESETS: dict[str, Mapping[str, Any]] = {
    'paper': {},
    'small': {
        'backbone': 'vit_tiny_patch16_224',
        'backbone_args': {'embed_dim': 128, 'depth': 4, 'num_heads': 2, 'img_size': [128, 160]},
        'stem': 'resnet18',
        'stem_args': {'channels': [32, 64, 128, 256], 'stem_width': 32},
        'readout': 'ignore',
        'head_channels': 32,
        'head_widths': [32, 48, 64, 64],
        'pose_width': 32,
    },
    # For the ImageNet weights of EfficientNet-Lite0 in the stem, which sees (x - 127) / 128.
    'lite': {
        'backbone': 'vit_tiny_patch16_224',
        'backbone_args': {'embed_dim': 128, 'depth': 4, 'num_heads': 2, 'img_size': [256, 320]},
        'stem': 'tf_efficientnet_lite0',
        'stem_mean': [127 / 255] * 3,
        'stem_deviation': [128 / 255] * 3,
        'readout': 'ignore',
        'head_channels': 32,
        'head_widths': [32, 48, 64, 64],
        'pose_width': 32,
        'pose_downsampling': 2,
        'input_fit': UPPER_BOUND,
    },
    'tiny': {
        'backbone': 'vit_base_patch14_dinov2.lvd142m',
        'backbone_args': {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': 98},
        'head_channels': 16,
        'head_widths': [8, 8, 16, 16],
        'pose_width': 8,
    },
}


@dataclasses.dataclass
class ThermalStart(VideoStart):
    """Initial networks of thermal training and their input mapping.

    `untrained` holds some of BACKBONE, HEAD and POSE.
    """

    depth: DptDepthNet
    pose: PoseResNet
    mapping: ThermalPreprocessing


def start_networks(config: ThermalTrainingConfig, seed: int) -> ThermalStart:
    """Build or load the networks.

    Raises:
        SettingsError: The architecture or the mapping is invalid.
        BundleError: The bundle cannot be loaded or is for another camera.
    """
    start = _from_bundle(config, seed) if config.start_bundle else _from_seed(config, seed)
    if config.start_bundle and config.start_parts == BACKBONE_ONLY:
        _draw(start, seed, (HEAD, POSE))
    if config.encoder_weights:
        _import_stem(start, config)
    if config.variant == NO_PRETRAIN:
        _draw(start, seed, (BACKBONE,))
    backbone = start.depth.backbone
    if start.attributions and HEAD in start.untrained and isinstance(backbone, HybridBackbone):
        fit_head(start.depth.head, backbone)
    if HEAD in start.untrained:
        _use_own_output(start)
    if config.start_depth > 0 and HEAD in start.untrained:
        set_start_depth(start.depth, config.start_depth)
    return start


def _draw(start: ThermalStart, seed: int, parts: Sequence[str]) -> None:
    """Replace the weights of parts by random ones."""
    drawn = blueprint_networks('thermal', start.architecture)
    for name, network in drawn.items():
        materialise(network, seed, name)
    for part in parts:
        name, _, path = part.partition('.')
        network = start.depth if name == 'depth' else start.pose
        network.get_submodule(path).load_state_dict(drawn[name].get_submodule(path).state_dict())
        start.untrained.add(part)


def _use_own_output(start: ThermalStart) -> None:
    """Give a new head the output of networks that are trained here; an imported one keeps its own.

    A sigmoid has a gradient everywhere, and needs no scale that somebody has to find.
    """
    for field in dataclasses.fields(OutputArchitecture):
        start.architecture.pop(field.name, None)
    start.depth.output = OutputMapping()


def set_start_depth(network: DptDepthNet, depth: float) -> None:
    """Set the last bias so that a head with small weights starts at a depth in 0.1..99."""
    sigmoid = (1.0 / depth - 0.01) / 10.0
    with torch.no_grad():
        bias = network.head.tail3.bias
        assert bias is not None
        bias.fill_(math.log(sigmoid / (1 - sigmoid)))


def _from_bundle(config: ThermalTrainingConfig, seed: int) -> ThermalStart:
    """Load a bundle; one without pose network, such as Depth Anything, gets a new one."""
    bundle = load_bundle(config.start_bundle, kind='thermal')
    architecture, untrained = dict(bundle.spec.architecture), untrained_in(bundle.spec)
    depth, pose = bundle.networks['depth'], bundle.networks.get('pose')
    if pose is None:
        architecture['pose_channels'] = ThermalArchitecture().pose_channels
        pose = blueprint_networks('thermal', architecture)['pose']
        materialise(pose, seed, 'pose')
        untrained.add(POSE)
    assert isinstance(depth, DptDepthNet) and isinstance(pose, PoseResNet)
    taken = 'bundle' if config.start_parts == ALL_PARTS else 'backbone of bundle'
    return ThermalStart(
        architecture,
        untrained,
        f'{taken} {config.start_bundle}',
        depth,
        pose,
        ThermalPreprocessing.from_dict(bundle.spec.preprocessing),
        attributions=attributions_of(bundle.spec),
        focal_px=bundle.spec.focal_px,
    )


def untrained_in(spec: BundleSpec) -> set[str]:
    """Return which of BACKBONE, HEAD and POSE have random weights in a bundle."""
    return {
        part
        for part in (BACKBONE, HEAD, POSE)
        if any(name in ('all', part, part.split('.')[0]) for name in spec.untrained_parts)
    }


def check_architecture(name: str, encoder_weights: str = '') -> None:
    """Check that networks of a preset or a file can be built and initialised from a seed.

    Args:
        name: Preset or file.
        encoder_weights: Weights of the stem, which must exist; '' for none.

    Raises:
        SettingsError: They cannot.
    """
    try:
        networks = blueprint_networks('thermal', _architecture(name))
        check_drawable(networks)
    except ValueError as error:
        if isinstance(error, SettingsError):
            raise
        raise SettingsError(f'architecture: {name}: {error}') from error
    if encoder_weights:
        _stem_of(networks['depth'], name)
        source = _weights_source(encoder_weights)
        if not source.path.is_file():
            raise SettingsError(f'encoder_weights: {source.path}: no such file')


def _stem_of(depth: nn.Module, name: str) -> HybridBackbone:
    """Return the backbone with the stem that takes ImageNet weights."""
    assert isinstance(depth, DptDepthNet)
    if not isinstance(depth.backbone, HybridBackbone):
        raise SettingsError(
            f'encoder_weights: architecture {name} has no convolutional stem; choose a hybrid '
            'one, such as lite'
        )
    return depth.backbone


def _weights_source(name_or_file: str) -> WeightsSource:
    try:
        return find_weights(name_or_file)
    except WeightsError as error:
        raise SettingsError(f'encoder_weights: {error}') from error


def _import_stem(start: ThermalStart, config: ThermalTrainingConfig) -> None:
    """Load ImageNet weights into the stem; the rest of the backbone stays untrained."""
    source = _weights_source(config.encoder_weights)
    try:
        import_stem(_stem_of(start.depth, config.architecture), source)
    except WeightsError as error:
        raise SettingsError(f'encoder_weights: {error}') from error
    start.source = f'stem of {source.name}, else {start.source}'
    start.attributions = (source.attribution,)


def _from_seed(config: ThermalTrainingConfig, seed: int) -> ThermalStart:
    architecture = _architecture(config.architecture)
    try:
        networks = build_networks('thermal', architecture, seed)
    except (ArchitectureError, ValueError) as error:
        raise SettingsError(f'architecture: {config.architecture}: {error}') from error
    depth, pose = networks['depth'], networks['pose']
    assert isinstance(depth, DptDepthNet) and isinstance(pose, PoseResNet)
    return ThermalStart(
        dict(architecture),
        {BACKBONE, HEAD, POSE},
        f'random weights, seed {seed}',
        depth,
        pose,
        _mapping(config),
    )


def _architecture(name: str) -> Mapping[str, Any]:
    if name in PRESETS:
        return PRESETS[name]
    path = Path(name)
    try:
        values = read_yaml(path)
    except YamlError as error:
        raise SettingsError(
            f'architecture: {name!r} is neither one of {", ".join(PRESETS)} nor a YAML file that '
            f'can be read: {error}'
        ) from error
    if not isinstance(values, Mapping):
        raise SettingsError(f'architecture: {path} holds no mapping of fields')
    return values


def _mapping(config: ThermalTrainingConfig) -> ThermalPreprocessing:
    return ThermalPreprocessing(
        mode=config.mapping,
        low_fraction=config.low_fraction,
        high_fraction=config.high_fraction,
        min_celsius=config.min_celsius,
        max_celsius=config.max_celsius,
        planck=PlanckConstants(
            R=config.planck_r, B=config.planck_b, F=config.planck_f, O=config.planck_o
        ),
    )


def arrange(depth: DptDepthNet, pose: PoseResNet, device: torch.device) -> None:
    """Set the memory layout with which a device trains networks fastest, in place.

    Channels last suits GPUs, and is fastest everywhere for the narrow convolutions, normalisation
    and pooling of a ResNet. But on CPUs without AVX-512 the weight gradient of a convolution over a
    large map takes up to five times as long. There the maps of the head have channels first, even
    if a transformer outputs them otherwise. With AVX-512, channels last makes the whole step of
    the architecture `lite` 1.3 times as fast (256x320, fp32).
    """
    lay_channels_last(pose)
    lay_channels_last(depth.backbone)
    channels_first = device.type == 'cpu' and not has_wide_vectors()
    depth.head.layout = torch.contiguous_format if channels_first else torch.channels_last
    depth.head.to(memory_format=depth.head.layout)
