# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Size and speed of the networks compared with Table 4 of DepthSegNet24."""

import statistics
from collections.abc import Iterator, Sequence

from thermal_depth_ros.bench import table_4
from thermal_depth_ros.bench.efficiency import OTHERS, EfficiencyRow, measure
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.inference.device import select_device

GROUP = 'networks'
SPEED_UP = 10.0  # of one network for both tasks, by DepthSegNet24 on its GPU
REPEATS = {'cpu': 3, 'cuda': 50}  # rounds; a pass of Mask2Former takes seconds on a CPU


def run_efficiency() -> list[Measurement]:
    """Count and time the networks, batch 1, fp32, where `device: auto` runs."""
    device = select_device('auto')
    kinds = ('rgb', *OTHERS, 'thermal')
    rows = measure(*table_4.SIZE, REPEATS[device.type], str(device), kinds)
    figures = [figure for row in rows for figure in figures_of(row, str(device))]
    return [*figures, *speed_up(rows, str(device))]


def figures_of(row: EfficiencyRow, device: str = 'cpu') -> Iterator[Measurement]:
    """Convert a part to measurements: GMACs and, if given in the paper, parameters.

    The paper's convention counts a transposed convolution per output element and four operations
    per BatchNorm element, and leaves attention products out; the true count does neither.
    """
    name = f'{row.part}, {row.height}x{row.width}'
    known = row.paper is not None and row.paper.reproduced
    words = [
        f'true {row.count.true_macs / 1e9:.3f}',
        f'{row.count.parameters:,} parameters',
        *_times(row, device),
    ]
    if row.paper is not None and not known:
        words.append(
            f'the paper has {row.paper.gmacs:g} GMACs, {row.paper.parameters_m:g} M parameters'
        )
    tolerance = row.paper.tolerance if row.paper is not None and known else None
    yield Measurement(
        GROUP,
        name,
        row.count.paper_macs / 1e9,
        'GMACs',
        target=row.paper.gmacs if row.paper is not None and known else None,
        tolerance=tolerance,
        detail=', '.join(words),
    )
    if row.paper is not None and known:
        yield Measurement(
            GROUP,
            f'{name}, parameters',
            row.count.parameters / 1e6,
            'M',
            target=row.paper.parameters_m,
            tolerance=tolerance,
        )


def speed_up(rows: Sequence[EfficiencyRow], device: str = 'cpu') -> Iterator[Measurement]:
    """Compare the one network for both tasks with the sum of one for each, where all were timed.

    The paper's claim is about a GPU; elsewhere the figure has no target.
    """
    names = (table_4.OURS, table_4.DEPTH_ALONE, table_4.SEMANTICS_ALONE)
    times = {row.part: row.times_s for row in rows if row.times_s}
    if any(name not in times for name in names):
        return
    rounds = zip(*(times[name] for name in names), strict=True)
    ratio = statistics.median((depth + semantics) / ours for ours, depth, semantics in rounds)
    paper, *rest = (table_4.ROWS[name].latency_s or 0.0 for name in names)
    yield Measurement(
        GROUP,
        f'{table_4.OURS} against {table_4.DEPTH_ALONE} and {table_4.SEMANTICS_ALONE}',
        ratio,
        'times faster',
        target=SPEED_UP if device.startswith('cuda') else None,
        at_least=True,
        detail=f'on {device}; {sum(rest) / paper:.1f} in the paper ({table_4.DEVICE})',
    )


def _times(row: EfficiencyRow, device: str) -> Iterator[str]:
    if row.latency_s is not None:
        yield f'{row.latency_s * 1e3:.1f} ms here ({device})'
    if row.paper is not None and row.paper.latency_s is not None:
        yield f'{row.paper.latency_s * 1e3:.1f} ms in the paper ({table_4.DEVICE})'
