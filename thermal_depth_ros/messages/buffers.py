# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Memory for the data of large messages."""

import array
import threading
from sys import getrefcount
from typing import Any

import numpy as np

from thermal_depth_ros.messages.errors import MessageError

POOL_BYTES = 128 * 1024 * 1024

# How many references this interpreter counts for an object that only a list holds.
_only_listed = [array.array('B')]
_IDLE_REFERENCES = getrefcount(_only_listed[0])


def octets_view(field: str, data: Any) -> np.ndarray:
    """Return the bytes of a `uint8[]` field as an array (N,) uint8 of the same memory.

    Raises:
        MessageError: The field does not hold bytes.
    """
    try:
        view = memoryview(data).cast('B') if len(data) else b''
        return np.frombuffer(view, np.uint8)
    except TypeError as error:
        raise MessageError(field, type(data).__name__, f'not an array of bytes ({error})') from None


class OctetPool:
    """Pool of buffers that are reused once nothing refers to them.

    A fresh buffer of some MB costs more in page faults than it takes to fill it. A node makes
    messages of the same few sizes at every frame and forgets them once they are published, so
    that their memory can serve the next frame. Whether a buffer is still in use is read from its
    reference count: messages, views and slices all count.
    """

    def __init__(self, limit_bytes: int = POOL_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._kept: list[array.array[int]] = []  # least recently used first
        self._lock = threading.Lock()

    def take(self, n_bytes: int) -> 'array.array[int]':
        """Return a buffer of exactly this size with arbitrary content."""
        with self._lock:
            kept = self._kept
            # The latest first: it is still in the caches.
            for index in range(len(kept) - 1, -1, -1):
                # Subscripts, not a variable: a variable would count as one more use.
                if len(kept[index]) == n_bytes and getrefcount(kept[index]) <= _IDLE_REFERENCES:
                    buffer = kept.pop(index)
                    kept.append(buffer)
                    return buffer
            buffer = array.array('B', [0]) * n_bytes
            if n_bytes <= self._limit_bytes:
                kept.append(buffer)
                self._forget_oldest()
            return buffer

    @property
    def kept_bytes(self) -> int:
        """Total size of all buffers of the pool, in use or not."""
        return sum(map(len, self._kept))

    def _forget_oldest(self) -> None:
        while self.kept_bytes > self._limit_bytes:
            del self._kept[0]
