# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Table 4 of DepthSegNet24: what its networks cost, at 320x576, in the paper's way of counting."""

import dataclasses

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


ROWS = {
    'light enhancement': PaperRow(20.573, 0.167),
    'encoder': PaperRow(6.699, 11.177),
    'depth decoder': PaperRow(5.358, 3.153),
    'semantic decoder': PaperRow(6.254, 3.192),
    OURS: PaperRow(38.884, 17.688, 0.0020),
    DEPTH_ALONE: PaperRow(12.057, 14.330, 0.0016, summands=2),
    # Which Mask2Former the paper took it does not say; Swin-L is the nearest published one.
    SEMANTICS_ALONE: PaperRow(152.639, 209.660, 0.0267, reproduced=False),
}
