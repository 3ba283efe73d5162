# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Model bundles small enough for tests: the real networks with few channels, random weights."""

import dataclasses
from pathlib import Path

import pytest
import torch

from thermal_depth_ros.bundles import (
    CITYSCAPES_19,
    Bundle,
    BundleSpec,
    Scale,
    SeedWeights,
    load_bundle,
    save_bundle,
)

SCALE = Scale(metric=False, factor=1.0, source='none: untrained')

THERMAL = BundleSpec(
    kind='thermal',
    architecture={
        'backbone': 'vit_base_patch14_dinov2.lvd142m',
        'backbone_args': {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': 98},
        'head_channels': 16,
        'head_widths': [8, 8, 16, 16],
    },
    input_size=(64, 80),
    preprocessing={'mode': 'percentile'},
    scale=SCALE,
    weights=SeedWeights(untrained=True, seed=7),
    licence='Apache-2.0',
)

# The options for small networks that train from a random start, and the adapters of stage two.
HYBRID = BundleSpec(
    kind='thermal',
    architecture={
        'backbone': 'vit_tiny_patch16_224',
        'backbone_args': {'embed_dim': 48, 'depth': 4, 'num_heads': 3, 'img_size': [128, 160]},
        'stem': 'resnet10t',
        'stem_args': {'channels': [16, 24, 32, 48], 'stem_width': 16},
        'head_channels': 16,
        'head_widths': [8, 8, 16, 16],
        'adapter_channels': 4,
        'pose_width': 8,
    },
    input_size=(128, 160),
    preprocessing={'mode': 'percentile'},
    scale=SCALE,
    weights=SeedWeights(untrained=True, seed=7),
    licence='Apache-2.0',
)

RGB = BundleSpec(
    kind='rgb',
    architecture={'n_classes': 19, 'light_width': 8, 'encoder_width': 16},
    input_size=(64, 96),
    preprocessing={'mode': 'unit'},
    scale=SCALE,
    weights=SeedWeights(untrained=True, seed=7),
    licence='Apache-2.0',
    labels=CITYSCAPES_19,
)


@pytest.fixture(scope='session')
def tiny_thermal_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a thermal bundle: ViT of 4 blocks, 64x80."""
    path = tmp_path_factory.mktemp('models') / 'thermal_tiny'
    save_bundle(path, THERMAL)
    return path


@pytest.fixture(scope='session')
def tiny_hybrid_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a thermal bundle: convolutions, then a ViT of 4 blocks with adapters, 128x160."""
    path = tmp_path_factory.mktemp('models') / 'hybrid_tiny'
    save_bundle(path, HYBRID)
    return path


@pytest.fixture(scope='session')
def tiny_rgb_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an RGB bundle: a narrow ResNet-18, 64x96, 19 classes."""
    path = tmp_path_factory.mktemp('models') / 'rgb_tiny'
    save_bundle(path, RGB)
    return path


@pytest.fixture(scope='session')
def wide_rgb_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an RGB bundle whose encoder has the published width; it loads slowly."""
    path = tmp_path_factory.mktemp('models') / 'rgb_wide'
    architecture = {**RGB.architecture, 'encoder_width': 64}
    save_bundle(path, dataclasses.replace(RGB, architecture=architecture))
    return path


@pytest.fixture(scope='session')
def depth_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an RGB bundle without classes and light enhancement."""
    architecture = {'n_classes': 0, 'light_width': 0}
    path = tmp_path_factory.mktemp('depth') / 'depth_tiny'
    save_bundle(path, dataclasses.replace(RGB, architecture=architecture, labels=None))
    return path


@pytest.fixture(scope='session')
def tiny_stored_bundle(tiny_thermal_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the thermal bundle with its weights in a file, as one that was trained has them."""
    path = tmp_path_factory.mktemp('models') / 'thermal_stored'
    networks = load_bundle(tiny_thermal_bundle).networks
    save_bundle(path, THERMAL, networks, untrained_parts=())
    return path


def tensors(bundle: Bundle) -> dict[str, torch.Tensor]:
    """Return the parameters and buffers of all networks of a bundle by their names."""
    return {
        f'{name}.{key}': tensor
        for name, network in bundle.networks.items()
        for key, tensor in network.state_dict().items()
    }
