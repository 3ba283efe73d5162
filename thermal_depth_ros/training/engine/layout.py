# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Memory layout of tensors, which affects only speed, up to rounding."""

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
    """Set the memory layout with which a device trains networks fastest, in place.

    Channels last suits GPUs, and is fastest everywhere for the narrow convolutions, normalisation
    and pooling of a ResNet. But on CPUs without AVX-512 the weight gradient of a convolution over a
    large map takes up to five times as long. There the maps of the head have channels first, even
    if a transformer outputs them otherwise.
    """
    lay_channels_last(pose)
    lay_channels_last(depth.backbone)
    on_cpu = device.type == 'cpu'
    depth.head.layout = torch.contiguous_format if on_cpu else torch.channels_last
    depth.head.to(memory_format=depth.head.layout)


def arrange_rgb(networks: nn.Module, widest: int, device: torch.device) -> None:
    """Set the memory layout of the RGB networks, in place.

    On CPUs without AVX-512, channels last makes a step with 32 channels 5 % faster (160x96), but
    one with 64 channels up to 40 % slower (576x320).

    Args:
        networks: One module with all of them.
        widest: Channels of the encoder's first stage or of the light network at full size,
            whichever is larger.
        device: Device of the networks.
    """
    if device.type != 'cpu' or widest <= _NARROW:
        lay_channels_last(networks)


def lay_channels_last(network: nn.Module) -> None:
    """Set the convolution weights to channels last, in place; maps follow them."""
    network.to(memory_format=torch.channels_last)


def lay_out_state(optimiser: torch.optim.Optimizer) -> None:
    """Give the optimiser state of each parameter the memory layout of the parameter.

    A saved state has the layout of the device it comes from, and a fused step requires equal
    layouts.
    """
    for parameter, state in optimiser.state.items():
        for name, value in state.items():
            if torch.is_tensor(value) and value.shape == parameter.shape:
                state[name] = torch.empty_like(parameter).copy_(value)


def keep_freed_memory() -> None:
    """Keep freed memory in this process.

    A step on a CPU allocates the same hundreds of megabytes every time. By default the C library
    returns large blocks to the system at once, which then maps and clears new pages: 20 % of the
    time of a step. The process does not grow beyond the needs of a step.
    """
    if sys.platform == 'linux':
        library = ctypes.CDLL(None)
        if hasattr(library, 'mallopt'):  # glibc only
            library.mallopt(_M_MMAP_THRESHOLD, _MOST)
            library.mallopt(_M_TRIM_THRESHOLD, _MOST)
