# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Validation of the thermal networks on held-out recordings."""

import dataclasses

import numpy as np
import torch

from thermal_depth_ros.frames.frame import OdometryResult
from thermal_depth_ros.geometry import rigid, se3
from thermal_depth_ros.geometry.focal import mean_focal_px, pose_vector_for_focal
from thermal_depth_ros.inference.odometry import OdometryIntegrator
from thermal_depth_ros.metrics.accumulators import DepthAccumulator, PoseAccumulator
from thermal_depth_ros.metrics.covariance_consistency import ConsistencyAccumulator
from thermal_depth_ros.metrics.depth import PROTOCOLS
from thermal_depth_ros.metrics.drift import path_scale
from thermal_depth_ros.metrics.pose import SNIPPET_LENGTH, accumulate
from thermal_depth_ros.networks.dpt_depth import DptDepthNet
from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.thermal_input import depth_input, pose_input
from thermal_depth_ros.samples.sample_set import SampleSet
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing
from thermal_depth_ros.training.thermal.batch import as_grey, map_counts
from thermal_depth_ros.training.video.validation import depth_metrics, evenly_spread

_BATCH = 8
_PERIOD_S = 0.1  # between two frames: only velocities depend on it
_FARTHEST = 1e6  # of a motion between two images, network units
_FEWEST_POSES = 20  # to fit a covariance to
_COVARIANCE_SCALES = (1e-3, 1e3)


@dataclasses.dataclass(frozen=True)
class ThermalValidation:
    """Measures depth where there is true depth, and motion where there are true poses."""

    samples: SampleSet
    mapping: ThermalPreprocessing
    protocol: str
    limit: int  # of frames; 0: all
    canonical_px: float  # focal length of the camera for which the networks predict metres

    def __call__(
        self, depth: DptDepthNet, pose: PoseResNet | None, device: torch.device
    ) -> dict[str, float]:
        """Return metrics by name; {} without ground truth.

        Names ending in `_metric` are without median scaling. The networks must be in evaluation
        mode; `pose` None leaves motion out.
        """
        with torch.inference_mode():
            metrics = self._depth(depth, device)
            if pose is not None:
                metrics |= self._motion(pose, device)
        return metrics

    def covariance_scale(
        self, network: PoseResNet, device: torch.device, *, metric: bool
    ) -> float | None:
        """Return the factor that makes the covariance of odometry fit the errors of its poses.

        It is the NEES per dimension of the position or of the rotation that the nodes would
        publish, whichever is larger, so that neither is overconfident. Unless the motion is
        `metric`, each sequence is scaled to its true path: the scale will come from elsewhere.
        None with too few true poses, or where the network has diverged.
        """
        score = ConsistencyAccumulator()
        with torch.inference_mode():
            for frames, true in self._sequences():
                if len(frames) < SNIPPET_LENGTH:
                    continue
                motions = self._motions(network, frames, device)
                if not (np.abs(motions) < _FARTHEST).all():  # nor is NaN
                    return None
                if not metric:
                    motions[:, :3, 3] *= path_scale(true, accumulate(motions))
                tracked = _tracked(motions)
                poses = np.stack([result.T_odom_base for result in tracked])
                covariances = np.stack([result.pose_covariance for result in tracked])
                score.add(true, poses, covariances)
        found = score.result()
        if found is None or found.poses < _FEWEST_POSES or not np.isfinite(found.nees):
            return None
        return float(np.clip(max(found.position, found.rotation), *_COVARIANCE_SCALES))

    def _sequences(self) -> list[tuple[list[int], np.ndarray]]:
        """Return the frames of each sequence with true poses, and these (N, 4, 4)."""
        sequences = self.samples.sequences()
        most = max(self.limit // max(len(sequences), 1), SNIPPET_LENGTH) if self.limit else None
        return [(one.frames[:most].tolist(), one.T_world_camera[:most]) for one in sequences]

    def _depth(self, network: DptDepthNet, device: torch.device) -> dict[str, float]:
        score = DepthAccumulator(PROTOCOLS[self.protocol])
        for indices in _chunks(self._judged_frames()):
            image = self._input(indices, device)
            predicted = (1.0 / network(depth_input(image)).float())[:, 0].cpu().numpy()
            for index, depth_m in zip(indices, predicted, strict=True):
                truth_m = self.samples.frame_depth_m(index)
                if truth_m is not None:
                    score.add(truth_m, depth_m * np.float32(self._focal_ratio(index)))
        return depth_metrics(score)

    def _motion(self, network: PoseResNet, device: torch.device) -> dict[str, float]:
        board = PoseAccumulator()
        for frames, poses in self._sequences():
            board.add(poses, self._motions(network, frames, device))
        if not board.drives:
            return {}
        result = board.result()
        return {
            'ate_m': result.score.ate_mean,
            're_rad': result.score.re_mean_rad,
            'ate_m_straight': result.straight_ahead.ate_mean,
            're_rad_straight': result.straight_ahead.re_mean_rad,
        }

    def _motions(self, network: PoseResNet, frames: list[int], device: torch.device) -> np.ndarray:
        """Return T_{k->k+1} (N - 1, 4, 4) of consecutive frames."""
        found = []
        for first in range(0, len(frames) - 1, _BATCH):
            image = self._input(frames[first : first + _BATCH + 1], device)
            seen = pose_input(image, network.channels_per_image)
            vectors = network(seen[:-1], seen[1:]).float()
            ratio = self._focal_ratio(frames[first])
            motions = se3.pose_vec_to_matrix(pose_vector_for_focal(vectors, ratio))
            found.append(motions.double().cpu().numpy())
        return np.concatenate(found)

    def _input(self, frames: list[int], device: torch.device) -> torch.Tensor:
        """Return network input (N, 1, H, W) of frames by their numbers."""
        counts = np.stack([as_grey(self.samples.frame(index).image) for index in frames])
        mapped = map_counts(self.mapping, counts, picture=counts.dtype == np.uint8)
        return torch.from_numpy(mapped)[:, None].to(device)

    def _focal_ratio(self, index: int) -> float:
        return mean_focal_px(self.samples.frame_K(index)) / self.canonical_px

    def _judged_frames(self) -> list[int]:
        """Return the indices of the frames whose depth is measured."""
        count = self.samples.frame_count if self.samples.has_depth else 0
        return evenly_spread(count, self.limit)


def _tracked(motions: np.ndarray) -> list[OdometryResult]:
    """Return what the nodes make of metric motions T_{k->k+1} (N - 1, 4, 4): N poses."""
    integrator = OdometryIntegrator()
    steps = [rigid.invert(T) for T in motions]
    return [integrator.start(), *(integrator.advance(T, _PERIOD_S, np.eye(4)) for T in steps)]


def _chunks(indices: list[int]) -> list[list[int]]:
    return [indices[i : i + _BATCH] for i in range(0, len(indices), _BATCH)]
