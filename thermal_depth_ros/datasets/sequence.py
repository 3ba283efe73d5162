# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One sequence of a data set as streams of messages, read one by one while they are written."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from thermal_depth_ros.base import contract
from thermal_depth_ros.datasets.errors import DatasetError
from thermal_depth_ros.messages.stamps import span_text

BASE, WORLD = 'base_link', 'world'

# Message of an index and its stamp, or None where there is none. May raise BagError, MessageError
# or DatasetError for a damaged file, which is then left out.
Build = Callable[[int, int], Any]


@dataclasses.dataclass(frozen=True, eq=False)
class Stream:
    """The messages of one topic; `build` reads the files of one of them."""

    topic: str
    type: str
    stamps_ns: np.ndarray  # (N,) int64, not decreasing
    build: Build
    latched: bool = False


@dataclasses.dataclass(frozen=True, eq=False)
class Mount:
    """A static transform; T maps points of the child frame into the parent frame."""

    parent: str
    child: str
    T_parent_child: np.ndarray  # (4, 4)


@dataclasses.dataclass
class SequenceData:
    """Content of one sequence."""

    streams: list[Stream]
    mounts: list[Mount] = dataclasses.field(default_factory=list)
    notes: list[str] = dataclasses.field(default_factory=list)  # assumptions made in reading it
    close: Callable[[], None] = lambda: None  # releases what the streams read

    def check(self, where: str) -> None:
        """Check that there are images, and that everything overlaps them in time.

        Args:
            where: Name of the sequence, for messages.

        Raises:
            DatasetError: There are none, or a stream lies at other times.
        """
        images = [s for s in self.streams if is_camera_image(s) and len(s.stamps_ns)]
        if not images:
            raise DatasetError(f'{where}: it has no images')
        first = min(int(s.stamps_ns[0]) for s in images)
        last = max(int(s.stamps_ns[-1]) for s in images)
        for stream in self.streams:
            if stream.latched or not len(stream.stamps_ns):
                continue
            start, end = int(stream.stamps_ns[0]), int(stream.stamps_ns[-1])
            if end < first or start > last:
                raise DatasetError(
                    f'{where}: no overlap in time: the images span {span_text(first, last)}, '
                    f'{stream.topic} {span_text(start, end)}'
                )


@dataclasses.dataclass(frozen=True)
class Plan:
    """One sequence of a data set: its name, and how it is read."""

    name: str  # relative path of the recording
    read: Callable[[], SequenceData]


def is_camera_image(stream: Stream) -> bool:
    """Whether a stream holds the images of a camera, not ground truth."""
    images = (contract.IMAGE, contract.COMPRESSED_IMAGE)
    return stream.type in images and not stream.topic.startswith('/ground_truth')


def chosen_names(given: Sequence[str], names: Sequence[str], where: object, what: str) -> list[str]:
    """Return the names that a user chose, in that order; all that there are if none is given.

    Raises:
        DatasetError: A name is not among them.
    """
    unknown = [name for name in given if name not in names]
    if unknown:
        raise DatasetError(
            f'{where}: no {what} {", ".join(unknown)}; there are {", ".join(names) or "none"}'
        )
    return list(dict.fromkeys(given or names))
