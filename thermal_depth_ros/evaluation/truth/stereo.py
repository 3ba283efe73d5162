# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Depth of a camera from a second one beside it: noisy ground truth without another sensor."""

import functools
import math
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.bags.cameras import CameraStream, named_cameras
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.calibration import pair_mounting, recorded_camera
from thermal_depth_ros.evaluation.truth.disparity import disparity_px, grey_pair
from thermal_depth_ros.evaluation.truth.sources import TopicSource
from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.geometry.frames import Frames
from thermal_depth_ros.geometry.rectification import Rectification, RectificationError
from thermal_depth_ros.messages.decode import decode_camera_image

REMARK = (
    'Ground truth is stereo, noisy: semi-global matching with {topic}. It serves to compare '
    'networks, not as a benchmark.'
)
_MOST_PIXELS = 960 * 640  # of the images that are matched; memory grows by the range of disparities
# Depth without a baseline is width / (_UNIT disparity): within the range of every protocol.
_UNIT = 64.0
# One side is taken for that of the other camera if so much of the image matches there, and so many
# times as much as on the other side.
_MATCHED_SHARE, _CLEARLY = 0.05, 1.5


class StereoMatching:
    """Depth from pairs of images; up to scale if the cameras are not calibrated."""

    def __init__(
        self,
        kind: str,
        names: tuple[str, str],
        cameras: tuple[PinholeCamera, PinholeCamera] | None = None,
        T_other_reference: np.ndarray | None = None,
    ) -> None:
        """Set the geometry.

        Args:
            kind: Kind of both cameras.
            names: Topics of the reference and of the other camera, for error messages.
            cameras: Both cameras; None for images that have common rows already.
            T_other_reference: (4, 4), with cameras.

        Raises:
            RectificationError: The cameras are no stereo pair.
        """
        self._kind, self._names = kind, names
        self._sizes: tuple[tuple[int, int], ...] | None = None
        self._rectification: Rectification | None = None
        if cameras is not None and T_other_reference is not None:
            self._sizes = tuple((camera.height, camera.width) for camera in cameras)
            size = matching_size(*self._sizes[0])
            self._rectification = Rectification(*cameras, T_other_reference, size)
        rectification = self._rectification
        self._other_left = None if rectification is None else rectification.other_left
        self.pairs = self.undecided = 0

    def depth_m(self, reference: np.ndarray, other: np.ndarray) -> np.ndarray:
        """Return the depth (H, W) float32 of the reference image; NaN where it is not certain.

        Raises:
            EvaluationError: An image has another size than its camera, or than the other image.
        """
        self._check_sizes(reference, other)
        self.pairs += 1
        first, second = grey_pair(self._kind, reference, other)
        if self._rectification is not None:
            views = self._rectification.views(first, second)
            return self._rectification.depth_m(self._disparity_px(*views))
        height, width = first.shape
        h, w = matching_size(height, width)
        resized = (cv2.resize(one, (w, h), interpolation=cv2.INTER_AREA) for one in (first, second))
        depth = w / _UNIT / self._disparity_px(*resized)
        return cv2.resize(depth, (width, height), interpolation=cv2.INTER_NEAREST)

    def _check_sizes(self, reference: np.ndarray, other: np.ndarray) -> None:
        sizes = [one.shape[:2] for one in (reference, other)]
        wanted = self._sizes or (sizes[0], sizes[0])
        for name, (height, width), (h, w) in zip(self._names, sizes, wanted, strict=True):
            if (height, width) != (h, w):
                what = 'camera_info' if self._sizes else f'the other camera, {self._names[0]},'
                raise EvaluationError(
                    f'{name}: images of {width}x{height} pixels, but {what} has {w}x{h}'
                )

    def _disparity_px(self, reference: np.ndarray, other: np.ndarray) -> np.ndarray:
        if self._other_left is not None:
            return disparity_px(reference, other, other_left=self._other_left)
        right, left = (
            disparity_px(reference, other, other_left=other_left) for other_left in (False, True)
        )
        shares = [float(np.isfinite(one).mean()) for one in (right, left)]
        if max(shares) < max(_MATCHED_SHARE, _CLEARLY * min(shares)):
            self.undecided += 1
            return np.full_like(right, np.nan)
        self._other_left = shares[1] > shares[0]
        return left if self._other_left else right


class StereoSource:
    """Depth from a second camera, by the stamps of the first."""

    def __init__(
        self,
        reference: TopicSource[np.ndarray],
        other: TopicSource[np.ndarray],
        matching: StereoMatching,
    ) -> None:
        """Take the images of both cameras from these sources."""
        self._reference, self._other, self._matching = reference, other, matching
        self.where = f'{other.name} beside {reference.name}'
        self.name = f'{other.name} (stereo, noisy)'

    def has(self, stamp_ns: int) -> bool:
        """Whether both cameras have an image for a frame."""
        return all(source.has(stamp_ns) for source in (self._reference, self._other))

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return the depth of a frame, None without a pair of images.

        Raises:
            EvaluationError: The images have sizes that do not fit.
        """
        pair = [source.at(stamp_ns) for source in (self._reference, self._other)]
        if pair[0] is None or pair[1] is None:
            return None
        return self._matching.depth_m(pair[0], pair[1])

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """First and last stamp of the other camera so far."""
        return self._other.span_ns

    @property
    def unreadable(self) -> bool:
        """Whether none of the images of a camera could be read."""
        return self._reference.unreadable or self._other.unreadable

    @property
    def problem(self) -> str:
        """Images that cannot be read or matched; '' if there are none."""
        problems = [source.problem for source in (self._reference, self._other) if source.problem]
        if self._matching.undecided:
            problems.append(
                f'{self.where}: the images of {self._matching.undecided} of {self._matching.pairs} '
                'pairs do not match'
            )
        return '; '.join(problems)


def matching_size(height: int, width: int) -> tuple[int, int]:
    """Return height and width at which images are matched, in bounded memory."""
    scale = min(1.0, math.sqrt(_MOST_PIXELS / (height * width)))
    return max(round(height * scale), 1), max(round(width * scale), 1)


def open_stereo(
    recording: Recording, stream: CameraStream, topic: str, tree: Frames, tolerance_s: float
) -> tuple[StereoSource, str]:
    """Open a second camera as the source of depth.

    Args:
        recording: Recording with both cameras.
        stream: The camera whose depth is wanted.
        topic: Images of the other camera.
        tree: Constant transforms.
        tolerance_s: Largest time between the images of a pair.

    Returns:
        The source, and why its depth is only known up to scale; '' for metres.

    Raises:
        EvaluationError: The cameras are calibrated, but no stereo pair.
    """
    other = named_cameras(recording, [(stream.kind, topic)])[0]
    names = (stream.image_topic, topic)
    why = ''
    try:
        cameras = recorded_camera(recording, stream), recorded_camera(recording, other)
        mounting = pair_mounting(recording, stream, other, tree)
    except EvaluationError as error:
        why = str(error)
        matching = StereoMatching(stream.kind, names)
    else:
        try:
            matching = StereoMatching(stream.kind, names, cameras, mounting)
        except RectificationError as error:
            raise EvaluationError(f'{names[0]} and {names[1]}: {error}') from error
    first, second = (
        TopicSource(
            name,
            recording.read_ahead([name]),
            tolerance_s,
            functools.partial(_image, kind=stream.kind),
            lambda image, *_: image,
        )
        for name in names
    )
    return StereoSource(first, second, matching), why


def _image(message: Any, kind: str) -> np.ndarray:
    return decode_camera_image(message, kind)
