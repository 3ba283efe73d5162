# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Interpolated poses over time."""

import numpy as np

from thermal_depth_ros.geometry import rigid


def interpolate(T_first: np.ndarray, T_second: np.ndarray, fraction: float) -> np.ndarray:
    """Interpolate between two poses of a body that moves with constant twist.

    Whichever frame of the body the poses are of, the motion of all its frames is the same, which
    is not so where position and rotation are interpolated separately.

    Args:
        T_first: First pose (4, 4), at fraction 0.
        T_second: Second pose (4, 4), at fraction 1.
        fraction: Fraction of the way; values outside [0, 1] extrapolate.
    """
    twist = rigid.logarithm(rigid.invert(T_first) @ T_second)
    between: np.ndarray = T_first @ rigid.exponential(twist * fraction)
    return between


class Trajectory:
    """Rigid motions at stamps; in between, the body moves on with constant twist."""

    def __init__(self, stamps_ns: np.ndarray, T: np.ndarray) -> None:
        """Sort by stamp; of several poses with one stamp the first holds.

        Args:
            stamps_ns: (N,) int64.
            T: (N, 4, 4) float64.
        """
        stamps = np.asarray(stamps_ns, np.int64)
        self.stamps_ns, first = np.unique(stamps, return_index=True)
        self.T = np.asarray(T, np.float64).reshape(-1, 4, 4)[first]

    def __len__(self) -> int:
        """Return the number of poses."""
        return len(self.stamps_ns)

    def at(self, stamp_ns: int, max_gap_s: float) -> np.ndarray | None:
        """Return the pose (4, 4) at a moment.

        Returns:
            None before the first and after the last pose, and where the two around the moment
            are more than max_gap_s apart.
        """
        after = int(np.searchsorted(self.stamps_ns, stamp_ns))
        if after < len(self) and self.stamps_ns[after] == stamp_ns:
            exact: np.ndarray = self.T[after]
            return exact
        if after == 0 or after == len(self):
            return None
        start, end = int(self.stamps_ns[after - 1]), int(self.stamps_ns[after])
        if end - start > max_gap_s * 1e9:
            return None
        return interpolate(self.T[after - 1], self.T[after], (stamp_ns - start) / (end - start))
