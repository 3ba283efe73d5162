# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Translations of the images of a recording to another time of day."""

from pathlib import Path

import numpy as np

from thermal_depth_ros.samples.errors import SamplesError
from thermal_depth_ros.samples.frame_results import FrameResults, find_results, make_results
from thermal_depth_ros.samples.frame_store import FrameStore
from thermal_depth_ros.samples.frame_writer import FrameWriter

_KIND = 'translated_images'
_IMAGES = 'images'


class TranslatedFrames:
    """Translations of the images, possibly incomplete."""

    def __init__(self, results: FrameResults) -> None:
        self.results = results

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
        return cls(make_results(root, _KIND, name, store, about, layout))

    @classmethod
    def find(cls, root: Path, name: str, store: FrameStore) -> 'TranslatedFrames':
        """Open translations for reading.

        Raises:
            SamplesError: There are none of this name.
        """
        return cls(find_results(root, _KIND, name, store))

    def write(self, writer: FrameWriter, row: int, image: np.ndarray) -> None:
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
        return self.results.row(_IMAGES, row)
