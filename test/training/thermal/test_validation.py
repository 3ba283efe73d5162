# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Validation figures of networks whose errors are known."""

import numpy as np
import pytest
import torch
from torch import nn

from helpers import exact_scene
from thermal_depth_ros.samples.sample_set import Frame, Track
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.training.thermal.validation import ThermalValidation

RAW = ThermalPreprocessing('raw14')
CANONICAL_PX = 1.0  # that of the images below
SIZE = (16, 20)
CPU = torch.device('cpu')


class FakeSamples:
    """Images whose counts tell their true depth, of a camera with known poses."""

    def __init__(self, count=12, without_depth=(), has_depth=True, tracks=None, poses=None):
        rng = np.random.default_rng(5)
        self.counts = rng.integers(100, 16000, (count, *SIZE)).astype(np.uint16)
        self.counts[:, 0, 0] = np.arange(count)
        self.has_depth, self.without_depth = has_depth, without_depth
        self.tracks = tracks if tracks is not None else []
        self.poses = poses
        self.read = []

    @property
    def frame_count(self):
        return len(self.counts)

    def frame(self, index):
        return Frame(self.counts[index], self.frame_K(index), index, f'frame {index}')

    def frame_K(self, index):
        return np.eye(3)

    def frame_depth_m(self, index):
        self.read.append(index)
        if index in self.without_depth:
            return None
        truth = depth_of(self.counts[index] / 2**14).astype(np.float32)
        truth[3:5] = 0.0  # not measured
        return truth

    def sequences(self):
        return [Track(np.array(track), self.poses[track]) for track in self.tracks]


def depth_of(image):
    return 1.0 / (0.05 + 0.9 * image)


