# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Arrays in a dictionary that numpy has pickled: nothing but numbers is unpickled.

A pickle can call any function of Python. Here it may name only what the pickle of an array names.
"""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np

from thermal_depth_ros.datasets.errors import DatasetError, missing

_MAX_BYTES = 4 << 20
_ALLOWED = {
    *((f'numpy.{core}.multiarray', name) for core in ('core', '_core') for name in
      ('_reconstruct', 'scalar')),
    ('numpy', 'ndarray'),
    ('numpy', 'dtype'),
    ('_codecs', 'encode'),
}  # fmt: skip


class _Arrays(pickle.Unpickler):
    """Refuses everything that no array consists of."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f'it names {module}.{name}, which is no part of an array')
        return super().find_class(module, name)


def read_arrays(path: Path, expected: str) -> dict[str, np.ndarray]:
    """Return the arrays of a .npy file that holds a dictionary of them.

    Args:
        path: Path of the file.
        expected: What the layout has there, for messages.

    Raises:
        DatasetError: It is missing, or holds anything else.
    """
    if not path.is_file():
        raise missing(path, expected)
    if path.stat().st_size > _MAX_BYTES:
        raise DatasetError(f'{path}: larger than {_MAX_BYTES} bytes')
    file = io.BytesIO(path.read_bytes())
    try:
        version = np.lib.format.read_magic(file)
        read_header = np.lib.format.read_array_header_1_0
        if version != (1, 0):
            read_header = np.lib.format.read_array_header_2_0
        shape, _, dtype = read_header(file)
        if shape != () or not dtype.hasobject:
            raise ValueError(f'an array {shape} of {dtype}, not a dictionary')
        content = _Arrays(file).load()
        values = content.item() if isinstance(content, np.ndarray) else content
        if not isinstance(values, dict):
            raise ValueError(f'a {type(values).__name__}, not a dictionary')
        return {str(key): np.asarray(value, np.float64) for key, value in values.items()}
    except (pickle.UnpicklingError, ValueError, TypeError, EOFError, AttributeError) as error:
        raise DatasetError(f'{path}: no dictionary of arrays: {error}') from error
    except (ImportError, IndexError, KeyError, MemoryError, OverflowError) as error:
        raise DatasetError(f'{path}: damaged: {error!r}') from error
