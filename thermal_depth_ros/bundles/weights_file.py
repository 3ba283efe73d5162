# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""The `.safetensors` file of a bundle, checked before memory is allocated."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from thermal_depth_ros.bundles.errors import BundleError
from thermal_depth_ros.bundles.sections import StoredModel, StoredWeights
from thermal_depth_ros.networks.weights import mismatches

TORCH_DTYPES = {'fp32': torch.float32, 'fp16': torch.float16, 'bf16': torch.bfloat16}
_HEADER_DTYPES = {'fp32': 'F32', 'fp16': 'F16', 'bf16': 'BF16'}
_CHUNK = 1 << 20
Networks = Mapping[str, nn.Module]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    digest = hashlib.sha256()
    with path.open('rb') as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def check_header(path: Path, dtype: str, blueprint: Networks) -> None:
    """Compare the header of a file with its size and with the networks it is for.

    Args:
        path: The file.
        dtype: 'fp32', 'fp16' or 'bf16', as the spec says.
        blueprint: Networks on any device, also meta.

    Raises:
        BundleError: Missing, truncated, not safetensors, other names, shapes or types.
    """
    if not path.is_file():
        raise BundleError(path, ['no such file'])
    wanted = {
        f'{name}.{key}': tensor
        for name, network in blueprint.items()
        for key, tensor in network.state_dict().items()
    }
    try:
        with safe_open(path, framework='pt') as file:
            slices = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118 - no mapping
            shapes = {key: tuple(entry.get_shape()) for key, entry in slices.items()}
            dtypes = {key: entry.get_dtype() for key, entry in slices.items()}
    except (SafetensorError, OSError) as error:
        raise BundleError(path, [f'truncated or not a safetensors file: {error}']) from error
    problems = mismatches(shapes, {key: tuple(tensor.shape) for key, tensor in wanted.items()})
    for key in dtypes.keys() & wanted.keys():
        expected = _HEADER_DTYPES[dtype] if wanted[key].is_floating_point() else 'I64'
        if dtypes[key] != expected:
            problems.append(f'{key} is stored as {dtypes[key]} instead of {expected}')
    if problems:
        raise BundleError(path, problems)


def check_digest(path: Path, weights: StoredWeights | StoredModel) -> None:
    """Compare the content of a file with the digest in the spec.

    Raises:
        BundleError: They differ.
    """
    digest = sha256_of(path)
    if digest != weights.sha256:
        raise BundleError(path, [f'sha256 is {digest}, weights.sha256 says {weights.sha256}'])


def read_into(path: Path, networks: Networks) -> None:
    """Copy a checked file into networks that have memory, converting to their type."""
    with safe_open(path, framework='pt') as file:
        stored = set(file.keys())
        for name, network in networks.items():
            keys = [key for key in network.state_dict() if f'{name}.{key}' in stored]
            state = {key: file.get_tensor(f'{name}.{key}') for key in keys}
            network.load_state_dict(state, strict=False)


def write(path: Path, networks: Networks, dtype: str) -> None:
    """Write the networks' tensors in a storage type.

    Raises:
        BundleError: A value is not finite, or not in that type.
        OSError: The file cannot be written.
    """
    tensors = {}
    bad = []
    for name, network in networks.items():
        for key, tensor in network.state_dict().items():
            stored = tensor.detach().cpu()
            if stored.is_floating_point():
                stored = stored.to(TORCH_DTYPES[dtype])
                if not stored.isfinite().all():
                    bad.append(f'{name}.{key} has values that {dtype} cannot hold')
            tensors[f'{name}.{key}'] = stored.contiguous().clone()
    if bad:
        raise BundleError(path, bad)
    try:
        save_file(tensors, path, metadata={'format': 'pt'})
    except SafetensorError as error:  # its message names no reason, not even for a full disk
        raise OSError(f'{path.name}: {error}') from error
