# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Size and speed of the networks: rows of Table 4 of DepthSegNet24, and the thermal networks.

Counts are exact and come from shapes alone; latency is measured on this machine.
"""

import dataclasses
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from thermal_depth_ros.bench import table_4
from thermal_depth_ros.bench.table_4 import PaperRow
from thermal_depth_ros.networks import macs
from thermal_depth_ros.networks.architecture import size_fits
from thermal_depth_ros.networks.build import blueprint_networks, build_networks
from thermal_depth_ros.networks.macs import Count
from thermal_depth_ros.networks.mask_classifiers import mask2former_class
from thermal_depth_ros.networks.padding import centre_padding

KINDS = ('rgb', 'thermal')  # of our cameras
DEPTH_KIND, SEMANTICS_KIND = OTHERS = ('depth alone', 'semantics alone')  # of DepthSegNet24
THERMAL_SIZE = (256, 320)
_ARCHITECTURES: Mapping[str, tuple[str, dict[str, Any]]] = {
    'rgb': ('rgb', {}),
    DEPTH_KIND: ('rgb', {'n_classes': 0, 'light_width': 0}),
    'thermal': ('thermal', {}),
}


def swin_large_config() -> Any:
    """Return the configuration of Mask2Former as published for Cityscapes, with Swin-L."""
    from transformers import Mask2FormerConfig, SwinConfig

    backbone: dict[str, Any] = {
        'image_size': 384,
        'embed_dim': 192,
        'depths': [2, 2, 18, 2],
        'num_heads': [6, 12, 24, 48],
        'window_size': 12,
        'out_features': ['stage1', 'stage2', 'stage3', 'stage4'],
    }
    network: dict[str, Any] = {'num_queries': 100, 'num_labels': 19}
    return Mask2FormerConfig(backbone_config=SwinConfig(**backbone), **network)


def build_mask2former(config: Any) -> torch.nn.Module:
    """Return the network with random weights, ready for inference."""
    network: torch.nn.Module = mask2former_class()(config)
    return network.eval()


def count_mask2former(config: Any, height: int, width: int) -> macs.Count:
    """Count the network for one image; nothing is computed and no memory taken."""
    # On the meta device, where our own networks are counted, this one mixes devices.
    with FakeTensorMode():
        return macs.count(build_mask2former(config), torch.rand(1, 3, height, width))


@dataclasses.dataclass(frozen=True)
class EfficiencyRow:
    """One part of a network at one input size, batch 1."""

    part: str
    height: int
    width: int
    count: Count
    times_s: tuple[float, ...]  # of a pass in each round; empty where nothing was run
    paper: PaperRow | None  # only where the paper gives it for this size

    @property
    def latency_s(self) -> float | None:
        """Median time of a pass, None where nothing was run."""
        return statistics.median(self.times_s) if self.times_s else None


_Run = tuple[str, nn.Module, tuple[Any, ...]]  # name, network, its inputs


@dataclasses.dataclass(frozen=True)
class _Part:
    name: str
    network: nn.Module
    inputs: tuple[Any, ...]


def measure(
    height: int,
    width: int,
    repeats: int,
    device: str = 'cpu',
    kinds: Sequence[str] = KINDS,
) -> list[EfficiencyRow]:
    """Count and time networks.

    All parts are timed in turn, round after round: what else the machine does slows all of them
    down, so that those of one round can be compared.

    Args:
        height: Height of the RGB input, a multiple of 32, at least 64; the thermal input is always
            256x320.
        width: Width of the RGB input, under the same conditions.
        repeats: Timed rounds after one to warm up; 0 counts without running anything.
        device: Compute device.
        kinds: Selection from KINDS and OTHERS.

    Raises:
        ValueError: A size does not fit, or repeats is negative.
    """
    if not size_fits(height) or not size_fits(width):
        raise ValueError(f'RGB input size {height}x{width} is not a multiple of 32 from 64 on')
    if repeats < 0:
        raise ValueError(f'repeats {repeats} is negative')
    sizes = {kind: THERMAL_SIZE if kind == 'thermal' else (height, width) for kind in kinds}
    times: dict[str, list[float]] = {}
    if repeats:
        parts = [p for kind, size in sizes.items() for p in _parts(kind, size, device)]
        for part in parts * (repeats + 1):
            times.setdefault(part.name, []).append(_timed(part, device))
    papers = table_4.ROWS if (height, width) == table_4.SIZE else {}
    return [
        EfficiencyRow(name, *size, count, tuple(times.get(name, ())[1:]), papers.get(name))
        for kind, size in sizes.items()
        for name, count in _counts(kind, size)
    ]


def _counts(kind: str, size: tuple[int, int]) -> Iterator[tuple[str, Count]]:
    if kind == SEMANTICS_KIND:
        config = swin_large_config()
        yield table_4.SEMANTICS_ALONE, count_mask2former(config, *size)
        return
    for part in _parts(kind, size, 'meta'):
        yield part.name, macs.count(part.network, *part.inputs)


def _parts(kind: str, size: tuple[int, int], device: str) -> list[_Part]:
    """Return the parts with the inputs they get, then the networks as a whole."""
    with torch.inference_mode():
        image = torch.rand(1, 3, *size, device=device)
        if kind == SEMANTICS_KIND:
            network = build_mask2former(swin_large_config()).to(device)
            return [_Part(table_4.SEMANTICS_ALONE, network, (image,))]
        build = blueprint_networks if device == 'meta' else build_networks
        networks = build(*_ARCHITECTURES[kind])
        for network in networks.values():
            network.to(device).eval()
        split = {'rgb': _rgb, DEPTH_KIND: _depth_alone, 'thermal': _thermal}[kind]
        return [_Part(*run) for run in split(networks, image)]


def _rgb(networks: Mapping[str, Any], image: torch.Tensor) -> Iterator[_Run]:
    network = networks['depthseg']
    yield 'light enhancement', network.light, (image,)
    yield 'encoder', network.encoder, (image,)
    features = network.encoder(image)
    yield 'depth decoder', network.depth_decoder, (features,)
    yield 'semantic decoder', network.seg_decoder, (features,)
    yield table_4.OURS, network, (image,)


def _depth_alone(networks: Mapping[str, Any], image: torch.Tensor) -> Iterator[_Run]:
    yield table_4.DEPTH_ALONE, networks['depthseg'], (image,)


def _thermal(networks: Mapping[str, Any], image: torch.Tensor) -> Iterator[_Run]:
    depth = networks['depth']
    padded = centre_padding(image.shape[2], image.shape[3], depth.backbone.patch_size).apply(image)
    yield 'ViT-B/14 backbone', depth.backbone, (padded,)
    yield 'DPT head', depth.head, (depth.backbone(padded),)
    yield 'thermal depth', depth, (image,)
    frame = image[:, :1]
    yield 'PoseResNet', networks['pose'], (frame, frame)


def _timed(part: _Part, device: str) -> float:
    start = time.perf_counter()
    with torch.inference_mode():
        part.network(*part.inputs)
    if device.startswith('cuda'):
        torch.cuda.synchronize(device)
    return time.perf_counter() - start
