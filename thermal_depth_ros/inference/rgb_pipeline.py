# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth and semantics from an RGB camera (DepthSegNet24)."""

from collections.abc import Mapping

import numpy as np
import torch

from thermal_depth_ros.base.contract import UNLABELLED
from thermal_depth_ros.frames.config import RgbConfig
from thermal_depth_ros.frames.frame import DepthResult, SemanticResult
from thermal_depth_ros.frames.plan import SEMANTICS as SEMANTIC_OUTPUTS
from thermal_depth_ros.frames.plan import CameraOutput
from thermal_depth_ros.geometry import se3
from thermal_depth_ros.geometry.focal import pose_vector_for_focal
from thermal_depth_ros.inference.confidence import scale_agreement
from thermal_depth_ros.inference.engines.stages import DEPTH, ENCODER, POSE, SEMANTICS
from thermal_depth_ros.inference.metric_scale import WheelScale
from thermal_depth_ros.inference.network_pipeline import Job, NetworkPipeline
from thermal_depth_ros.inference.resampling import (
    finish_depth,
    resize_image,
    resize_labels,
    resize_map,
    resized_array,
)
from thermal_depth_ros.inference.tracking import TrackedFrame


class RgbPipeline(NetworkPipeline[RgbConfig]):
    """One encoder, and a decoder for each requested output."""

    def __init__(
        self, config: RgbConfig, wheel: WheelScale | None = None, *, network_size: bool = False
    ) -> None:
        super().__init__(config, wheel, network_size=network_size)
        labels = self._engine.spec.labels
        self._sky = None if labels is None else labels.sky

    def _run(self, config: RgbConfig, job: Job) -> CameraOutput:
        plan, watch = job.plan, job.watch
        depth = semantics = None
        if not (plan.depth or plan.semantics):
            return CameraOutput(None, None, None, self._scale(config), watch.ms, plan)
        with watch.part('prepare'):
            current = self._tracked(job)
        if self._wheel is not None:
            with watch.part('motion'):
                self._observe_wheel(current, job.T_base_optical)
        with watch.part('encoder'):
            features = self._engine.run(ENCODER, current.image)
        if plan.semantics:
            semantics = self._semantics(config, job, features, current.blank)
        scale = self._scale(config)
        if plan.depth:
            sky = self._sky_mask(config, semantics)
            factor = scale.factor * current.focal_ratio
            depth = self._depth(config, job, features, current.blank, factor, sky)
        self._previous = current
        return CameraOutput(depth, semantics, None, scale, watch.ms, plan)

    def _unsupported(self) -> Mapping[str, str]:
        if self._engine.spec.labels is not None:
            return {}
        return dict.fromkeys(SEMANTIC_OUTPUTS, 'the bundle has depth alone, no classes')

    def _tracked(self, job: Job) -> TrackedFrame:
        """Map the colours to [0, 1] at the size of the networks."""
        small = resize_image(job.image, self._engine.input_size)
        return TrackedFrame(
            job.frame.stamp_ns,
            job.frame.frame_id,
            job.frame.size,
            blank=bool((small == small[0, 0]).all()),
            image=self._engine.tensor(small.astype(np.float32) / 255.0),
            focal_ratio=self._engine.focal_ratio(job.frame, self._engine.input_size),
        )

    def _semantics(
        self, config: RgbConfig, job: Job, features: tuple[torch.Tensor, ...], blank: bool
    ) -> SemanticResult:
        with job.watch.part('semantics'):
            (logits,) = self._engine.run(SEMANTICS, *features)
        with job.watch.part('finish'):
            return finish_semantics(
                logits,
                job.frame.size,
                config.semantic_min_confidence,
                blank=blank,
                with_confidence=job.plan.semantic_confidence,
                temperature=self._engine.calibration.temperature or 1.0,
            )

    def _depth(
        self,
        config: RgbConfig,
        job: Job,
        features: tuple[torch.Tensor, ...],
        blank: bool,
        factor: float,
        sky: np.ndarray | None,
    ) -> DepthResult:
        with job.watch.part('depth'):
            disparities = self._engine.run(DEPTH, *features)
        confidence = None
        if job.plan.depth_confidence:
            with job.watch.part('confidence'):
                size = self._engine.input_size
                confidence = scale_agreement([resize_map(d, size) for d in disparities])
                confidence = torch.zeros_like(confidence) if blank else confidence
        with job.watch.part('finish'):
            size = self._depth_size(disparities[0], job.frame.size)
            return finish_depth(disparities[0], confidence, size, factor, config, sky)

    def _sky_mask(self, config: RgbConfig, semantics: SemanticResult | None) -> np.ndarray | None:
        if semantics is None or self._sky is None or not config.sky_is_far:
            return None
        sky: np.ndarray = semantics.labels == self._sky
        return sky

    def _estimate_motion(
        self, previous: torch.Tensor, current: torch.Tensor, focal_ratio: float
    ) -> torch.Tensor:
        (vector,) = self._engine.run(POSE, previous, current)
        vector = pose_vector_for_focal(vector, focal_ratio)
        return se3.axisangle_pose(vector[:, 3:], vector[:, :3])


def finish_semantics(
    logits: torch.Tensor,
    size: tuple[int, int],
    min_confidence: float,
    *,
    blank: bool = False,
    with_confidence: bool = True,
    temperature: float = 1.0,
) -> SemanticResult:
    """Select the most likely class and its probability, and resize both.

    Both are computed at network size; the class is resized by nearest neighbour, the probability
    by interpolation. Interpolating all logits instead would need one map per class at input
    resolution, for borders that move by less than one network pixel.

    Args:
        logits: (1, C, h, w).
        size: Height and width of the result.
        min_confidence: Pixels with a lower probability become 255.
        blank: The image has no contrast: all pixels become 255 with confidence 0.
        with_confidence: Whether to return the probability.
        temperature: What the logits are divided by, so that probabilities are what they say.
    """
    if blank:
        labels = np.full(size, UNLABELLED, np.uint8)
        return SemanticResult(labels, np.zeros(size, np.float32) if with_confidence else None)
    logits = logits.float()
    best = logits.amax(dim=1, keepdim=True)
    # The first class with the best score, ranked n to 1; a NaN is equal to nothing. Asking for the
    # position of the maximum takes four times as long on a CPU.
    n = logits.shape[1]
    ranks = torch.arange(n, 0, -1, dtype=torch.uint8, device=logits.device).view(1, -1, 1, 1)
    rank = ((logits == best).view(torch.uint8) * ranks).amax(dim=1, keepdim=True)
    known = torch.where(best.isfinite(), n - rank, UNLABELLED)
    labels = resize_labels(known, size)
    if not with_confidence and min_confidence == 0.0:
        return SemanticResult(labels, None)
    # The softmax at its maximum: 1 / sum of exp(z - best).
    probability = ((logits - best) / temperature).exp_().sum(dim=1, keepdim=True).reciprocal()
    probability = torch.nan_to_num(probability, nan=0.0)
    confidence = np.clip(resized_array(probability, size), 0.0, 1.0)
    if min_confidence > 0.0:
        np.putmask(labels, confidence < min_confidence, UNLABELLED)
    return SemanticResult(labels, confidence)
