# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Size and speed of the networks as figures beside those of paper 2's Table 4."""

from thermal_depth_ros.bench.efficiency import TABLE_4_SIZE, EfficiencyRow, measure
from thermal_depth_ros.bench.measurement import Measurement
from thermal_depth_ros.inference.device import select_device

GROUP = 'networks'
REPEATS = 5
# The paper prints three decimals.
HALF_A_DIGIT = 0.0005


def run_efficiency() -> list[Measurement]:
    """Count and time the networks of both cameras, batch 1, fp32, where `device: auto` runs."""
    device = str(select_device('auto'))
    return [figure(row, device) for row in measure(*TABLE_4_SIZE, REPEATS, device)]


def figure(row: EfficiencyRow, device: str = 'cpu') -> Measurement:
    """Turn a part into a figure: GMACs as the paper counts them, the rest in words.

    The paper's convention counts a transposed convolution per output element and four operations
    per BatchNorm element, and leaves attention products out; the true count does neither.
    """
    words = [
        f'true {row.count.true_macs / 1e9:.3f}',
        f'{row.count.parameters:,} parameters',
    ]
    if row.latency_s is not None:
        words.append(f'{row.latency_s * 1e3:.1f} ms here ({device})')
    return Measurement(
        GROUP,
        f'{row.part}, {row.height}x{row.width}',
        row.count.paper_macs / 1e9,
        'GMACs',
        target=None if row.paper is None else row.paper.gmacs,
        tolerance=None if row.paper is None else HALF_A_DIGIT,
        detail=', '.join(words),
    )
