# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Cached images of one recording, opened on demand."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

IMAGES, BLOCKS, FACTS_FILE, ABOUT = 'images.npy', 'blocks.npy', 'facts.npy', 'about.json'


@dataclasses.dataclass(frozen=True)
class About:
    """Properties of the images, determined when they were cached."""

    encoding: str  # of the first usable image
    frame_id: str
    deep: bool  # 16 bits
    left_out: dict[str, int]  # reason -> images that are not in the cache
    problems: tuple[str, ...]  # damaged data, one line each


class FrameStore:
    """A memory map of images (N, H, W) uint8 or uint16 counts, or (N, H, W, 3) uint8 R, G, B.

    Pickled as the path of its folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        values = json.loads((folder / ABOUT).read_text())
        values['problems'] = tuple(values['problems'])
        self.about = About(**values)
        self._images: np.ndarray | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, '_images': None}

    @property
    def images(self) -> np.ndarray:
        """All images, memory-mapped."""
        if self._images is None:
            self._images = np.load(self.folder / IMAGES, mmap_mode='r')
        return self._images

    def facts(self) -> np.ndarray:
        """Return the statistics: (N,) records of frame_facts.FACTS."""
        return np.load(self.folder / FACTS_FILE)

    def blocks(self) -> np.ndarray:
        """Return a memory map of the means of blocks of pixels, (N, H // side, W // side)."""
        return np.load(self.folder / BLOCKS, mmap_mode='r')
