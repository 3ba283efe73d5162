# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Size and speed of the networks as figures beside those of paper 2's Table 4."""

from thermal_depth_ros.bench.efficiency import EfficiencyRow, measure
from thermal_depth_ros.bench.measurement import Measurement

GROUP = 'networks'
REPEATS = 5
# The paper prints three decimals.
HALF_A_DIGIT = 0.0005
RGB_SIZE = (320, 576)


def run_efficiency() -> list[Measurement]:
    """Count and time the networks of both cameras on the CPU, batch 1."""
    return [figure(row) for row in measure(*RGB_SIZE, REPEATS).rows]


def figure(row: EfficiencyRow) -> Measurement:
    """Turn a part into a figure: GMACs as the paper counts them, the rest in words.

    The paper's convention counts a transposed convolution per output element and four operations
    per BatchNorm element, and leaves attention products out; the true count does neither.
    """
    words = [
        f'true {row.count.true_macs / 1e9:.3f}',
        f'{row.count.parameters:,} parameters',
    ]
    if row.latency_s is not None:
        words.append(f'{row.latency_s * 1e3:.1f} ms here')
    return Measurement(
        GROUP,
        f'{row.part}, {row.height}x{row.width}',
        row.count.paper_macs / 1e9,
        'GMACs',
        target=None if row.paper is None else row.paper.gmacs,
        tolerance=None if row.paper is None else HALF_A_DIGIT,
        detail=', '.join(words),
    )
