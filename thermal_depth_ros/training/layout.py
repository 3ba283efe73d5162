# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""How tensors lie in memory: nothing but speed depends on it, up to rounding."""

import ctypes
import sys

import torch
from torch import nn

from thermal_depth_ros.networks.pose_resnet import PoseResNet
from thermal_depth_ros.networks.thermal_depth import ThermalDepthNet

# Of mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_MOST = 2**31 - 1
_NARROW = 32  # channels


def arrange(depth: ThermalDepthNet, pose: PoseResNet, device: torch.device) -> None:
    """Lay networks out as a device trains them soonest, in place.

    Channels last is what GPUs multiply with, and what the narrow convolutions, normalisation and
    pooling of a ResNet take least time with everywhere. But on CPUs without AVX-512 the gradient
    of a convolution's weights over a large map takes up to five times as long in it. There the
    maps of the head come with channels first, also where a transformer hands them over otherwise.
    """
    lay_channels_last(pose)
    lay_channels_last(depth.backbone)
    on_cpu = device.type == 'cpu'
    depth.head.layout = torch.contiguous_format if on_cpu else torch.channels_last
    depth.head.to(memory_format=depth.head.layout)


def arrange_rgb(networks: nn.Module, widest: int, device: torch.device) -> None:
    """Lay the networks of RGB out likewise, in place.

    On CPUs without AVX-512 a step with 32 channels takes a twentieth less time with channels last
    (160x96), but one with 64 up to two fifths more (576x320).

    Args:
        networks: One module with all of them.
        widest: Channels of the encoder's first stage or of the light network at full size,
            whichever are more.
        device: Device of the networks.
    """
    if device.type != 'cpu' or widest <= _NARROW:
        lay_channels_last(networks)


def lay_channels_last(network: nn.Module) -> None:
    """Lay the weights of convolutions out with channels last, in place; maps follow them."""
    network.to(memory_format=torch.channels_last)


def lay_out_state(optimiser: torch.optim.Optimizer) -> None:
    """Give what an optimiser remembers of each parameter the layout of the parameter.

    A saved state has that of the device it comes from, and a fused step goes through all of them
    by address.
    """
    for parameter, state in optimiser.state.items():
        for name, value in state.items():
            if torch.is_tensor(value) and value.shape == parameter.shape:
                state[name] = torch.empty_like(parameter).copy_(value)


def keep_freed_memory() -> None:
    """Let this process keep the memory that it frees.

    A step on a CPU asks for the same hundreds of megabytes over and over. By default the C library
    hands large blocks back at once, and the system maps and clears new pages for every one: a
    fifth of the time of a step. The process does not grow beyond what a step needs.
    """
    if sys.platform == 'linux':
        library = ctypes.CDLL(None)
        if hasattr(library, 'mallopt'):  # of glibc; others keep their own counsel
            library.mallopt(_M_MMAP_THRESHOLD, _MOST)
            library.mallopt(_M_TRIM_THRESHOLD, _MOST)
