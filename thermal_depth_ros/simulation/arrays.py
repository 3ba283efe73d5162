# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""One set of array functions for the ray caster: numpy on the CPU, torch on other devices.

The caster works window by window on small arrays. There numpy costs a fraction of what torch
does per call, so that it is the faster of the two on a few CPU cores.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from thermal_depth_ros.base.errors import ThermalDepthError

Array = Any  # np.ndarray or torch.Tensor


class DeviceError(ThermalDepthError, ValueError):
    """The device for the ray caster is not there."""


class Arrays:
    """The functions that both libraries have by the same name (`xp`), and moves between them."""

    def __init__(self, device: str = 'cpu', *, use_torch: bool | None = None) -> None:
        self.torch: Any = None
        self.xp: Any = np
        self.device = device
        if use_torch if use_torch is not None else device != 'cpu':
            self._open_torch(device)

    def _open_torch(self, device: str) -> None:
        import torch

        self.torch = self.xp = torch
        try:
            torch.zeros(1, device=device)
        except (RuntimeError, AssertionError) as error:
            reason = str(error).splitlines()[0]
            raise DeviceError(f'device {device!r} cannot be used: {reason}') from error

    def floats(self, values: Any) -> Array:
        """Return values as float32 on the device."""
        array = np.ascontiguousarray(values, np.float32)
        return array if self.torch is None else self.torch.as_tensor(array, device=self.device)

    def integers(self, values: Any) -> Array:
        """Return values as int64 indices on the device."""
        array = np.ascontiguousarray(values, np.int64)
        return array if self.torch is None else self.torch.as_tensor(array, device=self.device)

    def full(self, shape: tuple[int, ...], value: float) -> Array:
        """Return a float32 array of one value."""
        return self.floats(np.full(shape, value, np.float32))

    def chosen(self, mask: Array) -> Array:
        """Return the flat indices of a mask."""
        if self.torch is None:
            return np.flatnonzero(mask)
        return self.torch.nonzero(mask.reshape(-1)).reshape(-1)

    def to_int(self, array: Array) -> Array:
        """Return an array of floats, rounded towards zero, as indices."""
        return array.astype(np.int64) if self.torch is None else array.long()

    def to_float(self, array: Array) -> Array:
        """Return an array of indices or flags as float32."""
        return array.astype(np.float32) if self.torch is None else array.float()

    def numpy(self, array: Array) -> np.ndarray:
        """Return an array in main memory."""
        return array if self.torch is None else array.cpu().numpy()

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """Suppress floating point warnings; the caster handles the results."""
        with np.errstate(all='ignore'):
            if self.torch is None:
                yield
            else:
                with self.torch.inference_mode():
                    yield
