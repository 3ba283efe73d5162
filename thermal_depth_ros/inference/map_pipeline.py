# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A pipeline whose depth and classes come from anywhere: foreign networks, files."""

import dataclasses
from collections.abc import Callable, Mapping, Set
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.frames.config import CameraConfig, refuse_fixed_changes
from thermal_depth_ros.frames.frame import (
    CameraFrame,
    DepthResult,
    MetricScale,
    SemanticResult,
    checked_image,
    mark_invalid_depth,
)
from thermal_depth_ros.frames.labels import LabelSet
from thermal_depth_ros.frames.plan import SEMANTICS, CameraOutput, FramePlan, Stopwatch, plan_frame
from thermal_depth_ros.inference.description import PipelineDescription

_DEPTH = ('depth', 'confidence', 'colour', 'points')


@dataclasses.dataclass(frozen=True, eq=False)
class FrameMaps:
    """Maps of one frame, at any size; None where the plan does not want them.

    Attributes:
        depth_m: (h, w) float32.
        labels: (h, w) uint8 class ids, 255 unlabelled.
    """

    depth_m: np.ndarray | None = None
    labels: np.ndarray | None = None


@dataclasses.dataclass(frozen=True)
class MapSource:
    """Where the maps come from.

    Attributes:
        name: Name of the network or folder.
        maps: Returns the maps of a frame, whose image is checked; may raise InferenceError.
        has_depth: Whether there is depth.
        labels: Its classes; None if there are none.
        scale: What its metres are.
        device: Compute device.
        untrained_parts: Parts with random weights.
        input_size: Height and width of what its network is given; None: any.
        close: Releases it.
    """

    name: str
    maps: Callable[[CameraFrame, FramePlan], FrameMaps]
    has_depth: bool
    labels: LabelSet | None
    scale: MetricScale
    device: str = 'cpu'
    untrained_parts: tuple[str, ...] = ()
    input_size: tuple[int, int] | None = None
    close: Callable[[], None] = lambda: None


class MapPipeline:
    """A `CameraPipeline` over a MapSource: no motion, no confidence."""

    def __init__(self, config: CameraConfig, source: MapSource) -> None:
        """Set the source of the maps, which is closed with the pipeline."""
        self._config, self._source = config, source

    def process(
        self,
        frame: CameraFrame,
        wanted: Set[str],
        T_base_optical: np.ndarray | None = None,
        extrinsics_problem: str = '',
    ) -> CameraOutput:
        """Return the requested outputs of a frame; see `CameraPipeline.process`."""
        source, config, watch = self._source, self._config, Stopwatch()
        image = checked_image(config.kind, frame.image)
        plan = plan_frame(
            config,
            frame,
            wanted,
            T_base_optical,
            extrinsics_problem=extrinsics_problem,
            unsupported=self._unsupported(),
        )
        with watch.part('maps'):
            maps = source.maps(dataclasses.replace(frame, image=image), plan)
        depth = semantics = None
        if plan.depth and maps.depth_m is not None:
            depth_m = np.array(maps.depth_m, np.float32)
            mark_invalid_depth(depth_m, config.min_depth_m, config.max_depth_m)
            depth = DepthResult(depth_m, None)
        if plan.semantics and maps.labels is not None:
            semantics = SemanticResult(_resized(maps.labels, frame.size), None)
        return CameraOutput(depth, semantics, None, source.scale, watch.ms, plan)

    @property
    def description(self) -> PipelineDescription:
        """Current description of this pipeline."""
        source = self._source
        return PipelineDescription(
            kind=self._config.kind,
            network='maps',
            bundle=source.name,
            untrained_parts=source.untrained_parts,
            device=source.device,
            precision='fp32',
            input_size=source.input_size,
            metric_scale=source.scale,
            labels=source.labels,
        )

    def update(self, config: Any) -> None:
        """Apply new values of the dynamic settings from the next frame on.

        Raises:
            SettingsError: A setting that is fixed at start-up differs; all are named.
        """
        refuse_fixed_changes(self._config, config)
        self._config = config

    def reset(self) -> None:
        """Do nothing: no frame depends on another."""

    def close(self) -> None:
        """Release the source."""
        self._source.close()

    def _unsupported(self) -> Mapping[str, str]:
        name = self._source.name
        reasons = dict.fromkeys(('odometry', 'tf'), f'{name} estimates no motion')
        reasons |= dict.fromkeys(('confidence', 'semantic_confidence'), f'{name} has none')
        if not self._source.has_depth:
            reasons |= dict.fromkeys(_DEPTH, f'{name} has classes alone')
        if self._source.labels is None:
            reasons |= dict.fromkeys(SEMANTICS, f'{name} has depth alone, no classes')
        return reasons


def _resized(labels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return class ids (H, W) at the size of the image, by nearest neighbour."""
    if labels.shape == size:
        return labels
    return cv2.resize(labels, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
