# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Label images in a folder, matched to the frames of a camera by stamp or by order."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.picture_files import label_pixels
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.bags.timestamps import stamps_in_names
from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.evaluation.errors import EvaluationError


class LabelFiles:
    """A folder of label images."""

    def __init__(self, folder: Path, stamps_ns: Sequence[int], tolerance_s: float) -> None:
        """Match the files to frames.

        Files whose names are all stamps (see `timestamps.stamps_in_names`) belong to the frame of
        that time; others to the frames in the order of the numbers in their names.

        Args:
            folder: Folder of .png files; hidden ones are ignored.
            stamps_ns: Stamps of the frames of the camera.
            tolerance_s: Largest time between a file and its frame.

        Raises:
            EvaluationError: No label images, or neither their names nor their number match.
        """
        self.notes: list[str] = []  # interpretation of the names
        files = list_files(folder, ('.png',), self.notes)
        if not files:
            raise EvaluationError(f'{folder}: no label images (.png) there')
        named = stamps_in_names([file.stem for file in files])
        if named is not None:
            self._stamps = named.stamps_ns
            # Ordered by time, not by name.
            self.notes[:] = [f'{folder.name}: the names of the label images are {named.read_as}']
        elif len(files) == len(stamps_ns):
            self._stamps = np.array(stamps_ns, np.int64)
        else:
            raise EvaluationError(
                f'{folder}: {len(files)} label images for {len(stamps_ns)} frames, and their '
                f'names are no stamps ({files[0].name})'
            )
        order = np.argsort(self._stamps, kind='stable')
        self._files, self._stamps = [files[i] for i in order], self._stamps[order]
        self._tolerance_ns = round(tolerance_s * 1e9)

    @property
    def first_ns(self) -> int:
        """Stamp of the first file."""
        return int(self._stamps[0])

    @property
    def last_ns(self) -> int:
        """Stamp of the last file."""
        return int(self._stamps[-1])

    def find(self, stamp_ns: int) -> Path | None:
        """Return the file of a frame, or None."""
        nearest = int(np.abs(self._stamps - stamp_ns).argmin())
        fits = abs(int(self._stamps[nearest]) - stamp_ns) <= self._tolerance_ns
        return self._files[nearest] if fits else None


def read_label_file(path: Path) -> np.ndarray:
    """Return the class ids (H, W) of a label image.

    Raises:
        EvaluationError: It cannot be read, or holds no ids.
    """
    try:
        return label_pixels(path)[0]
    except BagError as error:
        raise EvaluationError(str(error)) from error


def image_stamps_ns(recording: Recording, topic: str) -> Iterator[int]:
    """Return the stamps of an image topic; damaged messages get the time of recording."""
    for record in recording.read([topic]):
        try:
            yield record.stamp_ns
        except BagError:
            yield record.time_ns
