# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Files of a folder, one for each frame, matched by the times in their names or by their order."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from thermal_depth_ros.bags.timestamps import stamps_in_names
from thermal_depth_ros.base.listing import list_files
from thermal_depth_ros.evaluation.errors import EvaluationError


class StampedFiles:
    """Files that belong to frames.

    Files whose names are all stamps (see `timestamps.stamps_in_names`) belong to the frame of that
    time; others to the frames in the order of the numbers in their names.

    Attributes:
        folder: The folder.
        notes: Interpretation of the names.
    """

    def __init__(
        self,
        folder: Path,
        suffixes: Collection[str],
        stamps_ns: Sequence[int],
        tolerance_s: float,
        what: str,
    ) -> None:
        """Match the files to frames.

        Args:
            folder: Folder of the files; hidden ones are ignored.
            suffixes: Suffixes of the files, such as '.png'.
            stamps_ns: Stamps of the frames of the camera.
            tolerance_s: Largest time between a file and its frame.
            what: What the files are, in words.

        Raises:
            EvaluationError: There are none, or neither their names nor their number match.
        """
        self.folder = folder
        self.notes: list[str] = []
        files = list_files(folder, suffixes, self.notes)
        if not files:
            raise EvaluationError(f'{folder}: no {what} ({", ".join(suffixes)})')
        named = stamps_in_names([file.stem for file in files])
        if named is not None:
            stamps = named.stamps_ns
            # Ordered by time, not by name.
            self.notes[:] = [f'{folder.name}: the names of the {what} are {named.read_as}']
        elif len(files) == len(stamps_ns):
            stamps = np.array(stamps_ns, np.int64)
        else:
            raise EvaluationError(
                f'{folder}: {len(files)} {what} for {len(stamps_ns)} frames, and their '
                f'names are no stamps ({files[0].name})'
            )
        order = np.argsort(stamps, kind='stable')
        self._files, self._stamps = [files[i] for i in order], stamps[order]
        self._tolerance_ns = round(tolerance_s * 1e9)

    @property
    def span_ns(self) -> tuple[int, int]:
        """First and last stamp."""
        return int(self._stamps[0]), int(self._stamps[-1])

    def find(self, stamp_ns: int) -> Path | None:
        """Return the file of a frame, or None."""
        behind = int(np.searchsorted(self._stamps, stamp_ns))
        near = [place for place in (behind - 1, behind) if 0 <= place < len(self._stamps)]
        nearest = min(near, key=lambda place: abs(int(self._stamps[place]) - stamp_ns))
        fits = abs(int(self._stamps[nearest]) - stamp_ns) <= self._tolerance_ns
        return self._files[nearest] if fits else None
