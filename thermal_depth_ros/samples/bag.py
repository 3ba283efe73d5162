# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A recording that is opened only where the cache does not hold what is wanted of it."""

from pathlib import Path

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.samples.fingerprint import fingerprint


class Bag:
    """A path, what tells its content from others, and the recording behind it.

    Opening a recording may mean to decompress all of it, or to look for its messages.

    Raises:
        BagError: There is no recording at the path.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files = fingerprint(path)
        self._recording: Recording | None = None

    def __enter__(self) -> 'Bag':
        return self

    def __exit__(self, *exception: object) -> None:
        if self._recording is not None:
            self._recording.close()
            self._recording = None

    def recording(self) -> Recording:
        """Return the recording, opened now unless it is open.

        Raises:
            BagError: It cannot be read.
        """
        if self._recording is None:
            self._recording = Recording(self.path)
        return self._recording
