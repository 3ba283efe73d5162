# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Device and precision of the networks."""

import torch

from thermal_depth_ros.base.settings import SettingsError

INT8 = 'int8'
PRECISIONS = {'fp32': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}


def available_devices() -> list[str]:
    """Return the valid values of `device` on this machine, except auto."""
    return ['cpu', *(f'cuda:{index}' for index in range(torch.cuda.device_count()))]


def select_device(name: str) -> torch.device:
    """Return the device of a setting: auto, cpu, cuda or cuda:N.

    Raises:
        SettingsError: The device is not available; the message lists the available ones.
    """
    devices = available_devices()
    if name == 'auto':
        name = 'cuda' if len(devices) > 1 else 'cpu'
    wanted = 'cuda:0' if name == 'cuda' else name
    if wanted not in devices:
        raise SettingsError(
            f'device: {name!r} is not available; valid are auto, {", ".join(devices)}'
        )
    return torch.device(wanted)


def select_precision(name: str, device: torch.device) -> str:
    """Return fp32, bf16 or fp16 for a setting, resolving auto for the device.

    Raises:
        SettingsError: The device does not support it.
    """
    if name == 'auto':
        return 'fp16' if device.type == 'cuda' else 'fp32'
    if name == INT8:
        if device.type != 'cpu':
            raise SettingsError(f'precision: int8 is for the CPU, not for {device}')
        return 'fp32'  # of what PyTorch runs, which has no files in int8
    if name not in PRECISIONS:
        known = ', '.join((*PRECISIONS, INT8))
        raise SettingsError(f'precision: {name!r} is not one of auto, {known}')
    if name == 'fp16' and device.type == 'cpu':
        raise SettingsError('precision: fp16 needs a CUDA device; the CPU supports fp32 and bf16')
    return name


def use_threads(count: int) -> None:
    """Set the number of CPU threads of this process; 0 leaves the choice to PyTorch."""
    if count:
        torch.set_num_threads(count)


def cpu_threads() -> int:
    """Return the number of CPU threads that networks of this process use."""
    return torch.get_num_threads()
