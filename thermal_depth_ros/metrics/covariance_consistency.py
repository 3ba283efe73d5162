# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Whether the covariance of odometry fits its errors: NEES (Bar-Shalom et al. 2001).

The normalised estimation error squared, e^T P^-1 e, has the mean of its number of dimensions if P
is the covariance of the error e; it is divided by this number here, so that 1 is consistent, more
is overconfident, and less is cautious.
"""

import dataclasses

import numpy as np

from thermal_depth_ros.geometry import rigid

_BOUND_95 = 12.592  # chi square of six degrees of freedom
_PARTS = {'position': slice(0, 3), 'rotation': slice(3, 6)}


@dataclasses.dataclass(frozen=True)
class Consistency:
    """NEES per dimension of poses relative to the first of each trajectory.

    Attributes:
        poses: Number of poses with a usable covariance.
        nees: Mean over them; the factor by which the covariance is too small.
        position: NEES of the position.
        rotation: NEES of the rotation.
        inside_95: Share inside the ellipsoid that should hold 95 %.
    """

    poses: int
    nees: float
    position: float
    rotation: float
    inside_95: float


class ConsistencyAccumulator:
    """Collects the NEES of poses."""

    def __init__(self) -> None:
        self._poses = 0
        self._sums = np.zeros(4)  # of all, position, rotation; number inside

    def add(self, true: np.ndarray, estimate: np.ndarray, covariance: np.ndarray) -> None:
        """Add a trajectory; poses without an invertible covariance are left out.

        Args:
            true: (N, 4, 4) true poses of the body.
            estimate: (N, 4, 4) its estimated poses.
            covariance: (N, 6, 6) of x, y, z, rotX, rotY, rotZ about the axes of the world.
        """
        expected = estimate[0] @ rigid.invert(true[0]) @ true
        for wanted, found, P in zip(expected[1:], estimate[1:], covariance[1:], strict=True):
            error = np.empty(6)
            error[:3] = wanted[:3, 3] - found[:3, 3]
            error[3:] = rigid.rotation_vector(wanted[:3, :3] @ found[:3, :3].T)
            whole = _nees(error, P)
            if whole is None:
                continue
            parts = [_nees(error[part], P[part, part]) or 0.0 for part in _PARTS.values()]
            self._poses += 1
            self._sums += [whole, *parts, whole <= _BOUND_95]

    def merge(self, other: 'ConsistencyAccumulator') -> None:
        """Add the poses of another."""
        self._poses += other._poses
        self._sums += other._sums

    def result(self) -> Consistency | None:
        """Return the means; None without a pose."""
        if not self._poses:
            return None
        whole, position, rotation, inside = (self._sums / self._poses).tolist()
        return Consistency(self._poses, whole / 6, position / 3, rotation / 3, inside)


def _nees(error: np.ndarray, covariance: np.ndarray) -> float | None:
    """Return e^T P^-1 e, None if P is not positive definite."""
    if not np.isfinite(covariance).all():
        return None
    try:
        half = np.linalg.solve(np.linalg.cholesky(covariance), error)
    except np.linalg.LinAlgError:
        return None
    return float(half @ half)
