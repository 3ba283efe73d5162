# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True classes of opened images."""

from pathlib import Path

from thermal_depth_ros.samples.bag import Bag
from thermal_depth_ros.samples.config import DataConfig
from thermal_depth_ros.samples.frame_cache import Advance
from thermal_depth_ros.samples.preparing import Preparation
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.true_labels import LabelStore


def recorded_labels(
    frames: RecordedFrames, config: DataConfig, topic: str, advance: Advance
) -> LabelStore | None:
    """Return the true classes of images of one recording, one row per image, or None.

    Args:
        frames: The images.
        config: Configuration with which they were opened.
        topic: Topic of the classes; '' selects the only one, NONE disables them.
        advance: Called with a description, the number done and the total.

    Raises:
        BagError: The recording cannot be read, or lacks the topic.
        SamplesError: The topic holds no images, or the cache cannot be written.
    """
    with Bag(Path(frames.path)) as bag:
        return Preparation(bag, config, advance).labels(frames, topic)
