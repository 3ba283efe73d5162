# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Classes alone, from an RGB camera, by a segmentation network that others have exported."""

from collections.abc import Mapping

import numpy as np
import torch

from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.plan import CameraOutput
from thermal_depth_ros.inference.engines.stages import SEMANTICS
from thermal_depth_ros.inference.network_pipeline import NO_POSE_NETWORK, Job, NetworkPipeline
from thermal_depth_ros.inference.resampling import resize_image
from thermal_depth_ros.inference.rgb_pipeline import finish_semantics

_UNSUPPORTED = dict.fromkeys(
    ('depth', 'camera_info', 'confidence', 'points'), 'the bundle has classes alone, no depth'
)


class RgbClassesPipeline(NetworkPipeline[RgbConfig]):
    """One network, one mask; neither depth nor motion."""

    def _run(self, config: RgbConfig, job: Job) -> CameraOutput:
        semantics = None
        if job.plan.semantics:
            with job.watch.part('prepare'):
                small = resize_image(job.image, self._engine.input_size)
                image = self._engine.tensor(small.astype(np.float32) / 255.0)
            with job.watch.part('semantics'):
                (logits,) = self._engine.run(SEMANTICS, image)
            with job.watch.part('finish'):
                semantics = finish_semantics(
                    logits,
                    job.frame.size,
                    config.semantic_min_confidence,
                    blank=bool((small == small[0, 0]).all()),
                    with_confidence=job.plan.semantic_confidence,
                )
        return CameraOutput(None, semantics, None, self._scale(config), job.watch.ms, job.plan)

    def _unsupported(self) -> Mapping[str, str]:
        return _UNSUPPORTED

    def _estimate_motion(
        self, previous: torch.Tensor, current: torch.Tensor, focal_ratio: float
    ) -> torch.Tensor:
        raise NotImplementedError(NO_POSE_NETWORK)  # never asked for: nothing needs motion here
