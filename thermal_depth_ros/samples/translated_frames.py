# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Translations of the images of a recording to another time of day."""

from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.writer import RecordingWriter
from thermal_depth_ros.base.contract import CAMERA_INFO, IMAGE
from thermal_depth_ros.messages.bag_types import bag_types
from thermal_depth_ros.messages.camera_info import pinhole_camera_info
from thermal_depth_ros.messages.image import array_to_image
from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_cache import FrameStore
from thermal_depth_ros.samples.recorded_frames import RecordedFrames
from thermal_depth_ros.samples.sidecar import Sidecar, SidecarWriter

_IMAGES = 'images'


class TranslatedFrames(Sidecar):
    """Translations of the images, possibly incomplete."""

    kind = 'translated_images'

    @classmethod
    def make(cls, root: Path, name: str, store: FrameStore, translator: str) -> 'TranslatedFrames':
        """Open translations for writing, new or existing.

        Args:
            root: Folder of the cache.
            name: Name of the translations.
            store: The images, R, G, B.
            translator: Text that identifies the translator uniquely.

        Raises:
            SamplesError: The images have no colours, or translations of this name exist, but were
                made by another translator.
        """
        shape = store.images.shape[1:]
        if len(shape) != 3:
            raise SamplesError(f'{store.folder.name}: images without colours are not translated')
        about, layout = {'translator': translator}, {_IMAGES: (shape, np.uint8)}
        return cls.create(root, name, store, about, layout)

    def write(self, writer: SidecarWriter, row: int, image: np.ndarray) -> None:
        """Store a translated image (H, W, 3) uint8.

        Raises:
            SamplesError: Wrong size or type.
        """
        writer.write(row, {_IMAGES: image})

    def read(self, row: int) -> np.ndarray:
        """Return a translated image (H, W, 3) uint8.

        Raises:
            SamplesError: It has not been made.
        """
        return self.row(_IMAGES, row)


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
    done, count = translated.done(), 0
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
