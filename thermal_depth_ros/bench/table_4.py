# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Table 4 of DepthSegNet24: what its networks cost, at 320x576, in the paper's way of counting."""

import dataclasses
from typing import Any

from thermal_depth_ros.evaluation.tables.published import Block, published_table

SIZE = (320, 576)
DEVICE = 'RTX 4090'
_HALF_A_DIGIT = 0.0005  # the paper prints three decimals

OURS, DEPTH_ALONE, SEMANTICS_ALONE = 'DepthSegNet24', 'Monodepth2', 'Mask2Former Swin-L'


@dataclasses.dataclass(frozen=True)
class PaperRow:
    """Published values of a part."""

    gmacs: float
    parameters_m: float
    latency_s: float | None = None
    summands: int = 1  # rounded numbers that the paper added up
    reproduced: bool = True  # whether the network is known exactly

    @property
    def tolerance(self) -> float:
        """Rounding error of the published value."""
        return _HALF_A_DIGIT * self.summands


def _published(row: str, part: str, **more: Any) -> PaperRow:
    """Return the values of a part of a row of the published table."""
    gmacs, parameters = (_figures(block, row) for block in published_table('dsn-4').blocks)
    return PaperRow(
        gmacs[f'gmacs {part}'.strip()], parameters[f'parameters {part}'.strip()], **more
    )


def _figures(block: Block, row: str) -> dict[str, Any]:
    (figures,) = [entry.figures for entry in block.rows if entry.name == row]
    return {name: figure for (_, name), figure in zip(block.columns, figures, strict=True)}


def _whole(row: str, **more: Any) -> PaperRow:
    seconds = _figures(published_table('dsn-4').blocks[0], row)['seconds']
    return _published(row, '', latency_s=seconds, **more)


ROWS = {
    'light enhancement': _published(OURS, 'light'),
    'encoder': _published(OURS, 'encoder'),
    'depth decoder': _published(OURS, 'depth'),
    'semantic decoder': _published(OURS, 'semantic'),
    OURS: _whole(OURS),
    DEPTH_ALONE: _whole(DEPTH_ALONE, summands=2),
    # Which Mask2Former the paper took it does not say; Swin-L is the nearest published one.
    SEMANTICS_ALONE: _whole('Mask2Former', reproduced=False),
}
