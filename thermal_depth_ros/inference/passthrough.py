# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A pipeline without networks, to measure the overhead of the graph. Needs no torch."""

from collections.abc import Set

import numpy as np

from thermal_depth_ros.base.contract import RGB
from thermal_depth_ros.bundles.labels import CITYSCAPES_19
from thermal_depth_ros.frames.config import CameraConfig, refuse_fixed_changes
from thermal_depth_ros.frames.frame import (
    CameraFrame,
    DepthResult,
    Loss,
    MetricScale,
    OdometryResult,
    SemanticResult,
    checked_image,
    mark_invalid_depth,
)
from thermal_depth_ros.frames.plan import CameraOutput, Stopwatch, plan_frame
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.inference.odometry import OdometryIntegrator

DEPTH_M = 10.0
LABEL = 0
SCALE = MetricScale(1.0, True, 'passthrough: a constant depth of 10 m')


class PassthroughPipeline:
    """Constant depth, label and full confidence; the results are shared and read-only."""

    def __init__(self, config: CameraConfig) -> None:
        self._config = config
        self._odometry = OdometryIntegrator()
        self._size: tuple[int, int] | None = None

    def process(
        self,
        frame: CameraFrame,
        wanted: Set[str],
        T_base_optical: np.ndarray | None = None,
        extrinsics_problem: str = '',
    ) -> CameraOutput:
        """Return the requested outputs of a frame; see `CameraPipeline.process`."""
        config = self._config
        watch = Stopwatch()
        with watch.part('passthrough'):
            checked_image(config.kind, frame.image)
            plan = plan_frame(
                config, frame, wanted, T_base_optical, extrinsics_problem=extrinsics_problem
            )
            self._prepare(frame.size)
            depth = DepthResult(self._depth_m, self._ones) if plan.depth else None
            semantics = SemanticResult(self._labels, self._ones) if plan.semantics else None
            odometry = self._still() if plan.odometry else None
        return CameraOutput(depth, semantics, odometry, SCALE, watch.ms, plan)

    @property
    def description(self) -> PipelineDescription:
        """Description of this pipeline."""
        return PipelineDescription(
            kind=self._config.kind,
            network='passthrough',
            bundle='passthrough',
            untrained_parts=('all',),
            device='cpu',
            precision='fp32',
            input_size=None,
            metric_scale=SCALE,
            labels=CITYSCAPES_19 if self._config.kind == RGB else None,
        )

    def update(self, config: CameraConfig) -> None:
        """Apply new values of the dynamic settings from the next frame on.

        Raises:
            SettingsError: A setting that is fixed at start-up differs; all are named.
        """
        refuse_fixed_changes(self._config, config)
        self._config = config
        self._size = None

    def reset(self) -> None:
        """Move the base back to the origin of odom."""
        self._odometry.reset()

    def close(self) -> None:
        """Release the arrays."""
        self._size = None

    def _prepare(self, size: tuple[int, int]) -> None:
        """Make the constant maps when the size of the image changes."""
        if size == self._size:
            return
        config = self._config
        depth_m = np.full(size, DEPTH_M, np.float32)
        self._depth_m = mark_invalid_depth(depth_m, config.min_depth_m, config.max_depth_m)
        self._ones = np.ones(size, np.float32)
        self._labels = np.full(size, LABEL, np.uint8)
        for shared in (self._depth_m, self._ones, self._labels):
            shared.flags.writeable = False
        self._size = size

    def _still(self) -> OdometryResult:
        return self._odometry.hold(Loss.plain('passthrough estimates no motion'))
