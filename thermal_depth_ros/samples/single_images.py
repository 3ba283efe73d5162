# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""All usable images of recordings under one index, independent of triplets."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.config import DataConfig
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import Advance
from thermal_depth_ros.samples.preparing import Preparation
from thermal_depth_ros.samples.recorded_frames import JoinedIndex, RecordedFrames


class SingleImages:
    """Images by index over several recordings; picklable."""

    def __init__(self, recordings: Sequence[RecordedFrames], notes: Sequence[str] = ()) -> None:
        """Join recordings.

        Args:
            recordings: Recordings, in the order of their image indices.
            notes: Omitted or damaged data, one line each.
        """
        self.recordings, self.notes = tuple(recordings), tuple(notes)
        self._index = JoinedIndex([len(frames) for frames in self.recordings])

    def __len__(self) -> int:
        return len(self._index)

    def image(self, index: int) -> np.ndarray:
        """Return a copy of an image (H, W, 3) R, G, B."""
        number, row = self._index.place(index)
        return self.recordings[number].image(row)

    def name(self, index: int) -> str:
        """Describe an image."""
        number, row = self._index.place(index)
        return self.recordings[number].name(row)


def open_images(config: DataConfig, advance: Advance) -> SingleImages:
    """Open the images of recordings, decoding them if they are not in the cache.

    Args:
        config: Recordings and selection of the images; only its bags are used.
        advance: Called with a description, the number done and the total.

    Raises:
        SamplesError: There is no usable image, or the topic is ambiguous.
        BagError: A recording cannot be read, or lacks a given topic.
    """
    recordings, notes = [], []
    for text in config.bags:
        path = Path(text).expanduser()
        with Bag(path) as bag:
            prepared = Preparation(bag, config, advance).run()
        if not len(prepared.frames):
            raise SamplesError(f'{path}: no usable image of {prepared.frames.topic} is left')
        recordings.append(prepared.frames)
        notes += [f'{path}: {note}' for note in dict.fromkeys(prepared.notes)]
    return SingleImages(recordings, notes)
