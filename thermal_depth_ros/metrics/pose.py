# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectory metrics over short snippets (Fan et al. 2024, Table III)."""

import dataclasses

import numpy as np

from thermal_depth_ros.geometry import rigid

SNIPPET_LENGTH = 5


@dataclasses.dataclass(frozen=True)
class PoseScore:
    """Mean and population standard deviation over snippets."""

    ate_mean: float
    ate_std: float
    re_mean_rad: float
    re_std_rad: float
    snippets: int


def accumulate(T_consecutive: np.ndarray) -> np.ndarray:
    """Poses in the first camera from motions T_{k->k+1} (N, 4, 4), as (N + 1, 4, 4).

    G_0 = I, G_{k+1} = G_k inv(T_{k->k+1}).
    """
    poses = [np.eye(4)]
    for T in T_consecutive:
        poses.append(poses[-1] @ rigid.invert(T))
    return np.stack(poses)


def relative_to_first(T_world_camera: np.ndarray) -> np.ndarray:
    """Poses (N, 4, 4) relative to the first one."""
    T_first_camera: np.ndarray = rigid.invert(T_world_camera[0]) @ T_world_camera
    return T_first_camera


def snippet_errors(gt: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """ATE and RE of one snippet of poses (N, 4, 4), relative to the first.

    ATE = ||g - s p||_F / N with s = sum g.p / sum p^2 over the translations; RE is the mean angle
    in rad of the rotations R_g R_p^-1.
    """
    g, p = gt[:, :3, 3], predicted[:, :3, 3]
    power = float((p * p).sum())
    scale = float((g * p).sum()) / power if power > 0 else 0.0
    ate = float(np.linalg.norm(g - scale * p)) / len(g)
    angles = [
        np.linalg.norm(rigid.rotation_vector(a[:3, :3] @ b[:3, :3].T))
        for a, b in zip(gt, predicted, strict=True)
    ]
    return ate, float(np.mean(angles))


def sequence_errors(
    gt_T_world_camera: np.ndarray, T_consecutive: np.ndarray, length: int = SNIPPET_LENGTH
) -> np.ndarray:
    """ATE and RE (K, 2) of every snippet, at stride 1, of poses (N, 4, 4) and motions T_{k->k+1}.

    Raises:
        ValueError: The lengths do not match, or there are fewer frames than in one snippet.
    """
    n = len(gt_T_world_camera)
    if len(T_consecutive) != n - 1 or n < length:
        raise ValueError(
            f'{n} poses and {len(T_consecutive)} motions do not make snippets of {length} frames'
        )
    return np.array(
        [
            snippet_errors(
                relative_to_first(gt_T_world_camera[k : k + length]),
                accumulate(T_consecutive[k : k + length - 1]),
            )
            for k in range(n - length + 1)
        ]
    )


def pose_score(errors: np.ndarray) -> PoseScore:
    """Mean and deviation of the errors (K, 2) of K snippets.

    Raises:
        ValueError: There is no snippet.
    """
    if not len(errors):
        raise ValueError(f'no drive had a snippet of {SNIPPET_LENGTH} consecutive frames')
    mean, std = errors.mean(0).tolist(), errors.std(0).tolist()
    return PoseScore(mean[0], std[0], mean[1], std[1], snippets=len(errors))


def straight_ahead(frames: int) -> np.ndarray:
    """Motions T_{k->k+1} (frames - 1, 4, 4) of a camera moving along its optical axis.

    The baseline for a motion estimate: no rotation and constant speed. The unit of length is
    arbitrary, since snippets are scored at their best scale.
    """
    step = np.eye(4)
    step[2, 3] = -1.0
    return np.repeat(step[None], max(frames - 1, 0), axis=0)


def turning_rad(T_world_camera: np.ndarray) -> tuple[float, float]:
    """Return the turns of a camera with poses (N, 4, 4): their sum, and the range of heading.

    A turn is the rotation about the vertical (y) axis of the camera between consecutive frames,
    independent of the world frame and the mounting. Vibration adds to the sum, not to the range:
    a drive with turns has a wide range.
    """
    steps = [
        rigid.rotation_vector(a[:3, :3].T @ b[:3, :3])[1]
        for a, b in zip(T_world_camera, T_world_camera[1:], strict=False)
    ]
    heading = np.concatenate([[0.0], np.cumsum(steps)])
    return float(np.abs(steps).sum()), float(heading.max() - heading.min())
