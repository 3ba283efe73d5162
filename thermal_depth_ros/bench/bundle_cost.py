# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""What the network of an RGB bundle costs, as Table 4 of DepthSegNet24 counts it."""

import statistics
import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from thermal_depth_ros.base.contract import RGB
from thermal_depth_ros.bundles.spec import read_spec
from thermal_depth_ros.bundles.store import load_bundle
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.tables.measure import Measured
from thermal_depth_ros.evaluation.tables.sources import BundleSource, RowSource
from thermal_depth_ros.inference.device import select_device
from thermal_depth_ros.networks import macs
from thermal_depth_ros.networks.build import blueprint_networks
from thermal_depth_ros.networks.light import NoLight
from thermal_depth_ros.networks.padding import lower_bound_size

_REPEATS = 3  # timed passes after one to warm up
_Part = tuple[str, nn.Module, tuple[Any, ...]]  # name, network, its inputs
_TOTAL = 'total'


def cost_of(source: RowSource, size: tuple[int, int], device: str = 'auto') -> Measured:
    """Count the network of a bundle for one image and time it on this machine.

    Args:
        source: A bundle for RGB cameras.
        size: Height and width of the image.
        device: Device of the timed passes.

    Returns:
        Metrics `gmacs` and `parameters` (millions) by part (light, encoder, depth, semantic,
        total), and `seconds` of a pass.

    Raises:
        EvaluationError: The source is no bundle for RGB cameras.
    """
    if not isinstance(source, BundleSource):
        raise EvaluationError(f'{source.name}: only bundles can be counted')
    spec = read_spec(source.path)
    if spec.kind != RGB:
        raise EvaluationError(f'--bundle {source.name}: a bundle of kind {spec.kind}, not {RGB}')
    counts = {
        name: macs.count(network, *inputs)
        for name, network, inputs in _parts(blueprint_networks(RGB, spec.architecture), size)
    }
    metrics: dict[str, Any] = {
        'gmacs': {name: one.paper_macs / 1e9 for name, one in counts.items()},
        'parameters': {name: one.parameters / 1e6 for name, one in counts.items()},
        'seconds': seconds_of(source, size, device),
    }
    note = f'{source.name}: timed on {select_device(device)}, a pass in 32-bit floats'
    return Measured(metrics, 1, notes=(note,))


def seconds_of(source: BundleSource, size: tuple[int, int], device: str) -> float:
    """Return the median time of a pass, s."""
    chosen = select_device(device)
    networks = load_bundle(source.path, chosen).networks
    times = []
    for _ in range(_REPEATS + 1):
        *_, (_, network, inputs) = _parts(networks, size, chosen, whole_only=True)
        start = time.perf_counter()
        with torch.inference_mode():
            network(*inputs)
        if chosen.type == 'cuda':
            torch.cuda.synchronize(chosen)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def _parts(
    networks: Mapping[str, Any],
    size: tuple[int, int],
    device: torch.device | str = 'meta',
    whole_only: bool = False,
) -> Iterator[_Part]:
    """Yield the parts with the inputs they get, then the network as a whole."""
    if 'depthseg' not in networks:  # a vision transformer, which pads or resizes to its patches
        depth = networks['depth']
        height, width = lower_bound_size(size, size, depth.backbone.patch_size)
        yield _TOTAL, depth, (torch.rand(1, 3, height, width, device=device),)
        return
    network = networks['depthseg'].eval()
    image = torch.rand(1, 3, *size, device=device)
    if not whole_only:
        if not isinstance(network.light, NoLight):
            yield 'light', network.light, (image,)
        yield 'encoder', network.encoder, (image,)
        with torch.no_grad():
            features = network.encoder(image)
        yield 'depth', network.depth_decoder, (features,)
        if network.n_classes:
            yield 'semantic', network.seg_decoder, (features,)
    yield _TOTAL, network, (image,)
