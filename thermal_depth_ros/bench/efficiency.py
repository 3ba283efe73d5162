# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Size and speed of the networks: the rows of paper 2's Table 4, and of paper 1 beside them.

Counts are exact and come from shapes alone; latency is measured on this machine.
"""

import dataclasses
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.networks import macs
from thermal_depth_ros.networks.architecture import size_fits
from thermal_depth_ros.networks.build import blueprint_networks, build_networks
from thermal_depth_ros.networks.macs import Count
from thermal_depth_ros.networks.padding import centre_padding

KINDS = ('rgb', 'thermal')
TABLE_4_SIZE = (320, 576)
THERMAL_SIZE = (256, 320)


@dataclasses.dataclass(frozen=True)
class PaperRow:
    """What paper 2 prints for a part at 320x576."""

    gmacs: float
    parameters_m: float


TABLE_4 = {
    'light enhancement': PaperRow(20.573, 0.167),
    'encoder': PaperRow(6.699, 11.177),
    'depth decoder': PaperRow(5.358, 3.153),
    'semantic decoder': PaperRow(6.254, 3.192),
    'DepthSegNet24': PaperRow(38.884, 17.688),
}


@dataclasses.dataclass(frozen=True)
class EfficiencyRow:
    """One part of a network at one input size, batch 1."""

    part: str
    height: int
    width: int
    count: Count
    latency_s: float | None  # median of the repeats; None where nothing was run
    paper: PaperRow | None  # only where the paper gives it for this size


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
    """Count and time the networks of both cameras.

    Args:
        height: of the RGB input, a multiple of 32 from 64; the thermal input stays 256x320.
        width: likewise.
        repeats: timed passes after one to warm up; 0 counts without running anything.
        device: where to run.
        kinds: cameras whose networks are wanted.

    Raises:
        ValueError: a size does not fit, or repeats is negative.
    """
    if not size_fits(height) or not size_fits(width):
        raise ValueError(f'RGB input size {height}x{width}: multiples of 32 from 64 are wanted')
    if repeats < 0:
        raise ValueError(f'repeats {repeats} is negative')
    sizes = {'rgb': (height, width), 'thermal': THERMAL_SIZE}
    return [row for kind in kinds for row in _rows(kind, sizes[kind], repeats, device)]


def _rows(kind: str, size: tuple[int, int], repeats: int, device: str) -> list[EfficiencyRow]:
    """Count the parts of one camera's networks and, with repeats, time them."""
    counts = {
        part.name: macs.count(part.network, *part.inputs)
        for part in _parts(kind, blueprint_networks(kind, {}), size, 'meta')
    }
    times: dict[str, float] = {}
    if repeats:
        networks = build_networks(kind, {})
        for part in _parts(kind, networks, size, device):
            times[part.name] = _latency(part, repeats, device)
    papers = TABLE_4 if size == TABLE_4_SIZE else {}
    return [
        EfficiencyRow(name, *size, count, times.get(name), papers.get(name))
        for name, count in counts.items()
    ]


def _parts(
    kind: str, networks: Mapping[str, Any], size: tuple[int, int], device: str
) -> list[_Part]:
    """Return the parts with the inputs they get, then the networks as a whole."""
    with torch.inference_mode():
        image = torch.rand(1, 3, *size, device=device)
        for network in networks.values():
            network.to(device).eval()
        split = _rgb if kind == 'rgb' else _thermal
        return list(split(networks, image))


def _rgb(networks: Mapping[str, Any], image: torch.Tensor) -> Iterator[_Part]:
    network = networks['depthseg']
    yield _Part('light enhancement', network.light, (image,))
    yield _Part('encoder', network.encoder, (image,))
    features = network.encoder(image)
    yield _Part('depth decoder', network.depth_decoder, (features,))
    yield _Part('semantic decoder', network.seg_decoder, (features,))
    yield _Part('DepthSegNet24', network, (image,))


def _thermal(networks: Mapping[str, Any], image: torch.Tensor) -> Iterator[_Part]:
    depth = networks['depth']
    padded = centre_padding(image.shape[2], image.shape[3], depth.backbone.patch_size).apply(image)
    yield _Part('ViT-B/14 backbone', depth.backbone, (padded,))
    yield _Part('DPT head', depth.head, (depth.backbone(padded),))
    yield _Part('thermal depth', depth, (image,))
    frame = image[:, :1]
    yield _Part('PoseResNet', networks['pose'], (frame, frame))


def _latency(part: _Part, repeats: int, device: str) -> float:
    """Return the median time of a pass in seconds, after one pass to warm up."""
    times: Sequence[float] = [_timed(part, device) for _ in range(repeats + 1)]
    return statistics.median(times[1:])


def _timed(part: _Part, device: str) -> float:
    start = time.perf_counter()
    with torch.inference_mode():
        part.network(*part.inputs)
    if device.startswith('cuda'):
        torch.cuda.synchronize(device)
    return time.perf_counter() - start
