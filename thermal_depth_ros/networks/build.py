# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Builds the networks of a kind of bundle."""

import importlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.networks.architecture import (
    DIRECTIONS,
    Architecture,
    DptArchitecture,
    OnnxArchitecture,
    RgbArchitecture,
    RgbDptArchitecture,
    ThermalArchitecture,
    TranslationArchitecture,
    make_architecture,
)
from thermal_depth_ros.networks.cyclegan import Generator
from thermal_depth_ros.networks.depthseg import DepthSegNet
from thermal_depth_ros.networks.disparity import OutputMapping
from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.dpt_head import DPTHead
from thermal_depth_ros.networks.encoder import FeatureEncoder
from thermal_depth_ros.networks.hybrid import HybridBackbone
from thermal_depth_ros.networks.initialisation import materialise
from thermal_depth_ros.networks.light import LightNet, NoLight
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.posenet import PoseNet
from thermal_depth_ros.networks.vit import VisionBackbone


@torch.inference_mode(False)  # weights created in the caller's inference mode could not be trained
def blueprint_networks(kind: str, architecture: Mapping[str, Any]) -> dict[str, nn.Module]:
    """Build the networks on the meta device: names and shapes, no memory, no values.

    Args:
        kind: 'thermal' (networks 'depth' and 'pose'), 'rgb' ('depthseg' and 'pose') or
            'translation' ('day_to_night' and 'night_to_day').
        architecture: Fields of the architecture class of the kind; absent ones take the papers'
            values.

    Raises:
        ValueError: `ArchitectureError` or `BackboneError`, with every bad field.
    """
    options = make_architecture(kind, architecture)
    for library in _libraries(options):
        importlib.import_module(library)  # not below, where its own constants would become meta
    with torch.device('meta'):
        return _assemble(options)


@torch.inference_mode(False)
def build_networks(
    kind: str, architecture: Mapping[str, Any], seed: int = 0
) -> dict[str, nn.Module]:
    """Build the networks with weights drawn from a seed, in evaluation mode, on the CPU.

    The same arguments give the same weights everywhere. See `blueprint_networks` for the
    arguments and exceptions.
    """
    networks = blueprint_networks(kind, architecture)
    for name, network in networks.items():
        materialise(network, seed, name)
        network.eval()
    return networks


def _libraries(architecture: Architecture) -> tuple[str, ...]:
    """Return the libraries that build the networks."""
    if isinstance(architecture, (TranslationArchitecture, OnnxArchitecture)):
        return ()
    if isinstance(architecture, RgbArchitecture):
        uses_timm = architecture.encoder or architecture.pose_encoder
        return ('torchvision', 'timm') if uses_timm else ('torchvision',)
    if isinstance(architecture, RgbDptArchitecture):
        return ('timm',)
    return 'torchvision', 'timm'


def _assemble(architecture: Architecture) -> dict[str, nn.Module]:
    if isinstance(architecture, ThermalArchitecture):
        networks: dict[str, nn.Module] = {'depth': _dpt_depth(architecture)}
        if architecture.pose_channels:
            pose = PoseResNet(
                architecture.pose_channels, architecture.pose_width, architecture.pose_downsampling
            )
            networks['pose'] = pose
        return networks
    if isinstance(architecture, OnnxArchitecture):
        return {}
    if isinstance(architecture, RgbDptArchitecture):
        return {'depth': _dpt_depth(architecture)}
    if isinstance(architecture, TranslationArchitecture):
        return {name: Generator(architecture.n_blocks, architecture.width) for name in DIRECTIONS}
    pose_encoder = _encoder(architecture, architecture.pose_encoder, images=2)
    return {
        'depthseg': _depthseg(architecture),
        'pose': PoseNet(architecture.encoder_width, pose_encoder),
    }


def _dpt_depth(architecture: DptArchitecture) -> DptDepthNet:
    backbone = _backbone(architecture)
    if architecture.adapter_channels:
        backbone.add_adapters(architecture.adapter_channels)
    head = DPTHead(
        backbone.embed_dim,
        architecture.head_channels,
        architecture.head_widths,
        architecture.readout,
        backbone.map_channels,
        architecture.head,
        backbone.patch_size,
    )
    return DptDepthNet(backbone, head, architecture.border, OutputMapping.of(architecture))


def _backbone(architecture: DptArchitecture) -> VisionBackbone:
    if not isinstance(architecture, ThermalArchitecture) or not architecture.stem:
        return VisionBackbone(
            architecture.backbone,
            taps=architecture.taps,
            position_offset=architecture.position_offset,
            position_antialias=architecture.position_antialias,
            timm_args=architecture.backbone_args,
            tap_norm=architecture.tap_norm,
        )
    return HybridBackbone(
        architecture.backbone,
        architecture.stem,
        stem_args=architecture.stem_args,
        blocks=architecture.taps,
        position_offset=architecture.position_offset,
        position_antialias=architecture.position_antialias,
        timm_args=architecture.backbone_args,
        tap_norm=architecture.tap_norm,
        stem_mean=architecture.stem_mean,
        stem_deviation=architecture.stem_deviation,
    )


def _depthseg(architecture: RgbArchitecture) -> DepthSegNet:
    light: LightNet | NoLight = NoLight()
    if architecture.light_width:
        light = LightNet(
            architecture.light_downsamplings, architecture.light_blocks, architecture.light_width
        )
    encoder = _encoder(architecture, architecture.encoder)
    return DepthSegNet(architecture.n_classes, light, architecture.encoder_width, encoder)


def _encoder(architecture: RgbArchitecture, name: str, images: int = 1) -> FeatureEncoder | None:
    """Return an encoder of timm; None for the ResNet-18 of the paper."""
    if not name:
        return None
    return FeatureEncoder(
        name,
        architecture.encoder_args,
        architecture.encoder_mean,
        architecture.encoder_deviation,
        images,
    )
