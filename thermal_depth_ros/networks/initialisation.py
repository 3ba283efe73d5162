# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Weights drawn from a seed: quick, and the same on every machine and library version.

Every tensor has its own stream, keyed by the seed and its name, so that adding a module leaves
the others as they were. Values are uniform with zero mean and these deviations:

- vision transformer, matrices, tokens and position embedding: 0.02;
- light enhancement: 0.02, so that the light map starts small;
- DPT head: sqrt(1 / fan-in), because its residual sums add up: disparity starts mid-range;
- last convolution of an adapter: 0, so that it changes nothing;
- all other convolutions and matrices: sqrt(2 / fan-in) (He), which keeps the size of activations
  through ReLU layers;
- normalisation weight at the end of each residual branch of a ResNet, torchvision's or timm's: 0.2,
  so that eight blocks do not blow the features up while the running statistics are still 0 and 1;
- LayerScale factors and other normalisation weights 1, biases 0, running mean 0, variance 1.

Translation networks are the exception: all their weights are normal with deviation 0.02.
"""

import dataclasses
import math
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import nn

MAX_PARAMETERS = 600_000_000  # of random networks: 2.4 GB; ViT-L with its head has 340 million
_SMALL = 0.02
_BRANCH_END = 0.2
_WORKERS = 4


@dataclasses.dataclass(frozen=True)
class _Job:
    tensor: torch.Tensor
    key: str
    mean: float
    deviation: float
    normal: bool


def materialise(network: nn.Module, seed: int, prefix: str) -> None:
    """Allocate a network built on the meta device and initialise it from a seed.

    Args:
        network: Any network of this package, changed in place.
        seed: Non-negative number.
        prefix: Name of the network, part of the key of every stream.

    Raises:
        ValueError: The network has more parameters than one would draw from a seed.
    """
    check_drawable({prefix: network})
    network.to_empty(device='cpu')
    with ThreadPoolExecutor(_WORKERS) as pool:
        list(pool.map(lambda job: _fill(job, seed), _jobs(network, prefix)))
    reset_buffers(network)


def check_drawable(networks: Mapping[str, nn.Module]) -> None:
    """Check that networks are not too large to be initialised from a seed.

    Raises:
        ValueError: All of them together have more than MAX_PARAMETERS parameters.
    """
    total = sum(p.numel() for network in networks.values() for p in network.parameters())
    if total > MAX_PARAMETERS:
        names = ', '.join(networks)
        raise ValueError(
            f'{names}: {total} parameters are more than {MAX_PARAMETERS}, too many for random ones'
        )


def reset_buffers(network: nn.Module) -> None:
    """Recompute what is neither trained nor saved, such as the periods of rotary positions."""
    for module in network.modules():
        recompute = getattr(module, 'init_non_persistent_buffers', None)
        if callable(recompute):
            recompute()


def _jobs(network: nn.Module, prefix: str) -> Iterator[_Job]:
    """Yield every saved tensor with its initial mean, standard deviation and key."""
    ends = _branch_ends(network)
    for path, module in network.named_modules():
        for name, tensor in (
            *module.named_parameters(recurse=False),
            *module.named_buffers(recurse=False),
        ):
            key = '.'.join(part for part in (prefix, path, name) if part)
            normal = key.startswith('translation.')
            yield _Job(
                tensor, key, *_mean_and_deviation(module, name, tensor, key, module in ends), normal
            )


def _branch_ends(network: nn.Module) -> set[nn.Module]:
    """Return the last normalisation of every residual block of a ResNet."""
    blocks = [m for m in network.modules() if hasattr(m, 'bn2') and hasattr(m, 'downsample')]
    ends: list[Any] = [getattr(block, 'bn3', None) or block.bn2 for block in blocks]
    return set(ends)


def _mean_and_deviation(
    module: nn.Module, name: str, tensor: torch.Tensor, key: str, ends_branch: bool
) -> tuple[float, float]:
    if name == 'running_var' or 'gamma' in name:
        return 1.0, 0.0
    if name == 'weight' and tensor.ndim == 1:
        return (_BRANCH_END if ends_branch else 1.0), 0.0
    if tensor.ndim < 2 or name == 'mask_token' or ('.adapters.' in key and '.up.' in key):
        return 0.0, 0.0
    if '.vit.' in key or '.light.' in key or key.startswith('translation.'):
        return 0.0, _SMALL
    gain = 1.0 if '.head.' in key else 2.0
    return 0.0, math.sqrt(gain / _fan_in(module, tensor))


def _fan_in(module: nn.Module, weight: torch.Tensor) -> float:
    """Return the number of inputs that one output sums over."""
    if isinstance(module, nn.ConvTranspose2d):
        return weight[:, 0].numel() / math.prod(module.stride)
    return weight[0].numel()


@torch.no_grad()  # a worker thread does not inherit it
def _fill(job: _Job, seed: int) -> None:
    """Fill one tensor; 16 random bits per value are plenty for a start value."""
    tensor = job.tensor
    if job.deviation == 0.0:
        tensor.fill_(job.mean)
        return
    # The raw stream of a bit generator is frozen by NumPy, unlike its distributions.
    stream = np.random.SFC64([seed, zlib.crc32(job.key.encode())])
    words = stream.random_raw(-(-tensor.numel() // 4)).astype('<u8', copy=False)
    steps = torch.from_numpy(words.view('<i2')[: tensor.numel()])
    tensor.view(-1).copy_(steps)
    tensor.add_(0.5).div_(32768.0)
    if job.normal:
        tensor.erfinv_().mul_(job.deviation * math.sqrt(2.0))  # up to 4.3 deviations
    else:
        tensor.mul_(job.deviation * math.sqrt(3.0))
