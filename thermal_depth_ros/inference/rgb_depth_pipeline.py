# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth from an RGB camera by a vision transformer, as imported from Depth Anything V2."""

from collections.abc import Mapping

import cv2
import numpy as np
import torch

from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.frame import DepthResult
from thermal_depth_ros.frames.plan import SEMANTICS, CameraOutput
from thermal_depth_ros.inference.confidence import NOTHING_TO_COMPARE
from thermal_depth_ros.inference.engines.stages import DEPTH
from thermal_depth_ros.inference.network_pipeline import NO_POSE_NETWORK, Job, NetworkPipeline
from thermal_depth_ros.inference.resampling import finish_depth

_UNSUPPORTED = {
    **dict.fromkeys(SEMANTICS, 'the bundle has depth alone, no classes'),
    'confidence': 'the network estimates each depth once, with nothing to compare it with',
}


class RgbDepthPipeline(NetworkPipeline[RgbConfig]):
    """One network, one depth map; neither classes nor motion."""

    def _run(self, config: RgbConfig, job: Job) -> CameraOutput:
        scale = self._scale(config)
        depth = None
        if job.plan.depth:
            depth = self._depth(config, job, scale.factor)
        return CameraOutput(depth, None, None, scale, job.watch.ms, job.plan)

    def _unsupported(self) -> Mapping[str, str]:
        return _UNSUPPORTED

    def _depth(self, config: RgbConfig, job: Job, factor: float) -> DepthResult:
        with job.watch.part('prepare'):
            image = self._image(job.image)
        with job.watch.part('depth'):
            (disparity,) = self._engine.run(DEPTH, image)
        confidence = None
        if job.plan.depth_confidence:
            blank = bool((job.image == job.image[0, 0]).all())
            confidence = torch.full_like(disparity, 0.0 if blank else NOTHING_TO_COMPARE)
        with job.watch.part('finish'):
            size = self._depth_size(disparity, job.frame.size)
            factor *= self._engine.focal_ratio(job.frame, (image.shape[-2], image.shape[-1]))
            return finish_depth(disparity, confidence, size, factor, config, align_corners=True)

    def _image(self, image: np.ndarray) -> torch.Tensor:
        """Return colours in [0, 1] at the size of the network, by cubic interpolation."""
        height, width = self._engine.fitted_size(image.shape[:2])
        colours: np.ndarray = image.astype(np.float32) / 255.0
        if colours.shape[:2] != (height, width):
            colours = cv2.resize(colours, (width, height), interpolation=cv2.INTER_CUBIC)
        return self._engine.tensor(colours)

    def _estimate_motion(
        self, previous: torch.Tensor, current: torch.Tensor, focal_ratio: float
    ) -> torch.Tensor:
        raise NotImplementedError(NO_POSE_NETWORK)  # never asked for: nothing needs motion here
