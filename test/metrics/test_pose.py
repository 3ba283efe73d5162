# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Trajectory metrics: known answers and reference numbers."""

import numpy as np
import pytest
import torch

from thermal_depth_ros.geometry import rigid, se3
from thermal_depth_ros.metrics.pose import (
    accumulate,
    pose_score,
    relative_to_first,
    sequence_errors,
    snippet_errors,
)


def _drive(n: int) -> np.ndarray:
    step = rigid.exponential(np.array([0.1, 0, 1, 0, 0.05, 0]))
    return np.stack([np.linalg.matrix_power(step, k) for k in range(n)])


def test_exact_motions_have_no_error_at_any_scale():
    poses = _drive(9)
    motions = np.stack([rigid.invert(b) @ a for a, b in zip(poses, poses[1:], strict=False)])
    np.testing.assert_allclose(accumulate(motions), poses, atol=1e-12)
    motions[:, :3, 3] *= 7
    score = pose_score(sequence_errors(poses, motions))
    assert score.snippets == 5
    assert score.ate_mean == pytest.approx(0, abs=1e-12)
    assert score.re_mean_rad == pytest.approx(0, abs=1e-7)


def test_a_constant_turn_error_by_hand():
    straight = np.stack([np.eye(4)] * 5)
    straight[:, 2, 3] = range(5)
    turning = straight.copy()
    for k in range(5):
        turning[k, :3, :3] = rigid.exponential(np.array([0, 0, 0, 0, 0.1 * k, 0]))[:3, :3]
    ate, re = snippet_errors(straight, turning)
    assert ate == pytest.approx(0)
    assert re == pytest.approx(0.2)


def test_standing_still_is_scored():
    ate, _ = snippet_errors(_drive(5), np.stack([np.eye(4)] * 5))
    assert ate == pytest.approx(np.linalg.norm(_drive(5)[:, :3, 3]) / 5)


def test_lengths_that_do_not_fit():
    with pytest.raises(ValueError, match='3 poses and 2 motions'):
        sequence_errors(_drive(3), _drive(2))


def test_reference_numbers(reference_vectors):
    data = np.load(reference_vectors / 'pose_metrics.npz', allow_pickle=False)

    def full(poses: np.ndarray) -> np.ndarray:
        bottom = np.broadcast_to([0.0, 0, 0, 1], (*poses.shape[:-2], 1, 4))
        return np.concatenate([poses, bottom], -2)

    errors = [
        snippet_errors(gt, predicted)
        for gt, predicted in zip(
            full(data['in/random/gt']), full(data['in/random/pred']), strict=True
        )
    ]
    np.testing.assert_allclose(errors, data['out/random/ate_re'], atol=1e-9)
    poses = full(data['in/sequence/gt_cam_to_world_3x4'])
    vectors = torch.from_numpy(data['in/sequence/predicted_pose_vec'])
    motions = se3.pose_vec_to_matrix(vectors).numpy()
    np.testing.assert_allclose(
        relative_to_first(poses[:5])[:, :3], data['out/sequence/gt_snippets'][0], atol=1e-9
    )
    theirs = data['out/sequence/pred_snippets']
    ours = [accumulate(motions[k : k + len(theirs[0]) - 1])[:, :3] for k in range(len(theirs))]
    np.testing.assert_allclose(ours, theirs, atol=1e-9)
    errors = sequence_errors(poses, motions)
    np.testing.assert_allclose(errors, data['out/sequence/ate_re'], atol=1e-9)
    score = pose_score(errors)
    np.testing.assert_allclose(
        [score.ate_mean, score.re_mean_rad], data['out/sequence/mean'], atol=1e-9
    )
    np.testing.assert_allclose(
        [score.ate_std, score.re_std_rad], data['out/sequence/std'], atol=1e-9
    )
