# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Writes translated images as a recording."""

from pathlib import Path

from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base.contract import CAMERA_INFO, IMAGE
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.translated_frames import TranslatedFrames


def write_translated_bag(
    path: Path,
    frames: RecordedFrames,
    translated: TranslatedFrames,
    overwrite: bool = False,
    compression: str = 'zstd',
) -> int:
    """Write the translations of images, with their stamps, topic and camera.

    Args:
        path: Output folder.
        frames: The images that were translated.
        translated: Translated images; missing ones are skipped.
        overwrite: Replace an earlier recording.
        compression: Chunk compression, 'none' or 'zstd'.

    Returns:
        Number of images written.

    Raises:
        BagError: The path exists or cannot be written.
    """
    types, frame_id = bag_types(), frames.store.about.frame_id
    topic = frames.topic.removesuffix('/compressed')
    info_topic = f'{topic.rpartition("/")[0]}/camera_info'
    done, count = translated.results.done(), 0
    with RecordingWriter(path, overwrite=overwrite, compression=compression) as writer:
        for row, stamp in zip(frames.rows.tolist(), frames.stamps_ns.tolist(), strict=True):
            if not done[row]:
                continue
            image = array_to_image(types, translated.read(row), 'rgb8', stamp, frame_id)
            info = pinhole_camera_info(types, frames.camera, stamp, frame_id)
            writer.write(topic, IMAGE, image, stamp)
            writer.write(info_topic, CAMERA_INFO, info, stamp)
            count += 1
    return count
