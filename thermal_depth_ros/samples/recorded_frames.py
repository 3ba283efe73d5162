# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Usable images of one recording with their odometry."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from thermal_depth_ros.geometry.camera import PinholeCamera
from thermal_depth_ros.samples.frame_cache import FrameStore


@dataclasses.dataclass(frozen=True, eq=False)
class RecordedFrames:
    """N images in order of time; `select` returns a subset."""

    path: str
    topic: str
    store: FrameStore
    camera: PinholeCamera  # of the samples
    rows: np.ndarray  # (N,) rows in the store
    numbers: np.ndarray  # (N,) message indices
    stamps_ns: np.ndarray  # (N,) strictly increasing
    T_world_camera: np.ndarray | None = None  # (N, 4, 4) by pose_topic
    travelled_m: np.ndarray | None = None  # (N,) by twist_topic, within a stretch
    stretch: np.ndarray | None = None  # (N,) int: distances are comparable only within a stretch
    T_world_camera_true: np.ndarray | None = None  # (N, 4, 4) by true_pose_topic
    true_known: np.ndarray | None = None  # (N,) bool
    pose_topic: str = ''  # topic of the poses
    twist_topic: str = ''  # topic of the distances

    def __len__(self) -> int:
        return len(self.rows)

    def select(self, which: np.ndarray) -> 'RecordedFrames':
        """Return the images of a mask or of indices, with all their data."""
        changed = {
            field.name: value[which]
            for field in dataclasses.fields(self)
            if isinstance(value := getattr(self, field.name), np.ndarray)
        }
        return dataclasses.replace(self, **changed)

    def image(self, index: int) -> np.ndarray:
        """Return a copy of an image (H, W) or (H, W, 3)."""
        return np.array(self.store.images[self.rows[index]])

    def name(self, *indices: int) -> str:
        """Describe these images."""
        numbers = ','.join(str(int(self.numbers[index])) for index in indices)
        return f'{self.path} {self.topic} frame{"s" if len(indices) > 1 else ""} {numbers}'


class JoinedIndex:
    """One index over several parts.

    Attributes:
        firsts: (number of parts + 1,) the first index of each part, and the total.
    """

    def __init__(self, lengths: Sequence[int]) -> None:
        self.firsts = np.cumsum([0, *lengths])

    def __len__(self) -> int:
        return int(self.firsts[-1])

    def place(self, index: int) -> tuple[int, int]:
        """Return the number of the part of an index, and the index within it.

        Raises:
            IndexError: There is no such index.
        """
        if not 0 <= index < len(self):
            raise IndexError(f'{index} is not one of {len(self)}')
        number = int(np.searchsorted(self.firsts, index, side='right')) - 1
        return number, int(index - self.firsts[number])
