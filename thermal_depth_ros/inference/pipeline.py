# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The one door to inference: open a pipeline for a camera, give it frames."""

from collections.abc import Set
from typing import Any, Protocol

import numpy as np

from thermal_depth_ros.contract import RGB, THERMAL
from thermal_depth_ros.inference.config import CameraConfig, RgbConfig, ThermalConfig
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.inference.frame import CameraFrame
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.results import CameraOutput
from thermal_depth_ros.settings import SettingsError

CONFIGS: dict[str, type[CameraConfig]] = {THERMAL: ThermalConfig, RGB: RgbConfig}


class CameraPipeline(Protocol):
    """Frames in, outputs out, one thread at a time; the same for nodes and offline work."""

    def process(
        self,
        frame: CameraFrame,
        wanted: Set[str],
        T_base_optical: np.ndarray | None = None,
    ) -> CameraOutput:
        """Make the wanted outputs of a frame.

        Args:
            frame: The newest frame. Any image size; it may change from frame to frame.
            wanted: Keys of contract.OUTPUTS of the camera kind. What is not wanted and not
                needed for what is wanted is not computed, and None in the result.
            T_base_optical: (4, 4) pose of the camera on the body: maps points of the optical
                frame into the base frame. Without it odometry is withheld.

        Raises:
            InferenceError: The image is not one of this camera kind.
        """

    @property
    def description(self) -> PipelineDescription:
        """What this pipeline is made of, as of now."""

    def update(self, config: Any) -> None:
        """Take new values of the dynamic settings, from the next frame on.

        Raises:
            SettingsError: A setting that is fixed at start-up differs; all are named.
        """

    def reset(self) -> None:
        """Forget the frames so far; for time jumps and bag loops."""

    def close(self) -> None:
        """Let networks and memory go."""


def open_pipeline(
    kind: str,
    config: CameraConfig,
    wheel: WheelScale | None = None,
    *,
    network_size: bool = False,
) -> CameraPipeline:
    """Make the pipeline of a camera kind, 'thermal' or 'rgb'.

    Args:
        kind: Camera kind.
        config: ThermalConfig or RgbConfig.
        wheel: Where the caller adds wheel odometry positions, for scale_source 'wheel'.
        network_size: Leave depth at the size of the network instead of that of the image, for
            evaluations that have a rule of their own for resizing it.

    Raises:
        SettingsError: Unknown kind, a configuration of another kind, or a device or precision that
            is not there.
        BundleError: The bundle cannot be found or loaded, or is of another kind.
    """
    if kind not in CONFIGS:
        raise SettingsError(f'kind: {kind!r} is not one of {", ".join(CONFIGS)}')
    if not isinstance(config, CONFIGS[kind]):
        wanted = CONFIGS[kind].__name__
        raise SettingsError(f'a {kind} pipeline takes {wanted}, not {type(config).__name__}')
    # Networks are imported where they are used: passthrough starts without torch.
    if config.network == 'passthrough':
        from thermal_depth_ros.inference.passthrough import PassthroughPipeline

        return PassthroughPipeline(kind, config)
    if isinstance(config, ThermalConfig):
        from thermal_depth_ros.inference.thermal_pipeline import ThermalPipeline

        return ThermalPipeline(config, wheel, network_size=network_size)
    from thermal_depth_ros.inference.rgb_pipeline import RgbPipeline

    assert isinstance(config, RgbConfig)
    return RgbPipeline(config, wheel, network_size=network_size)
