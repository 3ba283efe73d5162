# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Frames that two evaluations have in common."""

import dataclasses
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from thermal_depth_ros.evaluation.paired.frame_files import Drive, FrameTable


@dataclasses.dataclass(frozen=True, eq=False)
class PairedFrames:
    """Rows of the same frames in two tables.

    Attributes:
        first: Table of the first evaluation, common frames only.
        second: That of the second, with the same frames in the same order.
        only_first: Number of frames that only the first has.
        only_second: Number of frames that only the second has.
    """

    first: FrameTable
    second: FrameTable
    only_first: int
    only_second: int

    @property
    def recording_index(self) -> np.ndarray:
        """Index of the recording of each frame (N,); its cameras are one drive."""
        recordings = list(dict.fromkeys(recording for recording, _ in self.first.drives))
        places = [recordings.index(recording) for recording, _ in self.first.drives]
        return np.array(places, np.int64)[self.first.drive]


def pair_frames(first: FrameTable, second: FrameTable) -> PairedFrames:
    """Pair frames by recording, camera and stamp.

    Recordings are the same if their paths are; those that are left, if their names are and no
    other of them has that name: an evaluation on another machine, or after the data was moved.
    """
    same = _same_drives(first.drives, second.drives)
    keys = [
        (same[table is second].get(table.drives[drive]), int(stamp_ns))
        for table in (first, second)
        for drive, stamp_ns in zip(table.drive, table.stamps_ns, strict=True)
    ]
    first_keys, second_keys = keys[: len(first.drive)], keys[len(first.drive) :]
    rows = {key: row for row, key in enumerate(second_keys) if key[0] is not None}
    pairs = [(row, rows[key]) for row, key in enumerate(first_keys) if key in rows]
    chosen = np.array(pairs, np.int64).reshape(-1, 2)
    return PairedFrames(
        _rows(first, chosen[:, 0]),
        _rows(second, chosen[:, 1]),
        len(first.drive) - len(chosen),
        len(second.drive) - len(chosen),
    )


def groups_of(recordings: Sequence[str]) -> dict[str, str]:
    """Return the group of each recording: its folder below the common one.

    `drives/day/a`, `drives/night/b` and `drives/night/wet/c` are of the groups day, night and
    night; recordings that lie in one folder are of no group, ''.
    """
    parents = {recording: PurePath(recording).parent.parts for recording in recordings}
    common = 0
    for parts in zip(*parents.values(), strict=False):
        if len(set(parts)) > 1:
            break
        common += 1
    return {recording: ''.join(parts[common:][:1]) for recording, parts in parents.items()}


def _same_drives(
    first: Sequence[Drive], second: Sequence[Drive]
) -> tuple[dict[Drive, Drive], dict[Drive, Drive]]:
    """Return, for either, the name under which both know a drive."""
    same = {drive: drive for drive in first if drive in second}
    left = [[drive for drive in side if drive not in same] for side in (first, second)]
    named: list[dict[Drive, Drive]] = []
    for side in left:
        names = [(PurePath(recording).name, camera) for recording, camera in side]
        counts = Counter(names)
        named.append({n: d for n, d in zip(names, side, strict=True) if counts[n] == 1})
    renamed = {named[1][name]: named[0][name] for name in named[0] if name in named[1]}
    kept = {drive: drive for drive in renamed.values()}
    return {**same, **kept}, {**same, **renamed}


def _rows(table: FrameTable, chosen: np.ndarray) -> FrameTable:
    """Return a table of some rows."""
    return dataclasses.replace(
        table,
        drive=table.drive[chosen],
        stamps_ns=table.stamps_ns[chosen],
        values=table.values[chosen],
    )
