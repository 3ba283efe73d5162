# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Base of both camera pipelines: configuration, engine, scale and the previous frame."""

import abc
import dataclasses
from collections.abc import Mapping, Set
from typing import Generic, TypeVar

import numpy as np
import torch

from thermal_depth_ros.frames.config import CameraConfig, refuse_fixed_changes
from thermal_depth_ros.frames.frame import CameraFrame, MetricScale, checked_image
from thermal_depth_ros.frames.plan import CameraOutput, FramePlan, Stopwatch, plan_frame
from thermal_depth_ros.geometry import rigid
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.inference.engine import Engine, Observer
from thermal_depth_ros.inference.metric_scale import MIN_TRAVEL_M, WheelScale
from thermal_depth_ros.inference.tracking import TrackedFrame, comparable, seconds_between

NO_POSE_NETWORK = 'the bundle has no pose network'
MAX_COMPARED_GAP_S = 2.0  # largest gap for confidence and wheel scale

ConfigT = TypeVar('ConfigT', bound=CameraConfig)


@dataclasses.dataclass(frozen=True, eq=False)
class Job:
    """One frame and what was decided about it before the networks run."""

    frame: CameraFrame
    image: np.ndarray  # checked pixels
    plan: FramePlan
    T_base_optical: np.ndarray | None
    watch: Stopwatch


class NetworkPipeline(abc.ABC, Generic[ConfigT]):
    """A camera pipeline that runs the networks of a bundle. One thread at a time may use it."""

    def __init__(
        self, config: ConfigT, wheel: WheelScale | None = None, *, network_size: bool = False
    ) -> None:
        """Load the bundle; see `open_pipeline` for the arguments and exceptions."""
        self._network_size = network_size
        self._config = config
        self._engine = Engine(config.kind, config)
        with_wheel = config.scale_source == 'wheel' and self._engine.estimates_motion
        self._wheel = wheel if with_wheel else None
        self._previous: TrackedFrame | None = None
        self._motion_pair: tuple[torch.Tensor, torch.Tensor] | None = None
        self._motion_matrix = np.eye(4)

    def process(
        self,
        frame: CameraFrame,
        wanted: Set[str],
        T_base_optical: np.ndarray | None = None,
        extrinsics_problem: str = '',
    ) -> CameraOutput:
        """Compute the requested outputs of a frame; see `CameraPipeline.process`."""
        config = self._config
        watch = Stopwatch(self._engine.synchronise)
        image = checked_image(config.kind, frame.image)
        plan = plan_frame(
            config,
            frame,
            wanted,
            T_base_optical,
            extrinsics_problem=extrinsics_problem,
            unsupported=self._unsupported(),
        )
        job = Job(frame, image, plan, T_base_optical, watch)
        with self._engine.running():
            return self._run(config, job)

    @property
    def description(self) -> PipelineDescription:
        """Current description of this pipeline."""
        return PipelineDescription(
            kind=self._config.kind,
            network='bundle',
            bundle=self._config.bundle,
            untrained_parts=self._engine.spec.untrained_parts,
            device=str(self._engine.device),
            precision=self._engine.precision,
            engine=self._engine.report,
            input_size=self._engine.input_size,
            input_fit=self._engine.input_fit,
            metric_scale=self._scale(self._config),
            labels=self._engine.spec.labels,
            relative=self._engine.relative,
        )

    def observe(self, observer: Observer) -> None:
        """Let a function see the inputs of every stage that is run; see `stages_of`."""
        self._engine.observer = observer

    def update(self, config: ConfigT) -> None:
        """Apply new values of the dynamic settings from the next frame on.

        Raises:
            SettingsError: A setting that is fixed at start-up differs; all are named.
        """
        refuse_fixed_changes(self._config, config)
        self._config = config

    def reset(self) -> None:
        """Discard earlier frames; for time jumps and bag loops."""
        self._previous = None
        self._motion_pair = None
        if self._wheel is not None:
            self._wheel.reset()

    def close(self) -> None:
        """Release the networks."""
        self.reset()
        self._engine.close()

    def _unsupported(self) -> Mapping[str, str]:
        """Return the outputs that this bundle never provides, with reasons."""
        return {}

    @abc.abstractmethod
    def _run(self, config: ConfigT, job: Job) -> CameraOutput:
        """Process one frame in inference mode."""

    @abc.abstractmethod
    def _estimate_motion(
        self, previous: torch.Tensor, current: torch.Tensor, focal_ratio: float
    ) -> torch.Tensor:
        """Return T_{previous->current} (1, 4, 4) of two network images, in network units."""

    def _depth_size(self, disparity: torch.Tensor, size: tuple[int, int]) -> tuple[int, int]:
        """Return height and width of the depth for an image of this size."""
        height, width = disparity.shape[-2:] if self._network_size else size
        return height, width

    def _scale(self, config: ConfigT) -> MetricScale:
        trained = self._engine.scale
        if config.scale_source == 'wheel' and not self._engine.estimates_motion:
            source = f'{trained.source}; {NO_POSE_NETWORK}, which wheel odometry is compared with'
            return dataclasses.replace(trained, source=source)
        return current_scale(config, trained, self._wheel)

    def _motion(self, previous: TrackedFrame, current: TrackedFrame) -> np.ndarray:
        """Return T_{previous->current} (4, 4) float64; the latest pair is remembered."""
        pair = (previous.image, current.image)
        known = self._motion_pair
        if known is None or known[0] is not pair[0] or known[1] is not pair[1]:
            motion = self._estimate_motion(*pair, current.focal_ratio)
            self._motion_matrix = motion[0].double().cpu().numpy()
            self._motion_pair = pair
        return self._motion_matrix

    def _observe_wheel(self, current: TrackedFrame, T_base_optical: np.ndarray | None) -> None:
        """Compare the motion since the previous frame with that of the wheels."""
        previous = self._previous
        if self._wheel is None or previous is None:
            return
        if not comparable(previous, current, MAX_COMPARED_GAP_S):
            return
        T = self._motion(previous, current)
        if np.isfinite(T).all() and seconds_between(previous, current) > 0:
            self._wheel.observe(
                previous.stamp_ns, current.stamp_ns, rigid.invert(T), T_base_optical
            )


def current_scale(
    config: CameraConfig, trained: MetricScale, wheel: WheelScale | None
) -> MetricScale:
    """Return the current scale according to `scale_source`; `trained` is that of the bundle."""
    if config.scale_source == 'fixed':
        return MetricScale(config.metric_scale, True, 'fixed by metric_scale')
    if config.scale_source == 'bundle':
        return trained
    if wheel is None:
        return dataclasses.replace(trained, source=f'{trained.source}; no wheel odometry')
    factor = wheel.factor
    if factor is None:
        waiting = f'wheel odometry has {wheel.travelled_m:.1f} of {MIN_TRAVEL_M:.1f} m'
        return dataclasses.replace(trained, source=f'{trained.source}; {waiting}')
    return MetricScale(factor, True, f'wheel odometry over {wheel.travelled_m:.1f} m')
