# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Recorded true depth, cached for the validation images."""

from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.messages.depth_reader import depth_from_message
from thermal_depth_ros.samples.frame_cache import Advance, Source
from thermal_depth_ros.samples.stamped_maps import StampedMaps, cached_maps

_KIND = 'depth'


class DepthStore(StampedMaps):
    """Depth maps, one row for each image."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, _KIND)

    def depth_m(self, row: int) -> np.ndarray | None:
        """Return depth (H, W) float32 along the optical axis, 0 where unknown, or None."""
        return self.row(row)


def cached_depth(
    root: Path, source: Source, topic: str, stamps_ns: np.ndarray, advance: Advance
) -> DepthStore:
    """Return the depth of images, reading it if it is not in the cache; see `cached_maps`."""

    def read(message: Any) -> np.ndarray:
        return source.resampler.depth(source.cropped(_metres(message)))

    return DepthStore(cached_maps(root, _KIND, source, topic, stamps_ns, read, advance))


def _metres(message: Any) -> np.ndarray:
    """Return depth (H, W) with 0 where it is unknown, including the sky."""
    depth = depth_from_message(message)
    depth[~(np.isfinite(depth) & (depth > 0))] = 0
    return depth
