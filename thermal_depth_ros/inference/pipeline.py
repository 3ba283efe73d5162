# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Entry point to inference: open a pipeline for a camera and process frames."""

from collections.abc import Set
from typing import Any, Protocol

import numpy as np

from thermal_depth_ros.base.contract import RGB, THERMAL
from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.bundles import find_bundle, read_spec
from thermal_depth_ros.frames.config import CameraConfig, RgbConfig, ThermalConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.frames.plan import CameraOutput
from thermal_depth_ros.inference.description import PipelineDescription
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.networks.architecture import OnnxArchitecture, RgbDptArchitecture

CONFIGS: dict[str, type[CameraConfig]] = {THERMAL: ThermalConfig, RGB: RgbConfig}


class CameraPipeline(Protocol):
    """Interface of a camera pipeline, for nodes and offline processing; not thread-safe."""

    def process(
        self,
        frame: CameraFrame,
        wanted: Set[str],
        T_base_optical: np.ndarray | None = None,
        extrinsics_problem: str = '',
    ) -> CameraOutput:
        """Compute the requested outputs of a frame.

        Args:
            frame: The newest frame. Any image size; it may change from frame to frame.
            wanted: Keys of contract.OUTPUTS of the camera kind. Anything else is not computed,
                unless required for these, and None in the result.
            T_base_optical: (4, 4) pose of the camera on the body: maps points of the optical
                frame into the base frame. Without it odometry is withheld.
            extrinsics_problem: Why T_base_optical is unknown.

        Raises:
            InferenceError: The image does not match the camera kind.
        """

    @property
    def description(self) -> PipelineDescription:
        """Current description of this pipeline."""

    def update(self, config: Any) -> None:
        """Apply new values of the dynamic settings from the next frame on.

        Raises:
            SettingsError: A setting that is fixed at start-up differs; all are named.
        """

    def reset(self) -> None:
        """Discard earlier frames; for time jumps and bag loops."""

    def close(self) -> None:
        """Release networks and memory."""


def open_pipeline(
    kind: str,
    config: CameraConfig,
    wheel: WheelScale | None = None,
    *,
    network_size: bool = False,
) -> CameraPipeline:
    """Open the pipeline of a camera kind, 'thermal' or 'rgb'.

    Args:
        kind: Camera kind.
        config: ThermalConfig or RgbConfig.
        wheel: Scale estimator to which the caller adds wheel odometry, for scale_source 'wheel'.
        network_size: Return depth at the size of the network instead of that of the image, for
            evaluation protocols with their own resizing.

    Raises:
        SettingsError: Unknown kind, a configuration of another kind, or a device or precision that
            is not available.
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

        return PassthroughPipeline(config)
    if isinstance(config, ThermalConfig):
        from thermal_depth_ros.inference.thermal_pipeline import ThermalPipeline

        return ThermalPipeline(config, wheel, network_size=network_size)
    assert isinstance(config, RgbConfig)
    spec = read_spec(find_bundle(config.bundle))
    architecture = spec.networks_architecture
    if isinstance(architecture, OnnxArchitecture) and architecture.n_classes:
        from thermal_depth_ros.inference.rgb_classes_pipeline import RgbClassesPipeline

        return RgbClassesPipeline(config, wheel, network_size=network_size)
    if isinstance(architecture, (RgbDptArchitecture, OnnxArchitecture)):
        from thermal_depth_ros.inference.rgb_depth_pipeline import RgbDepthPipeline

        return RgbDepthPipeline(config, wheel, network_size=network_size)
    from thermal_depth_ros.inference.rgb_pipeline import RgbPipeline

    return RgbPipeline(config, wheel, network_size=network_size)
