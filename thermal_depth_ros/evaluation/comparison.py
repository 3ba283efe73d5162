# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compares the recorded outputs of one camera with ground truth."""

import functools
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream
from thermal_depth_ros.base import contract
from thermal_depth_ros.evaluation.confidence_comparison import ConfidenceComparison
from thermal_depth_ros.evaluation.drive_comparison import DriveComparison
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.notable_frames import Gallery, NotableFrame, NotableFrames
from thermal_depth_ros.evaluation.truth.camera import CameraTruth
from thermal_depth_ros.evaluation.truth.sources import TruthSource
from thermal_depth_ros.evaluation.truth.topics import TruthTopics
from thermal_depth_ros.geometry.crop import Crop, crop_hint
from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.messages.image import image_to_array
from thermal_depth_ros.messages.odometry import odometry_sample
from thermal_depth_ros.messages.stamps import span_text
from thermal_depth_ros.metrics.accumulators import DepthImage
from thermal_depth_ros.metrics.camera import CameraAccumulator
from thermal_depth_ros.metrics.frame_rows import CLASSES, DEPTH, class_row, depth_row
from thermal_depth_ros.metrics.segmentation import class_scores, mean_iou

_ASPECT_TOLERANCE = 0.02


class CameraComparison:
    """Scores the outputs of one camera of one recording."""

    def __init__(
        self,
        paths: tuple[Path, ...],
        stream: CameraStream,
        topics: TruthTopics,
        truth: CameraTruth,
        scores: CameraAccumulator,
        gallery: Gallery,
        drive: DriveComparison | None,
        median_scaling: bool,
        crop: Crop = Crop(),  # noqa: B008 - frozen
        confidence: ConfidenceComparison | None = None,
    ) -> None:
        """Set up the comparison.

        Args:
            paths: Paths of the recording.
            stream: The camera.
            topics: Topics of the ground truth.
            truth: Ground truth of its frames.
            scores: Scores of this camera and recording only.
            gallery: Gallery of all cameras of this kind.
            drive: Comparison of the motion, or None.
            median_scaling: Whether the worst frames are chosen after median scaling.
            crop: Crop of the images, and of ground truth maps of whole images.
            confidence: Comparison of the confidences, or None.
        """
        self.stream, self.topics, self.truth = stream, topics, truth
        self.scores, self.gallery = scores, gallery
        self._paths, self._drive = paths, drive
        self._median_scaling, self._crop = median_scaling, crop
        self._confidence = confidence
        self._take: dict[str, Callable[[Any, int], None]] = {}
        if truth.depth is not None:
            self._take['depth'] = self._take_depth
        if truth.labels is not None:
            self._take['semantic'] = self._take_classes
        if drive is not None:
            self._take['odometry'] = self._take_odometry
        self.optional: frozenset[str] = frozenset()  # wanted keys that predictions may lack
        if confidence is not None:
            own = {'depth': 'confidence', 'semantic': 'semantic_confidence'}
            self.optional = frozenset(own[key] for key in own if key in self._take)
            for key in self.optional & contract.OUTPUTS[stream.kind].keys():
                self._take[key] = functools.partial(confidence.take, key)
        self.only: Collection[int] | None = None  # stamps of the frames to compare; None for all
        self._last_ns: int | None = None
        self._view: tuple[int, int] | None = None

    @property
    def wanted(self) -> frozenset[str]:
        """Keys of contract.OUTPUTS of this kind that have ground truth."""
        return frozenset(self._take)

    def expect_view(self, size: tuple[int, int]) -> None:
        """Set height and width of the image of the next outputs.

        Without it, depth has the size of its image, as published by the nodes.
        """
        self._view = size

    def take(self, key: str, message: Any, stamp_ns: int) -> None:
        """Compare one output of one frame.

        Raises:
            EvaluationError: The ground truth does not fit the prediction.
            MessageError: The prediction is damaged.
        """
        if key not in self._take or not (self.only is None or stamp_ns in self.only):
            return
        if stamp_ns != self._last_ns:
            self._last_ns = stamp_ns
            self.scores.frames += 1
        self._take[key](message, stamp_ns)

    def finish(self) -> None:
        """Score the motion, which needs the whole drive, and check that anything was compared.

        Raises:
            EvaluationError: There were frames, but none has ground truth.
        """
        if self._drive is not None:
            self._drive.finish(self.scores)
        missed = {name: n for name, n in self.scores.without_truth.items() if n}
        if not sum(self.scores.compared.values()) and missed:
            raise EvaluationError(self._nothing_matched(max(missed.values())))
        self.scores.unusable += self._unmatched()

    def problems(self) -> list[str]:
        """Return the problems of the ground truth."""
        sources = (self.truth.depth, self.truth.labels, self.truth.poses)
        problems = [source.problem for source in sources if source is not None and source.problem]
        return [text for text in problems if not any(text in told for told in self.scores.unusable)]

    def _unmatched(self) -> list[str]:
        """Return which ground truth could not be compared with anything, and why."""
        unmatched = []
        for what, source in (('depth', self.truth.depth), ('classes', self.truth.labels)):
            frames = self.scores.without_truth[what]
            if source is None or self.scores.compared[what] or not frames:
                continue
            text = source.problem
            if not source.unreadable:
                text = (
                    f'none of {frames} frames has ground truth at its stamp{self._spans([source])}'
                )
            unmatched.append(f'{what}: {text}')
        frames = self.scores.without_truth['pose']
        if self._drive is not None and frames and not self.scores.compared['pose']:
            unmatched.append(f'motion: none of {frames} frames has a true pose{self._spans([])}')
        return unmatched

    def _take_depth(self, message: Any, stamp_ns: int) -> None:
        assert self.truth.depth is not None, 'or it is not taken'
        gt_m = self.truth.depth.at(stamp_ns)
        if gt_m is None:
            self.scores.without_truth['depth'] += 1
            return
        predicted_m = depth_from_message(message)
        height, width = self._view or predicted_m.shape
        gt_m = self._crop.matching(gt_m, (height, width))
        self._check_view(gt_m, (height, width))
        self.scores.compared['depth'] += 1
        image = self.scores.depth.add(gt_m, predicted_m)
        if image is not None:
            row = depth_row(image, up_to_scale=self.scores.depth.up_to_scale)
            self.scores.frame_rows[DEPTH].add(stamp_ns, row)
            if self._confidence is not None:
                self._confidence.add_depth(stamp_ns, gt_m, predicted_m)
            self._show_depth(stamp_ns, image, gt_m, predicted_m)

    def _check_view(self, gt_m: np.ndarray, view: tuple[int, int]) -> None:
        (h, w), (height, width) = view, gt_m.shape
        if abs(width * h / (height * w) - 1) > _ASPECT_TOLERANCE:
            assert self.truth.depth is not None, 'or it is not taken'
            hint = crop_hint(view, (height, width), other='true depth')
            raise EvaluationError(
                f'{self.truth.depth.where}: true depth of {width}x{height} pixels does not have '
                f'the aspect ratio of {self.stream.image_topic} with {w}x{h}'
                + (f'; {hint}' if hint else '')
            )

    def _show_depth(
        self, stamp_ns: int, image: DepthImage, gt_m: np.ndarray, predicted_m: np.ndarray
    ) -> None:
        scaling = self._median_scaling or self.truth.up_to_scale
        metrics = image.scaled if scaling else image.metric
        ratio = image.median_ratio if scaling else 1.0
        caption = f'abs_rel {image.scaled.abs_rel:.3f} scaled by {image.median_ratio:.3g}'
        if not self.truth.up_to_scale:
            caption += f', {image.metric.abs_rel:.3f} as predicted'
        self._offer(
            self.gallery.depth,
            stamp_ns,
            metrics.abs_rel,
            caption,
            lambda: (np.float32(ratio) * predicted_m, np.array(gt_m, np.float32)),
        )

    def _take_classes(self, message: Any, stamp_ns: int) -> None:
        assert self.truth.labels is not None, 'or it is not taken'
        gt = self.truth.labels.at(stamp_ns)
        if gt is None:
            self.scores.without_truth['classes'] += 1
            return
        predicted = image_to_array(message)
        gt = self._crop.matching(gt, predicted.shape)
        if gt.shape != predicted.shape:
            (height, width), (h, w) = gt.shape, predicted.shape
            raise EvaluationError(
                f'{self.truth.labels.where}: labels of {width}x{height} pixels, but '
                f'{self.stream.image_topic} has {w}x{h}'
            )
        matrix = self.scores.segmentation
        try:
            counts = matrix.add(gt, predicted)
        except ValueError as error:
            raise EvaluationError(f'{self.stream.image_topic}: {error}') from error
        self.scores.compared['classes'] += 1
        self.scores.frame_rows[CLASSES].add(stamp_ns, class_row(counts))
        if self._confidence is not None:
            self._confidence.add_classes(stamp_ns, gt, predicted)
        miou = mean_iou(class_scores(counts, matrix.names), matrix.names)
        if miou is not None and counts.any():
            right = np.trace(counts[:, :-1]) / counts.sum()
            caption = f'mIoU {100 * miou:.1f} % of the classes here, {right:.1%} of pixels right'
            self._offer(
                self.gallery.classes,
                stamp_ns,
                1.0 - miou,
                caption,
                lambda: (np.array(predicted), np.array(gt)),
            )

    def _take_odometry(self, message: Any, stamp_ns: int) -> None:
        assert self._drive is not None, 'or it is not taken'
        self._drive.add(stamp_ns, odometry_sample(message))

    def _offer(
        self,
        notable: NotableFrames,
        stamp_ns: int,
        error: float,
        caption: str,
        maps: Callable[[], tuple[np.ndarray, np.ndarray]],
    ) -> None:
        topic = self.stream.image_topic
        notable.offer(
            self._paths,
            topic,
            stamp_ns,
            error,
            lambda: NotableFrame(
                self._paths,
                topic,
                self.stream.kind,
                stamp_ns,
                error,
                caption,
                *maps(),
                crop=self._crop,
            ),
        )

    def _nothing_matched(self, frames: int) -> str:
        topic = self.stream.image_topic
        sources = [source for source in (self.truth.depth, self.truth.labels) if source is not None]
        unreadable = [source.problem for source in sources if source.unreadable]
        if unreadable:
            return f'{topic}: nothing can be compared: {"; ".join(unreadable)}'
        text = (
            f'{topic}: none of {frames} frames has ground truth at its stamp{self._spans(sources)}'
        )
        return text + '; --tolerance widens how far stamps may be apart'

    def _spans(self, sources: Sequence[TruthSource]) -> str:
        """Return the time spans of the frames and of the ground truth."""
        text = ''
        if self._last_ns is not None:
            text = f'; the last is of {_seconds(self._last_ns)}'
        for source in sources:
            text += f', {source.name} {_span(source.span_ns)}'
            text += f' ({source.problem})' if source.problem else ''
        if self._drive is not None and self.truth.poses is not None:
            stamps = self.truth.poses.trajectory.stamps_ns
            text += f', {self.truth.poses.topic} {_span((int(stamps[0]), int(stamps[-1])))}'
        return text


def _span(stamps_ns: tuple[int, int] | None) -> str:
    if stamps_ns is None:
        return 'has no message that can be read'
    return f'spans {span_text(*stamps_ns)}'


def _seconds(stamp_ns: int) -> str:
    return f'{stamp_ns / 1e9:.3f} s'
