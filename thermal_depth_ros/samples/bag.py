# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""A recording that is opened only if the cache lacks the requested data."""

from pathlib import Path

from thermal_depth_ros.bags.recording import Recording
from thermal_depth_ros.samples.fingerprint import fingerprint


class Bag:
    """A path, the digest of its content, and the recording itself.

    Opening a recording may require decompressing all of it, or scanning for its messages.

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
        """Return the recording, opening it if necessary.

        Raises:
            BagError: It cannot be read.
        """
        if self._recording is None:
            self._recording = Recording(self.path)
        return self._recording