class SeesDepth(nn.Module):
    """Gives the disparity that the image tells, divided by a factor."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor, self.batches = factor, []

    def forward(self, x):
        self.batches.append(len(x))
        image = x[:, :1] * 0.229 + 0.485
        return (0.05 + 0.9 * image) / self.factor


class SeesMotion(nn.Module):
    """Tells images by their first pixel and gives the motion between them, times a factor."""

    channels_per_image = 1

    def __init__(self, poses: np.ndarray, vector, factor: float = 1.0) -> None:
        super().__init__()
        self.poses, self.vector, self.factor = poses, vector, factor

    def forward(self, first, second):
        numbers = [
            ((image[:, 0, 0, 0] * 0.225 + 0.45) * 2**14).round().int().tolist()
            for image in (first, second)
        ]
        found = [
            self.vector(np.linalg.inv(self.poses[j]) @ self.poses[i])
            for i, j in zip(*numbers, strict=True)
        ]
        vectors = torch.from_numpy(np.stack(found)).float()
        return vectors * torch.tensor([self.factor] * 3 + [1.0] * 3)


@pytest.fixture(scope='module')
def poses():
    """Poses of a camera that drives through curves."""
    made = [np.eye(4)]
    for k in range(19):
        made.append(
            made[-1] @ exact_scene.matrix((0.02, 0.01, 0.5 + 0.1 * (k % 3), 0, 0.06 * (k % 5), 0))
        )
    return np.stack(made)


def validate(samples, network, pose=None, protocol='thermal_outdoor', limit=0):
    return ThermalValidation(samples, RAW, protocol, limit, CANONICAL_PX)(network, pose, CPU)


@pytest.mark.parametrize('factor', [1.0, 2.0, 0.5])
def test_a_wrong_scale_shows_in_the_metric_figures_alone(factor):
    found = validate(FakeSamples(), SeesDepth(factor))
    assert found['abs_rel'] == pytest.approx(0, abs=1e-3)
    assert found['rmse'] == pytest.approx(0, abs=1e-2)
    assert found['delta1'] == pytest.approx(1.0)
    assert found['abs_rel_metric'] == pytest.approx(abs(factor - 1), abs=1e-3)
    assert found['delta1_metric'] == pytest.approx(1.0 if factor == 1.0 else 0.0)
    assert found['median_ratio'] == pytest.approx(1 / factor, rel=1e-3)


def test_mean_map_and_mean_of_the_other_frames_stand_next_to_the_network():
    samples = FakeSamples()
    found = validate(samples, SeesDepth(1.0))
    truth = np.stack([samples.frame_depth_m(i) for i in range(samples.frame_count)]).astype(float)
    errors, of_constant = [], []
    for index, own in enumerate(truth):
        known = own > 0
        inverse = np.delete(truth, index, 0)[:, known]
        errors.append(np.mean(np.abs(own[known] - 1 / (1 / inverse).mean(0)) / own[known]))
        of_constant.append(np.mean(np.abs(own[known] - 1 / (1 / inverse).mean()) / own[known]))
    assert found['abs_rel_metric_fixed_map'] == pytest.approx(np.mean(errors), rel=1e-6)
    assert found['abs_rel_metric_constant'] == pytest.approx(np.mean(of_constant), rel=1e-6)
    for name in ('abs_rel', 'sq_rel', 'rmse', 'rmse_log'):
        assert found[name] < min(found[f'{name}_fixed_map'], found[f'{name}_constant'])
    assert found['delta1'] > max(found['delta1_fixed_map'], found['delta1_constant'])


def test_a_wrong_shape_shows_in_all_figures():
    class Flat(nn.Module):
        def forward(self, x):
            return torch.full_like(x[:, :1], 0.5)

    samples = FakeSamples()
    found = validate(samples, Flat())
    expected = []
    for index in range(12):
        truth = samples.frame_depth_m(index)
        truth = truth[truth > 0].astype(float)
        expected.append(np.mean(np.abs(truth - np.median(truth)) / truth))
    assert found['abs_rel'] == pytest.approx(np.mean(expected), rel=1e-4)


def test_every_frame_with_depth_is_validated_once_in_batches():
    samples, network = FakeSamples(count=19, without_depth=(4,)), SeesDepth(1.0)
    found = validate(samples, network)
    assert samples.read == list(range(19)) and network.batches == [8, 8, 3]
    assert found['abs_rel'] < 1e-3


def test_a_limit_spreads_the_validated_frames_evenly():
    samples = FakeSamples(count=21)
    validate(samples, SeesDepth(1.0), limit=5)
    assert samples.read == [0, 5, 10, 15, 20]
    validate(more := FakeSamples(count=4), SeesDepth(1.0), limit=9)
    assert more.read == [0, 1, 2, 3]


def test_the_protocol_says_how_far_depth_is_validated():
    class Wrong(SeesDepth):
        """Right up to 10 m, too far behind."""

        def forward(self, x):
            disparity = super().forward(x)
            return torch.where(disparity < 0.1, disparity / 3, disparity)

    assert validate(FakeSamples(), Wrong(1.0), protocol='thermal_indoor')['rmse'] < 1e-2
    assert validate(FakeSamples(), Wrong(1.0), protocol='thermal_outdoor')['rmse'] > 1.0


def test_without_any_truth_there_are_no_figures():
    assert validate(FakeSamples(has_depth=False), SeesDepth(1.0)) == {}
    assert validate(FakeSamples(without_depth=range(12)), SeesDepth(1.0)) == {}
    assert validate(FakeSamples(count=0), SeesDepth(1.0)) == {}


def test_true_motions_of_any_scale_have_no_error(poses):
    samples = FakeSamples(count=20, has_depth=False, tracks=[range(20)], poses=poses)
    found = validate(samples, SeesDepth(1.0), SeesMotion(poses, exact_scene.vector, factor=3.0))
    assert found['ate_m'] == pytest.approx(0, abs=1e-4)
    assert found['re_rad'] == pytest.approx(0, abs=1e-3)
    assert found['ate_m_straight'] > 0.01 and found['re_rad_straight'] > 0.05


def test_going_straight_ahead_scores_as_the_baseline(poses):
    samples = FakeSamples(count=20, has_depth=False, tracks=[range(20)], poses=poses)
    ahead = SeesMotion(poses, lambda T: np.array([0, 0, -1.0, 0, 0, 0]))
    found = validate(samples, SeesDepth(1.0), ahead)
    assert found['ate_m'] == pytest.approx(found['ate_m_straight'], rel=1e-5)
    assert found['re_rad'] == pytest.approx(found['re_rad_straight'], rel=1e-5)


def test_motion_is_validated_within_sequences_and_only_long_ones(poses):
    """Between two sequences the camera may have jumped anywhere."""
    moved = poses.copy()
    moved[9:] = exact_scene.matrix((50.0, 0, 0, 0, 1.0, 0)) @ moved[9:]
    tracks = [range(9), range(9, 17), range(17, 20)]
    samples = FakeSamples(count=20, has_depth=False, tracks=tracks, poses=moved)
    asked = []

    def vector(T):
        asked.append(np.linalg.norm(T[:3, 3]))
        return exact_scene.vector(T)

    found = validate(samples, SeesDepth(1.0), SeesMotion(moved, vector))
    assert found['ate_m'] < 1e-4 and max(asked) < 2.0
    short = FakeSamples(count=20, has_depth=False, tracks=[range(4)], poses=moved)
    assert validate(short, SeesDepth(1.0), SeesMotion(moved, exact_scene.vector)) == {}


def test_a_limit_of_motion_is_shared_by_the_sequences(poses):
    tracks = [range(10), range(10, 20)]
    samples = FakeSamples(count=20, has_depth=False, tracks=tracks, poses=poses)
    asked = []

    def vector(T):
        asked.append(1)
        return exact_scene.vector(T)

    validate(samples, SeesDepth(1.0), SeesMotion(poses, vector), limit=12)
    assert len(asked) == 2 * (6 - 1)


def test_motion_of_an_untrained_network_is_not_validated(poses):
    samples = FakeSamples(count=20, tracks=[range(20)], poses=poses)
    assert 'ate_m' not in validate(samples, SeesDepth(1.0), None)


def test_the_covariance_is_scaled_to_the_errors_of_the_poses(poses):
    samples = FakeSamples(count=20, has_depth=False, tracks=[range(20)], poses=poses)
    exact = SeesMotion(poses, exact_scene.vector, factor=1.2)

    def fitted(network, metric=False):
        validation = ThermalValidation(samples, RAW, 'thermal_outdoor', 0, CANONICAL_PX)
        return validation.covariance_scale(network, CPU, metric=metric)

    assert fitted(exact) is None, '19 poses are too few'
    samples.tracks = [range(20), range(20)]
    assert fitted(exact) < 0.01, 'the scale comes from elsewhere'
    # An error of 20 % along one of three axes; the model allows 5 % of the way, and 2 cm.
    assert 1 < fitted(exact, metric=True) < (0.2 / 0.05) ** 2 / 3
    # Every motion turns by 0.3 rad too much, against a model that allows 5 % of the turn.
    turning = SeesMotion(poses, lambda T: exact_scene.vector(T) + np.array([0, 0, 0, 0, 0.3, 0]))
    assert 10 < fitted(turning) <= 1000
    samples.tracks = []
    assert fitted(exact) is None
