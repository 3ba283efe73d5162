# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A network for RGB that sees thermal images: in grey, between the percentiles of each image."""

import dataclasses
from collections.abc import Set
from typing import Any

import numpy as np

from thermal_depth_ros.frames.config import CameraConfig, refuse_fixed_changes
from thermal_depth_ros.frames.frame import CameraFrame, checked_image
from thermal_depth_ros.frames.plan import CameraOutput, plan_frame
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.inference.pipeline import CameraPipeline
from thermal_depth_ros.thermal.normalisation import ThermalPreprocessing

_GREY = ThermalPreprocessing()
_NOT_GIVEN = dict.fromkeys(
    ('odometry', 'tf', 'confidence'), 'a network for RGB gives thermal images depth alone'
)


class GreyPipeline:
    """A thermal `CameraPipeline` over one for RGB: depth alone."""

    def __init__(self, config: CameraConfig, network: CameraPipeline) -> None:
        """Set the settings of the thermal camera and the pipeline for RGB."""
        self._config, self._network = config, network

    def process(
        self,
        frame: CameraFrame,
        wanted: Set[str],
        T_base_optical: np.ndarray | None = None,
        extrinsics_problem: str = '',
    ) -> CameraOutput:
        """Return the depth of a frame; see `CameraPipeline.process`."""
        counts = checked_image(self._config.kind, frame.image)
        plan = plan_frame(
            self._config,
            frame,
            wanted,
            T_base_optical,
            extrinsics_problem=extrinsics_problem,
            unsupported=_NOT_GIVEN,
        )
        grey = (255.0 * _GREY(counts)).round().astype(np.uint8)
        picture = dataclasses.replace(frame, image=np.repeat(grey[..., None], 3, axis=2))
        found = self._network.process(picture, {'depth'} if plan.depth else set())
        return dataclasses.replace(found, semantics=None, plan=plan)

    @property
    def description(self) -> PipelineDescription:
        """Description of the network, as one for this camera."""
        return dataclasses.replace(self._network.description, kind=self._config.kind, labels=None)

    def update(self, config: Any) -> None:
        """Apply new values of the dynamic settings from the next frame on.

        Raises:
            SettingsError: A setting that is fixed at start-up differs; all are named.
        """
        refuse_fixed_changes(self._config, config)
        self._config = config

    def reset(self) -> None:
        """Discard earlier frames."""
        self._network.reset()

    def close(self) -> None:
        """Release the network."""
        self._network.close()
