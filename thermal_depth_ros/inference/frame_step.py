# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One frame of a camera from its message to the messages of its outputs."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from thermal_depth_ros.frames.config import CameraConfig, ThermalConfig
from thermal_depth_ros.frames.frame import CameraFrame
from thermal_depth_ros.frames.plan import ODOMETRY, CameraOutput
from thermal_depth_ros.geometry.crop import crop_of
from thermal_depth_ros.geometry.frames import FrameError
from thermal_depth_ros.geometry.mount import MountProblem, mount_problem
from thermal_depth_ros.inference.pipeline import CameraPipeline
from thermal_depth_ros.messages.frame_reader import FrameReader
from thermal_depth_ros.messages.outputs import OutputBuilder, ProcessedFrame
from thermal_depth_ros.messages.types import MessageTypes


@dataclasses.dataclass(frozen=True, eq=False)
class StepResult:
    """Outcome of one frame.

    Attributes:
        frame: The decoded frame.
        output: Results and plan, with the reasons of what is withheld.
        messages: Key of contract.OUTPUTS -> message, in the order of publication.
        remarks: Probable mistakes of the setup that the image shows, by kind.
        mount: Implausible mounting of the camera, or None.
    """

    frame: CameraFrame
    output: CameraOutput
    messages: dict[str, Any]
    remarks: Mapping[str, str]
    mount: MountProblem | None


class FrameStep:
    """Decodes an image, runs the pipeline and builds messages, for nodes and for recordings."""

    def __init__(
        self,
        image_topic: str,
        pipeline: CameraPipeline,
        config: CameraConfig,
        types: MessageTypes,
        extrinsics: Callable[[str], np.ndarray],
    ) -> None:
        """Set up the processing of one camera.

        Args:
            image_topic: Its name tells whether the images are rectified.
            pipeline: Pipeline for this kind of camera; its state belongs to this camera alone.
            config: Settings of the camera.
            types: The library that the outputs are made for.
            extrinsics: Returns T_base_optical (4, 4) of an optical frame; raises FrameError.
        """
        self._pipeline, self._config, self._extrinsics = pipeline, config, extrinsics
        self._reader = FrameReader(config.kind, image_topic, crop_of(config))
        self._builder = OutputBuilder(types, pipeline.description.labels)

    def update(self, config: CameraConfig) -> None:
        """Use other settings from the next frame on.

        Raises:
            SettingsError: A setting that is fixed at start-up differs; all are named.
        """
        self._pipeline.update(config)
        self._config = config

    def reset(self) -> None:
        """Discard earlier frames."""
        self._pipeline.reset()

    def run(
        self, message: Any, info: Any, wanted: frozenset[str], stamp_ns: int | None = None
    ) -> StepResult:
        """Process one image.

        Args:
            message: Image or CompressedImage.
            info: Latest CameraInfo of the camera, or None.
            wanted: Keys of contract.OUTPUTS of the camera kind.
            stamp_ns: Time of acquisition, if it is not the stamp of the message.

        Raises:
            MessageError: The image is damaged, of the wrong kind, or empty after cropping.
            InferenceError: The image is none that the pipeline can process.
        """
        config = self._config
        frame, info = self._reader.read(message, info, config.max_image_pixels, stamp_ns)
        T_base_optical, problem = None, ''
        if wanted & ODOMETRY:
            try:
                T_base_optical = self._extrinsics(frame.frame_id)
            except FrameError as error:
                problem = str(error)
        output = self._pipeline.process(frame, wanted, T_base_optical, problem)
        mount = None
        if T_base_optical is not None and isinstance(config, ThermalConfig):
            mount = mount_problem(T_base_optical, config.base_frame, frame.frame_id)
        messages = self._builder.build(ProcessedFrame(frame, output, info, config))
        return StepResult(frame, output, messages, self._reader.remarks, mount)
