# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames of a video, read one after the other."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.datasets.streams import CameraName, pixels_message
from thermal_depth_ros.messages.errors import MessageError
from thermal_depth_ros.messages.image import default_limit

VIDEOS = ('.mp4', '.avi', '.mkv', '.mov', '.m4v', '.webm')
_FASTEST_HZ = 1000.0


class Video:
    """A video file; its frames must be requested in order."""

    def __init__(self, path: Path, name: CameraName, transport: str) -> None:
        """Open a file.

        Raises:
            DatasetError: It is no video that OpenCV reads, or its frames are too large.
        """
        self.path, self._name, self._transport = path, name, transport
        self._capture = self._open()
        self.size = self._number(cv2.CAP_PROP_FRAME_WIDTH), self._number(cv2.CAP_PROP_FRAME_HEIGHT)
        try:
            default_limit().check(*self.size)
        except MessageError as error:
            raise DatasetError(f'{path}: {error}') from error
        self.count = self._number(cv2.CAP_PROP_FRAME_COUNT)
        self._next = 0
        self._ended = False

    def _open(self) -> cv2.VideoCapture:
        if not self.path.is_file():
            raise DatasetError(f'{self.path}: no such file')
        capture = cv2.VideoCapture(str(self.path))
        if not capture.isOpened():
            raise DatasetError(f'{self.path}: no video that OpenCV can read')
        return capture

    def _number(self, what: int) -> int:
        value = self._capture.get(what)
        return int(value) if np.isfinite(value) and 0 <= value < 2**31 else 0

    def rate_hz(self) -> float:
        """Return the frame rate.

        Raises:
            DatasetError: The file does not say it.
        """
        rate = float(self._capture.get(cv2.CAP_PROP_FPS))
        if not 0 < rate <= _FASTEST_HZ:
            raise DatasetError(f'{self.path}: says no frame rate; --rate-hz gives it')
        return rate

    def build(self, index: int, stamp_ns: int) -> Any:
        """Return the message of a frame; None after the end of a video that says it has more.

        Raises:
            DatasetError: It ends early; said once.
        """
        if self._ended:
            return None
        read, frame = self._capture.read()
        if not read:
            self._ended = True
            raise DatasetError(
                f'{self.path}: ends after {index} frames, although it says {self.count}'
            )
        rgb, encoding = np.asarray(frame)[..., ::-1], 'rgb8'
        if self._name.kind == contract.THERMAL and (rgb == rgb[..., :1]).all():
            rgb, encoding = rgb[..., 0], 'mono8'  # counts, that the codec has stored as grey
        array = np.ascontiguousarray(rgb)
        return pixels_message(array, encoding, self._transport, stamp_ns, self._name.frame_id)
