# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""True classes: label images in a folder, and maps of class ids to those of a bundle."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.errors import BagError
from thermal_depth_ros.bags.picture_files import label_pixels
from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.base.wire_text import bounded
from thermal_depth_ros.base.yaml_text import YamlError, read_yaml
from thermal_depth_ros.evaluation.errors import EvaluationError
from thermal_depth_ros.evaluation.truth.stamped_files import StampedFiles
from thermal_depth_ros.metrics.segmentation import IGNORED

_MAX_ID = 65535


@dataclasses.dataclass(frozen=True, eq=False)
class LabelMap:
    """Maps true ids to indices of `names`; they are identical if `table` is None."""

    names: tuple[str, ...]
    table: np.ndarray | None = None  # (65536,) uint8

    def apply(self, labels: np.ndarray, where: str) -> np.ndarray:
        """Return the class ids (H, W) uint8 of a true label image (H, W) of integers.

        Args:
            labels: Ids of the ground truth.
            where: Topic or file, for error messages.

        Raises:
            EvaluationError: An id is outside 0..65535 or, without a map, none of the classes.
        """
        if labels.size and not 0 <= int(labels.min()) <= int(labels.max()) <= _MAX_ID:
            raise EvaluationError(f'{where}: class ids outside 0 to {_MAX_ID}')
        if self.table is not None:
            return self.table[labels]
        known = np.where(labels == _MAX_ID, IGNORED, labels)
        strange = np.unique(known[(known >= len(self.names)) & (known != IGNORED)])
        if strange.size:
            ids = ', '.join(map(str, strange[:8].tolist()))
            raise EvaluationError(
                f'{where}: class ids {ids} are not among the {len(self.names)} classes of the '
                'bundle; --label-map says which class each id is'
            )
        return known.astype(np.uint8)


def read_label_map(path: Path, names: Sequence[str]) -> LabelMap:
    """Read a YAML file of `id: class name`; ids without an entry, or with null, are ignored.

    Raises:
        EvaluationError: The file cannot be read, is malformed, or names classes that the bundle
            does not have; all problems are named.
    """
    try:
        content = read_yaml(path)
    except YamlError as error:
        raise EvaluationError(f'{path}: {error}') from error
    if not isinstance(content, Mapping) or not content:
        raise EvaluationError(f'{path}: not a list of `id: class name`')
    table = np.full(_MAX_ID + 1, IGNORED, np.uint8)
    problems = []
    for key, name in content.items():
        if isinstance(key, bool) or not isinstance(key, int) or not 0 <= key <= _MAX_ID:
            problems.append(f'{key!r} is not a class id')
        elif name is not None and name not in names:
            problems.append(f'{key}: {name!r} is not a class of the bundle')
        elif name is not None:
            table[key] = names.index(name)
    if problems:
        wrong = '; '.join(bounded(problems))
        raise EvaluationError(f'{path}: {wrong}; its classes are: {", ".join(names)}')
    return LabelMap(tuple(names), table)


class LabelFiles:
    """Ground truth from a folder of label images. An unreadable file ends the evaluation."""

    problem = ''
    unreadable = False

    def __init__(
        self, folder: Path, stamps_ns: Sequence[int], tolerance_s: float, label_map: LabelMap
    ) -> None:
        """Match the files to frames; see `StampedFiles`.

        Args:
            folder: Folder of .png files; hidden ones are ignored.
            stamps_ns: Stamps of the frames of the camera.
            tolerance_s: Largest time between a file and its frame.
            label_map: Map from the ids in the files to classes.

        Raises:
            EvaluationError: No label images, or neither their names nor their number match.
        """
        self.name = self.where = str(folder)
        self._map = label_map
        self._files = StampedFiles(folder, ('.png',), stamps_ns, tolerance_s, 'label images')
        self.notes = self._files.notes

    @property
    def span_ns(self) -> tuple[int, int]:
        """First and last stamp."""
        return self._files.span_ns

    def has(self, stamp_ns: int) -> bool:
        """Whether there is ground truth for a frame."""
        return self.find(stamp_ns) is not None

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Return the class ids of a frame.

        Raises:
            EvaluationError: The file cannot be read, or holds unknown ids.
        """
        path = self.find(stamp_ns)
        if path is None:
            return None
        self.where = str(path)
        return self._map.apply(read_label_file(path).astype(np.int64), self.where)

    def find(self, stamp_ns: int) -> Path | None:
        """Return the file of a frame, or None."""
        return self._files.find(stamp_ns)


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
