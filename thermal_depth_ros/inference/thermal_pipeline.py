# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth and odometry from a thermal camera (Fan et al. 2024)."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import torch

from thermal_depth_ros.frames.config import ThermalConfig
from thermal_depth_ros.frames.frame import DepthResult, MetricScale, OdometryResult
from thermal_depth_ros.frames.plan import ODOMETRY, CameraOutput
from thermal_depth_ros.geometry import se3
from thermal_depth_ros.geometry.focal import pose_vector_for_focal
from thermal_depth_ros.inference.confidence import NOTHING_TO_COMPARE, temporal_confidence
from thermal_depth_ros.inference.engines.stages import DEPTH, POSE
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.network_pipeline import (
    MAX_COMPARED_GAP_S,
    NO_POSE_NETWORK,
    Job,
    NetworkPipeline,
)
from thermal_depth_ros.inference.resampling import finish_depth, resize_image
from thermal_depth_ros.inference.tracking import OdometryTracker, TrackedFrame, comparable
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing, for_pictures


class ThermalPipeline(NetworkPipeline[ThermalConfig]):
    """Disparity from one frame, motion from two, confidence from their consistency."""

    def __init__(
        self, config: ThermalConfig, wheel: WheelScale | None = None, *, network_size: bool = False
    ) -> None:
        super().__init__(config, wheel, network_size=network_size)
        self._counts = ThermalPreprocessing.from_dict(self._engine.spec.preprocessing)
        self._picture = for_pictures(self._counts)
        self._tracker = OdometryTracker(self._engine.calibration.covariance_scale or 1.0)

    def reset(self) -> None:
        """Discard earlier frames and move the base back to the origin of odom."""
        super().reset()
        self._tracker.reset()

    def _unsupported(self) -> Mapping[str, str]:
        if self._engine.estimates_motion:
            return {}
        return dict.fromkeys((*ODOMETRY, 'confidence'), NO_POSE_NETWORK)

    def _run(self, config: ThermalConfig, job: Job) -> CameraOutput:
        plan, watch = job.plan, job.watch
        depth = odometry = None
        if not (plan.depth or plan.odometry):
            return CameraOutput(None, None, None, self._scale(config), watch.ms, plan)
        with watch.part('prepare'):
            current = self._tracked(job)
        with watch.part('motion'):
            self._observe_wheel(current, job.T_base_optical)
            scale = self._scale(config)
            if plan.odometry:
                odometry = self._odometry(config, current, scale, job.T_base_optical)
        if plan.depth:
            depth, current = self._depth(config, job, current, scale)
        self._previous = current
        return CameraOutput(depth, None, odometry, scale, watch.ms, plan)

    def _tracked(self, job: Job) -> TrackedFrame:
        """Map the counts to [0, 1] at the size of the networks."""
        size = self._engine.fitted_size(job.frame.size)
        small = resize_image(job.image, size)
        mapped = (self._picture if small.dtype == np.uint8 else self._counts)(small)
        return TrackedFrame(
            job.frame.stamp_ns,
            job.frame.frame_id,
            job.frame.size,
            blank=bool(mapped.min() == mapped.max()),
            image=self._engine.tensor(mapped),
            focal_ratio=self._engine.focal_ratio(job.frame, size),
        )

    def _odometry(
        self,
        config: ThermalConfig,
        current: TrackedFrame,
        scale: MetricScale,
        T_base_optical: np.ndarray | None,
    ) -> OdometryResult:
        assert T_base_optical is not None, 'withheld without it'
        return self._tracker.track(
            current,
            self._motion,
            scale,
            T_base_optical,
            max_gap_s=config.odometry_max_gap_s,
            max_speed_mps=config.odometry_max_speed_mps,
        )

    def _depth(
        self, config: ThermalConfig, job: Job, current: TrackedFrame, scale: MetricScale
    ) -> tuple[DepthResult, TrackedFrame]:
        """Return the depth result and the frame with the depth of the network."""
        with job.watch.part('depth'):
            (disparity,) = self._engine.run(DEPTH, current.image)
        confidence = None
        if job.plan.depth_confidence:
            with job.watch.part('confidence'):
                current = dataclasses.replace(current, depth=current.focal_ratio / disparity)
                confidence = self._confidence(job, current)
        with job.watch.part('finish'):
            size = self._depth_size(disparity, current.size)
            factor = scale.factor * current.focal_ratio
            depth = finish_depth(disparity, confidence, size, factor, config)
        return depth, current

    def _confidence(self, job: Job, current: TrackedFrame) -> torch.Tensor:
        """Compare with the previous frame; an image without contrast has no confidence."""
        if current.blank:
            return torch.zeros_like(current.depth)
        previous = self._previous
        can_compare = comparable(previous, current, MAX_COMPARED_GAP_S)
        if not self._engine.estimates_motion or not can_compare:
            return torch.full_like(current.depth, NOTHING_TO_COMPARE)
        if previous is None or previous.depth is None:
            return torch.full_like(current.depth, NOTHING_TO_COMPARE)
        camera = job.frame.camera
        if camera is None or job.plan.calibration_problem:
            return torch.full_like(current.depth, NOTHING_TO_COMPARE)
        height, width = current.image.shape[-2:]
        K = camera.resized(width, height).K
        T_current_previous = np.linalg.inv(self._motion(previous, current))
        as_tensor = current.depth.new_tensor
        return temporal_confidence(
            current.depth, previous.depth, as_tensor(T_current_previous[None]), as_tensor(K[None])
        )

    def _estimate_motion(
        self, previous: torch.Tensor, current: torch.Tensor, focal_ratio: float
    ) -> torch.Tensor:
        (vector,) = self._engine.run(POSE, previous, current)
        vector = pose_vector_for_focal(vector, focal_ratio)
        return se3.pose_vec_to_matrix(vector)
