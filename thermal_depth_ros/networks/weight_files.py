# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Read the tensors of third-party weight files, without running code that they contain.

Pickled files are read with `weights_only=True`. A folder is one of `transformers`: `config.json`
and one or several files of tensors; a model that brings its own code is refused.
"""

import contextlib
import json
import pickle
import re
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from thermal_depth_ros.base.errors import ThermalDepthError
from thermal_depth_ros.networks import naming

CONFIG_FILE = 'config.json'
_WHOLE = ('model.safetensors', 'pytorch_model.bin')  # in order of preference
_INDEX = 'model.safetensors.index.json'
_SHARD = re.compile(r'[\w.-]+\.safetensors')  # no path
_MAX_JSON_BYTES = 1 << 22
_WRAPPERS = ('state_dict', 'model', 'teacher')
_PICKLE, _ZIP = b'\x80', b'PK'  # how files of torch.save begin
_SHOWN = 40  # bytes of a file that is none
# What the restricted unpickler of PyTorch makes of bytes that are no pickle of tensors.
_UNREADABLE = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    RuntimeError,
    EOFError,
    OSError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
)


class WeightsError(ThermalDepthError, ValueError):
    """A weight file cannot be read, or does not fit the network; the message names everything."""


def read_state(path: Path) -> dict[str, torch.Tensor]:
    """Read the tensors of a `.safetensors`, `.pth`, `.pt` or `.bin` file or of a folder.

    Wrappers ('state_dict', 'model', 'teacher') and the prefix 'module.' are taken off; entries
    that are no tensors are left out.

    Raises:
        WeightsError: Missing, damaged, or not a file of tensors; see `read_config` for folders.
    """
    path = Path(path)
    if path.is_dir():
        read_config(path)
        return _read_folder(path)
    if not path.is_file():
        raise WeightsError(f'{path}: no such file')
    try:
        content = _read(path)
    except WeightsError:
        raise
    except _UNREADABLE as error:
        raise WeightsError(f'{path}: not a readable weight file: {_reason(path, error)}') from error
    for wrapper in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    if not isinstance(content, Mapping):
        raise WeightsError(f'{path}: holds a {type(content).__name__}, not named tensors')
    state = {str(k): v for k, v in content.items() if isinstance(v, torch.Tensor)}
    if not state:
        raise WeightsError(f'{path}: holds no tensors')
    return naming.renamed(state, [(r'module\.', '')])


def _read(path: Path) -> object:
    if path.suffix == '.safetensors':
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return load_file(path)
        except SafetensorError as error:
            reason = _kind_of_text(path) or error
            raise WeightsError(f'{path}: not a safetensors file: {reason}') from error
    with warnings.catch_warnings():
        # A word on the protocol of a pickle, which is read or refused all the same.
        warnings.simplefilter('ignore', UserWarning)
        return torch.load(path, map_location='cpu', weights_only=True)


def _reason(path: Path, error: Exception) -> str:
    """Say in one line why a file could not be read."""
    with contextlib.suppress(OSError), path.open('rb') as file:
        start = file.read(len(_ZIP))
        if not start.startswith((_PICKLE, _ZIP)):
            return _kind_of_text(path) or 'neither a ZIP archive nor a pickle, as PyTorch writes'
    if isinstance(error, (pickle.UnpicklingError, LookupError)):
        return 'damaged, or more than named tensors, which are all that is loaded'
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _kind_of_text(path: Path) -> str:
    """Describe an empty or a text file, such as a pointer of Git LFS; '' for others."""
    with path.open('rb') as file:
        start = file.read(_SHOWN)
    if not start:
        return 'it is empty'
    text = ' '.join(start.decode('latin-1').split())
    return f'it is a text, {text!r} ...' if start.isascii() and text.isprintable() else ''


def read_config(folder: Path) -> dict[str, Any]:
    """Read the `config.json` of a folder of `transformers`.

    Raises:
        WeightsError: Missing, unreadable, or of a model that brings its own code.
    """
    path = Path(folder) / CONFIG_FILE
    if not path.is_file():
        raise WeightsError(f'{path}: no such file, so that the folder is not one of transformers')
    config = _read_json(path)
    sections = [config, *(value for value in config.values() if isinstance(value, Mapping))]
    if any('auto_map' in section for section in sections):
        raise WeightsError(f'{path}: auto_map: the model brings its own code, which is never run')
    return config


def _read_json(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _MAX_JSON_BYTES:
        raise WeightsError(f'{path}: larger than {_MAX_JSON_BYTES} bytes')
    try:
        content = json.loads(path.read_text('utf-8'))
    except (ValueError, RecursionError) as error:
        raise WeightsError(f'{path}: not JSON: {error}') from error
    if not isinstance(content, dict):
        raise WeightsError(f'{path}: holds a {type(content).__name__}, not fields')
    return content


def _read_folder(folder: Path) -> dict[str, torch.Tensor]:
    for name in _WHOLE:
        if (folder / name).is_file():
            return read_state(folder / name)
    if not (folder / _INDEX).is_file():
        raise WeightsError(f'{folder}: none of {", ".join((*_WHOLE, _INDEX))} is there')
    shards = _read_json(folder / _INDEX).get('weight_map')
    names = set(shards.values()) if isinstance(shards, dict) else set()
    state: dict[str, torch.Tensor] = {}
    for name in sorted(names, key=str):
        if not isinstance(name, str) or not _SHARD.fullmatch(name):
            raise WeightsError(f'{folder / _INDEX}: weight_map: {name!r} is not a file name')
        state |= read_state(folder / name)
    if not state:
        raise WeightsError(f'{folder / _INDEX}: weight_map: names no files')
    return state
