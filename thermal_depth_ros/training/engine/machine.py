# Copyright 2026 The thermal_depth_ros Authors
# SPDX-License-Identifier: Apache-2.0
"""Device, precision and processes of a run, through accelerate."""

import datetime
import os
from typing import TYPE_CHECKING

import torch

from thermal_depth_ros.base.settings import SettingsError
from thermal_depth_ros.inference.device import select_device, use_threads
from thermal_depth_ros.training.engine.config import RunConfig
from thermal_depth_ros.training.engine.layout import keep_freed_memory

if TYPE_CHECKING:
    from accelerate import Accelerator

# Longest wait of one process for another: the main one writes checkpoints and validates.
_PATIENCE = datetime.timedelta(hours=2)


def make_accelerator(run: RunConfig) -> 'Accelerator':
    """Join the processes started by torchrun or accelerate launch; otherwise use a single process.

    Raises:
        SettingsError: The device is not available or does not support the precision, or the
            processes cannot share the batch.
    """
    from accelerate import Accelerator, InitProcessGroupKwargs

    device, processes = check_machine(run), _processes()
    if device.type == 'cuda' and processes == 1:
        torch.cuda.set_device(device)
    use_threads(run.threads)
    if device.type == 'cuda':
        torch.set_float32_matmul_precision('high')  # TF32, unless bf16 is requested
    else:
        keep_freed_memory()
    return Accelerator(
        cpu=device.type == 'cpu',
        mixed_precision=mixed_precision(run.precision, device),
        kwargs_handlers=[InitProcessGroupKwargs(timeout=_PATIENCE)],
    )


def check_machine(run: RunConfig) -> torch.device:
    """Check the requirements of a run on this machine; return the device.

    Raises:
        SettingsError: See `make_accelerator`.
    """
    processes = _processes()
    if run.batch_size % processes:
        raise SettingsError(
            f'batch_size: {run.batch_size} samples cannot be shared evenly by {processes} processes'
        )
    device = select_device(run.device)
    if processes > 1 and device.type == 'cuda':
        _check_devices(run.device)
    mixed_precision(run.precision, device)
    return device


def _processes() -> int:
    return int(os.environ.get('WORLD_SIZE', '1'))


def _check_devices(setting: str) -> None:
    """Check that every process of this machine has its own GPU."""
    here = int(os.environ.get('LOCAL_WORLD_SIZE', '1'))
    if ':' in setting:
        raise SettingsError(f'device: each of {here} processes uses its own GPU; set cuda')
    if here > torch.cuda.device_count():
        raise SettingsError(
            f'{here} processes on this machine, but {torch.cuda.device_count()} GPUs; start as '
            'many, or take device cpu'
        )


def mixed_precision(name: str, device: torch.device) -> str:
    """Return the accelerate name of a precision: no, bf16 or fp16.

    Raises:
        SettingsError: The device does not support it.
    """
    if name == 'auto':
        if device.type == 'cpu':
            return 'no'
        return 'bf16' if torch.cuda.is_bf16_supported() else 'fp16'
    if name == 'fp16' and device.type == 'cpu':
        raise SettingsError('precision: fp16 needs a CUDA device; the CPU supports fp32 and bf16')
    return 'no' if name == 'fp32' else name


def describe_machine(accelerator: 'Accelerator') -> str:
    """Return a description of device, precision and number of processes."""
    device = accelerator.device
    name = torch.cuda.get_device_name(device) if device.type == 'cuda' else device.type
    precision = {'no': 'fp32'}.get(accelerator.mixed_precision, accelerator.mixed_precision)
    threads = f', {torch.get_num_threads()} threads' if device.type == 'cpu' else ''
    count = accelerator.num_processes
    return f'{name}, {precision}, {count} process{"es" if count > 1 else ""}{threads}'
