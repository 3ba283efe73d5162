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
from rich.console import Console
from rich.table import Table
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
class EfficiencyReport:
    """All rows and what they were measured on."""

    rows: tuple[EfficiencyRow, ...]
    device: str
    threads: int
    repeats: int


@dataclasses.dataclass(frozen=True)
class _Part:
    name: str
    network: nn.Module
    inputs: tuple[Any, ...]


def run(
    height: int = TABLE_4_SIZE[0],
    width: int = TABLE_4_SIZE[1],
    repeats: int = 5,
    device: str = 'cpu',
    kinds: Sequence[str] = KINDS,
    console: Console | None = None,
) -> EfficiencyReport:
    """Count and time the networks of both cameras, and print the table.

    Args:
        height: of the RGB input, a multiple of 32 from 64; the thermal input stays 256x320.
        width: likewise.
        repeats: timed passes after one to warm up; 0 counts without running anything.
        device: where to run.
        kinds: cameras whose networks are wanted.
        console: where to print; standard output when None.

    Raises:
        ValueError: a size does not fit, or repeats is negative.
    """
    report = measure(height, width, repeats, device, kinds)
    print_report(report, console or Console())
    return report


def measure(
    height: int,
    width: int,
    repeats: int,
    device: str = 'cpu',
    kinds: Sequence[str] = KINDS,
) -> EfficiencyReport:
    """Count and time the networks of both cameras; see `run`."""
    if not size_fits(height) or not size_fits(width):
        raise ValueError(f'RGB input size {height}x{width}: multiples of 32 from 64 are wanted')
    if repeats < 0:
        raise ValueError(f'repeats {repeats} is negative')
    sizes = {'rgb': (height, width), 'thermal': THERMAL_SIZE}
    rows = [row for kind in kinds for row in _rows(kind, sizes[kind], repeats, device)]
    name = torch.cuda.get_device_name(device) if device.startswith('cuda') else device
    return EfficiencyReport(tuple(rows), name, torch.get_num_threads(), repeats)


def print_report(report: EfficiencyReport, console: Console) -> None:
    """Print one line per part, with the paper's figures where it gives them."""
    table = Table(title='Size and speed of the networks, batch 1')
    table.add_column('part')
    for title in (
        'input',
        'parameters',
        'GMACs (paper counts)',
        'paper',
        'GMACs (true)',
        'latency ms',
    ):
        table.add_column(title, justify='right')
    for row in report.rows:
        table.add_row(
            row.part,
            f'{row.height}x{row.width}',
            f'{row.count.parameters:,}',
            f'{row.count.paper_macs / 1e9:.6f}',
            '' if row.paper is None else f'{row.paper.gmacs:.3f}',
            f'{row.count.true_macs / 1e9:.6f}',
            '' if row.latency_s is None else f'{1000 * row.latency_s:.1f}',
        )
    console.print(table)
    console.print(
        'The paper counts a transposed convolution per output element and four operations per '
        'BatchNorm element, and leaves attention products out; the true count does neither.'
    )
    if report.repeats:
        console.print(
            f'Latency: median of {report.repeats}, fp32, {report.device}, '
            f'{report.threads} CPU threads. The paper gives 2.0 ms for all of DepthSegNet24 on an '
            'RTX 4090.'
        )


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
