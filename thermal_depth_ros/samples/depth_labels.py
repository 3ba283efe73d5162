# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Compact storage of teacher depth for the images of a recording.

Disparity is stored with 16 bits on a logarithmic scale (a relative error of at most 6e-5 between
depths of 0.1 and 100), as linear steps would be coarse at large depths. Relative labels, whose
scale and shift are unknown and differ from image to image, are stored in linear steps between the
least and the largest value of each image.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import FrameStore
from thermal_depth_ros.samples.sidecar import Sidecar, SidecarWriter

_DISPARITY, _RELATIVE = 'disparity', 'relative'
_STEPS = 65535


class DepthLabels(Sidecar):
    """Teacher disparity for the images of a recording.

    Attributes:
        relative: Whether it is inverse depth up to an unknown scale and shift of each image.
    """

    kind = 'depth_labels'

    def __init__(self, folder: Path, where: str) -> None:
        super().__init__(folder, where)
        self.relative: bool = self.about.get(_RELATIVE, False)
        near, far = self.about['depth_range']
        self._low, self._span = math.log(1.0 / far), math.log(far / near)

    @classmethod
    def make(
        cls,
        root: Path,
        name: str,
        store: FrameStore,
        teacher: str,
        depth_range: tuple[float, float],
        relative: bool = False,
    ) -> 'DepthLabels':
        """Open labels for writing, new or existing.

        Args:
            root: Folder of the cache.
            name: Name of the labels.
            store: The images.
            teacher: Text that identifies the teacher uniquely.
            depth_range: Nearest and farthest depth in the teacher's units; beyond is clipped.
            relative: Whether the labels have an unknown scale and shift.

        Raises:
            SamplesError: Labels of this name exist, but were made with other settings.
        """
        about: dict[str, Any] = {'teacher': teacher, 'depth_range': list(depth_range)}
        if relative:
            about[_RELATIVE] = True
        layout = {_DISPARITY: (store.images.shape[1:3], np.uint16)}
        return cls.create(root, name, store, about, layout)

    def write(self, writer: SidecarWriter, row: int, disparity: np.ndarray) -> None:
        """Store 1 / depth (H, W) of an image; of relative labels, any finite values.

        Raises:
            SamplesError: Wrong shape, or values that are not finite and positive.
        """
        if self.relative:
            self._write_relative(writer, row, disparity)
            return
        if not (np.isfinite(disparity) & (disparity > 0)).all():
            raise SamplesError(
                f'{self.where}: image {row}: disparity is not finite and positive everywhere'
            )
        part = (np.log(disparity.astype(np.float64)) - self._low) / self._span
        steps = np.rint(part.clip(0, 1) * _STEPS).astype(np.uint16)
        writer.write(row, {_DISPARITY: steps})

    def read(self, row: int) -> np.ndarray:
        """Return 1 / depth (H, W) float32 of an image; of relative labels, between 0 and 1.

        Raises:
            SamplesError: It has not been made.
        """
        part = self.row(_DISPARITY, row).astype(np.float32) / _STEPS
        if self.relative:
            return part
        return np.exp(part * np.float32(self._span) + np.float32(self._low))

    def _write_relative(self, writer: SidecarWriter, row: int, values: np.ndarray) -> None:
        if not np.isfinite(values).all():
            raise SamplesError(f'{self.where}: image {row}: inverse depth is not finite everywhere')
        least, span = float(values.min()), float(np.ptp(values))
        part = (values.astype(np.float64) - least) / (span or 1.0)
        writer.write(row, {_DISPARITY: np.rint(part * _STEPS).astype(np.uint16)})
